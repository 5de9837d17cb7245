"""Held-out files: files are resampled, copying stands beside, novel text alone, the verdict is the interval's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aigc_lsp.evaluate import details, table
from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.elsewhere import Elsewhere, baseline
from aigc_lsp.evaluate.heldout import HeldOutError, read_list
from aigc_lsp.evaluate.masked import MaskedWorkspace
from aigc_lsp.evaluate.repository import NothingToMaskError, repository_cases
from aigc_lsp.evaluate.runner import Options, run
from aigc_lsp.evaluate.session import Report
from aigc_lsp.evaluate.summary import summary
from aigc_lsp.evaluate.verdict import forgetting
from aigc_plugins.index import IndexedWorkspace, Indexer
from evaluate_helpers import Engine, line_case, side

ROOT = Path("/project")


def cases_of(files: int, each: int) -> list[Case]:
    return [line_case(number, path=ROOT / f"{number % files}.py") for number in range(files * each)]


def number_of(request: Any) -> int:
    return int(request.prefix.split("def f")[1].split("(")[0])


def report(cases: Sequence[Case], *rights: Callable[[int], bool], resamples: int = 400, **kept: Any) -> Report:
    def engine(right: Callable[[int], bool]) -> Engine:
        return Engine(
            lambda request: f"return result * {number_of(request) if right(number_of(request)) else 99}\n",
            sure=lambda request: -0.1 if right(number_of(request)) else -0.5 - number_of(request) % 2,
        )

    sides = [side(engine(right), name) for right, name in zip(rights, "AB", strict=False)]
    asyncio.run(run(cases, sides, Options()))
    known = kept.pop("baseline", None)
    return Report(list(cases), sides, summary(cases, sides, resamples=resamples, baseline=known), baseline=known)


def test_files_are_resampled_so_that_what_files_have_in_common_widens_the_interval() -> None:
    """Of 8 files with 10 cases each, 4 are all right: the standard error is that of 8 files, not of 80 cases."""
    cases = cases_of(8, 10)
    data = report(cases, lambda number: number % 8 < 4).data
    assert (data["resampled"], data["files"]) == ("files", 8)
    exact = data["variants"][0]["metrics"]["exact"]
    assert (exact["value"], exact["cases"]) == (0.5, 80)
    assert exact["high"] - exact["low"] > 0.5
    alone = report([replace(case, path=None) for case in cases], lambda number: number % 8 < 4).data
    assert (alone["resampled"], alone["files"]) == ("cases", 0)
    exact = alone["variants"][0]["metrics"]["exact"]
    assert 0.15 < exact["high"] - exact["low"] < 0.3


def test_cases_of_one_file_are_resampled_themselves() -> None:
    data = report(cases_of(1, 20), lambda number: number % 2 == 0).data
    assert (data["resampled"], data["files"]) == ("cases", 1)
    exact = data["variants"][0]["metrics"]["exact"]
    assert exact["low"] < 0.5 < exact["high"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (lambda number: True, lambda number: number % 2 == 0, "better"),
        (lambda number: number % 2 == 0, lambda number: True, "worse"),
        (lambda number: True, lambda number: True, "no difference shown"),
        # 2 files of 12 are better and one is worse: more right answers, but the interval holds 0.
        (lambda number: number % 12 in (0, 1), lambda number: number % 12 == 2, "no difference shown"),
    ],
)
def test_the_verdict_is_better_only_where_the_interval_leaves_out_zero(
    one: Callable[[int], bool], other: Callable[[int], bool], expected: str
) -> None:
    data = report(cases_of(12, 4), one, other).data
    assert data["comparison"]["verdict"] == expected
    exact = data["comparison"]["difference"]["exact"]
    assert (exact["low"] > 0) == (expected == "better")
    said = "\n".join(table.remarks(data))
    assert ("A is better than B" in said) == (expected == "better")


def test_without_resamples_nothing_is_shown_to_be_better() -> None:
    data = report(cases_of(4, 2), lambda number: True, lambda number: False, resamples=0).data
    assert data["comparison"]["difference"]["exact"]["low"] == 1
    assert data["comparison"]["verdict"] == "no difference shown"


def test_one_case_shows_nothing() -> None:
    data = report(cases_of(1, 1), lambda number: True, lambda number: False).data
    assert data["comparison"]["verdict"] == "no difference shown"


def test_copying_and_novel_text_stand_beside_the_variants() -> None:
    cases = cases_of(4, 3)
    known = [(ROOT / "train.py", "def f0(value):\n    result = value + 0\n    return result * 0\n")]
    elsewhere = Elsewhere(known, {case.path for case in cases if case.path})
    made = report(cases, lambda n: n < 6, lambda n: n < 2, baseline=baseline(cases, elsewhere, lambda done: None))
    data = made.data
    assert data["copy"]["exact"]["value"] == pytest.approx(1 / 12, abs=1e-4)
    assert data["novel"]["cases"] == 11
    exact = [one["metrics"]["exact"]["value"] for one in data["novel"]["variants"]]
    assert exact == pytest.approx([5 / 11, 1 / 11], abs=1e-4)
    assert data["novel"]["copy"]["exact"]["value"] == 0
    assert data["novel"]["comparison"]["perplexity_ratio"]["value"] == 1
    titles = [title for title, _, _ in table.tables(data)]
    assert titles == ["", "novel text only: 11 cases", "by kind"]
    columns, rows = table.rows(data)
    assert columns == ["figure", "A", "95 %", "B", "95 %", "copy", "A − B", "95 %"]
    assert {len(row) for row in rows} == {len(columns)}
    row = json.loads(details.lines(made).splitlines()[0])
    assert (row["copied"]["inserted"], row["copied"]["exact"], row["novel"]) == ("return result * 0", True, False)


def test_where_everything_stands_elsewhere_there_are_no_novel_figures() -> None:
    cases = cases_of(2, 1)
    text = "".join(f"{case.before}{case.reference}\n" for case in cases)
    known = baseline(cases, Elsewhere([(ROOT / "train.py", text)], set()), lambda done: None)
    data = report(cases, lambda n: True, baseline=known).data
    assert data["novel"] == {"cases": 0, "files": 0}
    assert len(table.tables(data)) == 2


def test_the_area_under_the_curve_is_that_of_right_answers_over_wrong_ones() -> None:
    data = report(cases_of(4, 5), lambda n: n < 5).data
    assert data["variants"][0]["confidence"]["auc"] == 1
    assert data["variants"][0]["confidence"]["answers"] == 20
    assert report(cases_of(2, 2), lambda n: True).data["variants"][0]["confidence"] is None


def figures(exact: tuple[float, float, float], quotient: tuple[float, float], cases: int) -> dict[str, Any]:
    value, low, high = exact
    return {
        "cases": cases,
        "comparison": {
            "difference": {"exact": {"value": value, "low": low, "high": high, "cases": cases}},
            "perplexity_ratio": {"value": quotient[0], "low": quotient[1], "high": quotient[0], "cases": cases},
        },
    }


@pytest.mark.parametrize(
    ("exact", "quotient", "cases", "refused", "words"),
    [
        ((-0.02, -0.05, 0.01), (1.0, 0.9), 400, True, "exact match on general code fell by 0.020"),
        ((-0.01, -0.05, 0.03), (1.0, 0.9), 400, False, "kept"),
        ((-0.05, -0.09, 0.01), (1.0, 0.9), 100, False, "kept"),  # a small set: it may be chance
        ((-0.05, -0.09, -0.01), (1.0, 0.9), 100, True, "the interval lies below 0"),
        ((0.0, 0.0, 0.0), (1.06, 1.01), 100, True, "perplexity on general code rose by 6.0 %"),
        ((0.0, 0.0, 0.0), (1.06, 0.99), 100, False, "kept"),
        ((0.0, 0.0, 0.0), (1.04, 1.03), 400, False, "kept"),
        ((0.3, 0.2, 0.4), (0.8, 0.7), 400, False, "kept"),
    ],
)
def test_forgetting_is_told_by_exact_match_or_by_perplexity(
    exact: tuple[float, float, float], quotient: tuple[float, float], cases: int, refused: bool, words: str
) -> None:
    found = forgetting(figures(exact, quotient, cases), 0.01)
    assert found["refused"] is refused
    assert words in found["criterion"]


def test_a_list_of_files_has_paths_in_the_repository(tmp_path: Path) -> None:
    listing, root = tmp_path / "list.txt", tmp_path / "repo"
    listing.write_text(f"# held out\na.py\n\nsub/b.py\n{root}/c.py\na.py\n")
    assert read_list(listing, root) == ("a.py", "sub/b.py", "c.py")
    corpus = tmp_path / "eval.jsonl"
    corpus.write_text('{"path": "x.py", "source": "s"}\n{"path": "y/z.py", "source": "s"}\n')
    assert read_list(corpus, root) == ("x.py", "y/z.py")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("list.txt", "\n# nothing\n", "names no file"),
        ("list.txt", "../out.py\n", "is not a file in"),
        ("list.txt", "/etc/passwd\n", "is not in"),
        ("eval.jsonl", "no json\n", r"eval.jsonl:1: a JSON object"),
        ("eval.jsonl", '{"path": 3}\n', "is a text"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(HeldOutError, match=words):
        read_list(tmp_path / name, tmp_path / "repo")
    with pytest.raises(HeldOutError, match="cannot be read"):
        read_list(tmp_path / "nowhere", tmp_path)


def test_only_listed_files_are_masked(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    root.mkdir()
    for name in ("a", "b", "c"):
        (root / f"{name}.py").write_text(f"def f():\n    value = {name}(1)\n    return value\n")
    Indexer(root, folder=tmp_path / "db").build()
    workspace = MaskedWorkspace(lambda: IndexedWorkspace([root], folder=tmp_path / "db"))
    try:
        cases = repository_cases(root, workspace, kinds=["line"], count=0, only=("b.py", "gone.py"))
        assert {case.path for case in cases} == {root / "b.py"}
        with pytest.raises(NothingToMaskError, match="none of the 1 listed files"):
            repository_cases(root, workspace, only=("gone.py",))
    finally:
        workspace.close()


def test_scoring_cannot_see_the_reference() -> None:
    """Another reference changes the figures and nothing of what is asked, suggested or shown."""
    seen = []
    for reference in ("return result * 1", "raise ValueError(value)", "return"):
        engine = Engine(lambda request: "return result * 1\n" if "f1" in request.prefix else "x\n", sure=lambda _: -0.2)
        one = side(engine)
        case = replace(line_case(1), reference=reference)
        asyncio.run(run([case], [one], Options(samples=2)))
        answers = [replace(a, exact=False, similarity=0, prefix=0, total_s=0, first_token_s=0)
                   for a in one.results[0].answers]  # fmt: skip
        seen.append((engine.requests, answers))
    assert seen[0] == seen[1] == seen[2]
    assert seen[0][1][0].inserted == "return result * 1"
