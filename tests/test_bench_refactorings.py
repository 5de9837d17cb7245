"""The benchmark of refactorings: which places it draws, what its own checks find, its section of the page."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
TEXT = """import os


class A:
    def first(self, a):
        b = a + 1
        return b


def second(c):
    return os.path.join(c, "d")
"""


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


def faults(task: str, after: str, function: str = "A.first") -> list[str]:
    import refactorings_checks

    return refactorings_checks.tree_faults(task, function, {"a.py": TEXT}, {"a.py": after})


def test_the_draw_is_the_same_for_a_seed_and_has_places_for_every_task() -> None:
    import refactorings_cases

    drawn = refactorings_cases.cases(6, 5)
    assert drawn == refactorings_cases.cases(6, 5)
    assert drawn != refactorings_cases.cases(6, 6)
    assert {case.task for case in drawn} == set(refactorings_cases.TASKS)
    for case in drawn:
        text = refactorings_cases.source(case.module)
        if case.task == "extract-variable":
            compile(f"({text[case.start : case.end]})", "place", "eval")
        if case.task in ("inline", "rename"):
            assert case.start == case.end
            assert text[case.start].isidentifier()


@pytest.mark.parametrize(
    ("task", "after", "fault"),
    [
        ("rename", TEXT.replace("b", "fresh"), None),
        ("rename", TEXT.replace("b = a + 1", "b = a + 2"), "more than names changed"),
        ("rename", TEXT.replace("return b", "return fresh"), "names that nothing defines"),
        ("rename", TEXT, "changes nothing"),
        ("extract-variable", TEXT.replace("b = a + 1", "c = a + 1\n        b = c"), None),
        ("extract-variable", TEXT.replace("b = a + 1", "b = "), "does not compile"),
        ("extract-function", TEXT.replace('"d"', '"e"'), "other definitions changed"),
        ("inline", TEXT.replace('"d"', "'d' * 1"), None),  # a function goes into others
    ],
)
def test_the_checks_find_what_is_wrong(task: str, after: str, fault: str | None) -> None:
    assert faults(task, after) == ([] if fault is None else [fault])


def test_the_modules_own_tests_are_run_on_the_copy(tmp_path: Path) -> None:
    import refactorings
    import refactorings_checks

    before = refactorings.workspace(tmp_path, "colorsys")
    assert refactorings_checks.run_faults(tmp_path.resolve(), "colorsys") == []
    for text, fault in (
        ("raise ValueError\n", "the import fails"),
        ("rgb_to_hls = None\n", "the module's own tests fail"),
    ):
        (tmp_path / "colorsys.py").write_text(before["colorsys.py"] + text, encoding="utf-8")
        assert refactorings_checks.run_faults(tmp_path.resolve(), "colorsys") == [fault]


def test_one_place_is_run_on_both_sides() -> None:
    import refactorings
    import refactorings_cases

    text = refactorings_cases.source("colorsys")
    at = text.index("maxc = max(r, g, b)")
    case = refactorings_cases.Case("rename", "colorsys", "rgb_to_hls", at, at)
    figures = asyncio.run(refactorings.run([case], None, peer=True))
    for side in ("ours", "rope"):
        assert figures["rename"][side]["passed"] == figures["rename"][side]["offered"] == 1


def test_the_page_tells_what_was_offered_and_what_passed() -> None:
    import docs
    import refactorings_page

    found = {"cases": 9, "offered": 4, "passed": 4, "faults": {}, "withheld": {"It is never read.": 5}}
    side = {**found, "ms": {"p50": 300, "p95": 1200}}
    result = {"functions": 50, "tasks": {"inline": {"ours": side, "rope": {**side, "offered": 0, "passed": 0}}}}
    text = "\n".join(refactorings_page.section(result, docs._table))
    assert "| inline, ours | 9 | 4 | 4 | **100.0%** | 300 | 1,200 |" in text
    assert "| inline, rope alone | 9 | 0 | 0 | – |" in text
    assert "“It is never read.” (5)" in text
