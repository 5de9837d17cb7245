"""The benchmark of test generation: what it draws, how it measures a test file, its sums and its page."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"
MODULE = '''"""Signs."""
def sign(number: int) -> int:
    if number > 0:
        return 1
    return -1 if number else 0
'''
FLAKY = """import os
from signs import sign


def test_positive():
    assert sign(3) == 1


def test_flaky():
    assert sign(-3) == -1
    assert os.environ["PYTHONHASHSEED"] in ("0", "2")


def test_failing():
    assert sign(0) == 5
"""
ROW: dict[str, Any] = {
    "functions": 2, "rows": 3, "lines_of_tests": 9, "passing": 3, "failing": 0, "assertion_free": 0,
    "expected_failures": 0, "rerun_failures": 0, "lines": [9, 10], "branches": [4, 4], "mutants": [4, 4],
    "seconds": 20.0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))


def package(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return folder


def long(text: str = "") -> str:
    return "def f(a):\n" + "    if a:\n        a += 1\n" * 30 + "    return a\n" + text


def test_modules_are_drawn_in_turns_from_each_package(tmp_path: Path) -> None:
    import testgen_modules

    many = package(tmp_path / "many", {f"many/m{number}.py": long() for number in range(5)})
    one = package(tmp_path / "one", {"one.py": "", "one/__init__.py": long()})
    drawn = testgen_modules.draw({"many": many, "one": one}, 3, 1)
    assert [module.package for module in drawn] == ["many", "many", "one"]
    assert (drawn[2].name, drawn[2].file) == ("one", "one/__init__.py")
    assert drawn == testgen_modules.draw({"one": one, "many": many}, 3, 1)
    draws = {str(testgen_modules.draw({"many": many}, 2, seed)) for seed in range(9)}
    assert len(draws) > 1


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("p/a.py", long(), True),
        ("p/a.py", long("import subprocess\n"), False),
        ("p/a.py", long("def g():\n    from threading import Lock\n"), False),
        ("p/a.py", long("if:\n"), False),
        ("p/a.py", long("pass\n" * 900), False),
        ("p/a.py", "def f():\n" + "    f()\n" * 80, False),
        ("p/a.py", long().replace("def f", "def _f"), False),
        ("p/_a.py", long(), False),
        ("p/tests/a.py", long(), False),
        ("p/test_a.py", long(), False),
    ],
)  # fmt: skip
def test_the_rule_for_modules(tmp_path: Path, name: str, text: str, allowed: bool) -> None:
    import testgen_modules

    assert bool(list(testgen_modules.eligible("p", package(tmp_path, {name: text})))) is allowed


def test_mutants_are_drawn_by_place_before_operator() -> None:
    import testgen_mutants

    places = {(1, 0): ["a", "b", "c"], (2, 4): ["d"], (3, 0): ["e", "f"]}
    order = list(testgen_mutants.drawn(places, 7))
    assert order == list(testgen_mutants.drawn(dict(reversed(places.items())), 7))
    assert {spot for spot, _ in order[:3]} == set(places)
    assert sorted(name for _, name in order) == list("abcdef")
    assert len({str(list(testgen_mutants.drawn(places, seed))) for seed in range(9)}) > 1


def test_places_in_annotations_are_known() -> None:
    import testgen_mutants

    inside = testgen_mutants.in_annotations("def f(a: int | str = 1 + 2) -> 1 | 2:\n    b: 3 = 4\n")
    spots = [(1, 13), (1, 23), (1, 33), (2, 7), (2, 11)]
    assert [inside(spot) for spot in spots] == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("body", "asserts"),
    [
        ("assert f() == 1", True),
        ("with pytest.raises(ValueError):\n        f()", True),
        ("with raises(ValueError):\n        f()", True),
        ("with pytest.warns(UserWarning):\n        f()", True),
        ("self.assertEqual(f(), 1)", True),
        ("mock.assert_called_once()", True),
        ("for one in f():\n        assert one", True),
        ("f()", False),
        ("result = f()", False),
        ("try:\n        f()\n    except ValueError:\n        pass", False),
        ("with pytest.MonkeyPatch.context():\n        f()", False),
    ],
)
def test_tests_without_an_assertion_are_found(body: str, asserts: bool) -> None:
    import testgen_measure

    decorator = "@pytest.mark.xfail(strict=True)\n"
    written = testgen_measure.read(
        f"import pytest\n\n\n{decorator}def test_f():\n    {body}\n\n\ndef helper():\n    f()\n"
    )
    assert written.functions == 1
    assert written.assertion_free == (() if asserts else ("test_f",))
    assert written.expected_failures == 1


def test_a_file_is_measured_by_what_passes(tmp_path: Path) -> None:
    import testgen_measure

    files = {"signs.py": MODULE, "tests/test_signs.py": FLAKY, "pyproject.toml": ""}
    place = testgen_measure.Place(package(tmp_path, files), "signs.py", "signs")
    texts = {
        1: MODULE.replace("> 0", ">= 0"),  # only what fails at first would see it
        2: MODULE.replace("return 1", "return 2"),
        3: MODULE.replace("return 1", "while True:\n            pass"),
        4: MODULE.replace("number > 0", "unknown > 0"),
    }
    job = {"kind": "suite", "tests": "tests/test_signs.py", "mutants": texts, "reruns": 3, "timeout_s": 60}
    result = testgen_measure.inside(Path(sys.executable), place, job)
    ready = {
        "mutants": [{"number": number, "line": 3, "operator": "o"} for number in texts],
        "coverage": {"num_statements": 4, "num_branches": 2},
    }
    told = testgen_measure.read(FLAKY)
    found = testgen_measure.figures(told, result, ready)
    assert found["errors"] == []
    assert (found["functions"], found["rows"], found["passing"], found["failing"]) == (3, 3, 2, 1)
    assert found["rerun_failures"] == 2  # by the hash seeds 1 and 3
    assert found["reruns"] == 3
    assert (found["lines"], found["branches"]) == ([4, 4], [2, 2])
    assert (found["mutants"], found["mutants_by_time"]) == ([3, 4], 1)
    assert found["alive"] == [{"line": 3, "operator": "o"}]
    assert (place.project / "signs.py").read_text("utf-8") == MODULE


def test_a_module_is_imported_alone(tmp_path: Path) -> None:
    import testgen_measure

    place = testgen_measure.Place(package(tmp_path, {"signs.py": MODULE}), "signs.py", "signs")
    texts = {"1": f"{MODULE}\nsign.missing\n", "2": MODULE.replace("1", "2")}
    job = {"kind": "imports", "name": "signs", "mutants": texts}
    found = testgen_measure.inside(Path(sys.executable), place, job)
    assert {name: found[name] for name in ("", "1", "2")} == {"": True, "1": False, "2": True}
    assert found["coverage"]["num_branches"] == 2
    assert found["coverage"]["covered_branches"] == 0


def test_nothing_written_covers_nothing() -> None:
    import testgen_measure

    ready = {
        "mutants": [{"number": 1, "line": 2, "operator": "o"}],
        "coverage": {"num_statements": 9, "num_branches": 4},
    }
    found = testgen_measure.figures(testgen_measure.Written(0, 0, (), 0), {}, ready)
    assert (found["lines"], found["branches"], found["mutants"]) == ([0, 9], [0, 4], [0, 1])


def test_a_tool_is_ended_with_all_it_started_and_its_file_is_found(tmp_path: Path) -> None:
    import testgen_modules
    import testgen_tools

    source = package(
        tmp_path / "source", {"p/__init__.py": MODULE, "p/tests/test_p.py": FLAKY, "p/tests.py": FLAKY, "bin/p": ""}
    )
    module = testgen_modules.Module("p", "p", "p/__init__.py", 5)
    project = testgen_tools.laid_out(tmp_path, "ours", module, source)
    assert testgen_tools._new_tests(project) == ""
    assert {path.name for path in project.rglob("*")} == {"p", "__init__.py", "tests", "pyproject.toml"}
    (project / "tests" / "test_p.py").write_text(FLAKY, "utf-8")
    assert testgen_tools._new_tests(project) == "tests/test_p.py"
    sleeper = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    made, _ = testgen_tools._timed([sys.executable, "-c", sleeper], project, 0.5, {})
    assert made.status is None
    assert made.seconds < 30


def test_origins_are_read_from_the_commands_json() -> None:
    import testgen_tools

    kept = {"name": "boundaries", "proposed": 3, "ran": 2, "kept": 1}
    assert testgen_tools.origins(
        '{"modules": [{"origins": [{"name": "boundaries", "proposed": 3, "ran": 2, "kept": 1}]}]}'
    ) == [kept]
    assert testgen_tools.origins("Traceback") == []


def rows(**changes: Any) -> list[dict[str, Any]]:
    peer = {**ROW, "module": "m", "tool": "pynguin", "branches": [2, 4], "mutants": [3, 4], "assertion_free": 2}
    ours = {**ROW, "module": "m", "tool": "ours", "origins": [{"name": "inputs", "kept": 3}], **changes}
    return [ours, {**ROW, "module": "m", "tool": "ours-no-model", "mutants": [3, 4]}, peer]


def test_the_targets_are_held_against_the_peer() -> None:
    import testgen_summary

    found = testgen_summary.summary(rows(), ["ours", "ours-no-model", "pynguin"])
    assert found["ratios"]["ours"]["branches"]["mean"] == 2.0
    assert all(found["targets"]["ours"].values())
    assert [name for name, met in found["targets"]["ours-no-model"].items() if not met] == [
        "mutation score ≥ 1.3 × Pynguin's"
    ]
    assert found["model_adds"]["mutants"] == {"more": 1, "fewer": 0, "gained": 1}
    for change in ({"assertion_free": 1}, {"rerun_failures": 1}, {"failing": 1}, {"branches": [1, 4]}):
        worse = testgen_summary.summary(rows(**change), ["ours", "pynguin"])
        assert sum(worse["targets"]["ours"].values()) == 3


def test_the_targets_leave_out_what_the_peer_writes_nothing_for() -> None:
    import testgen_summary

    nothing = {**ROW, "module": "n", "tool": "pynguin", "passing": 0, "branches": [0, 4], "mutants": [0, 4]}
    more = [*rows(branches=[1, 4]), {**ROW, "module": "n", "tool": "ours"}, nothing]
    found = testgen_summary.summary(more, ["ours", "pynguin"])
    assert found["ratios"]["ours"]["branches"]["mean"] == 2.5
    assert found["where_the_peer_wrote"]["modules"] == ["m"]
    assert found["where_the_peer_wrote"]["ratios"]["ours"]["branches"]["mean"] == 0.5
    assert found["tools"]["pynguin"]["without_tests"] == ["n"]
    assert not found["targets"]["ours"]["branch coverage ≥ 1 × Pynguin's"]


def test_the_page_tells_figures_ratios_and_targets() -> None:
    import docs
    import testgen_page
    import testgen_summary

    result = {
        "seconds": 20.0, "seed": 1, "model": "m", "rule": "R.", "packages": {"p": "1.0"}, "measured_by": ["pytest==8"],
        "peer": "pynguin 0",
        **testgen_summary.summary(rows(), ["ours", "ours-no-model", "pynguin"]),
    }  # fmt: skip
    text = "\n".join(testgen_page.section(result, docs._table))
    assert "| branch coverage | **1.000** (1.000) | **1.000** (1.000) | **0.500** (0.500) |" in text
    assert "| test functions without an assertion | 0 | 0 | 2 |" in text
    assert (
        "aigc-lsp, embedded model / Pynguin, on those: line coverage 1.00, branch coverage 2.00, mutation score 1.33."
        in text
    )
    assert "aigc-lsp, no model, targets, on those: missed: mutation score ≥ 1.3 × Pynguin's." in text
    assert "Kept, by who proposed it: inputs 3." in text


def test_finished_parts_are_not_made_again(tmp_path: Path) -> None:
    import testgen
    import testgen_modules

    bench = object.__new__(testgen.Bench)
    bench.work = tmp_path
    (tmp_path / "done").mkdir()
    module = testgen_modules.Module("p", "p", "p.py", 5)
    assert bench.kept("part", module, lambda: {"a": 1}) == {"a": 1}
    assert bench.kept("part", module, lambda: {"a": 2}) == {"a": 1}
    shutil.rmtree(tmp_path / "done")
    with pytest.raises(FileNotFoundError):
        bench.kept("part", module, lambda: {"a": 2})
