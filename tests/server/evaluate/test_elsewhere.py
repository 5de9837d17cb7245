"""What stands elsewhere: copying predicts the line after the longest known context, and novel lines stand nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.elsewhere import Elsewhere, baseline

ROOT = Path("/project")
TRAIN = "def f(a):\n    x = a\n    y = x + 1\n    return y\n\n\ndef g(b):\n    x = a\n    y = x + 2\n"


def case(before: str, reference: str, after: str = "\n") -> Case:
    return Case("c", "line", "python", before, after, reference, ROOT / "held.py")


def elsewhere(*held: str) -> Elsewhere:
    texts = [(ROOT / "train.py", TRAIN), *((ROOT / name, "z = 1\nunseen(z)\n") for name in held)]
    return Elsewhere(texts, {ROOT / "held.py", *(ROOT / name for name in held)})


def test_the_longest_known_context_decides_what_is_copied() -> None:
    there = elsewhere()
    assert there.copied(case("def f(a):\n    x = a\n    ", "?")) == "y = x + 1"
    assert there.copied(case("def g(b):\n        x = a\n\n        ", "?")) == "y = x + 2"
    assert there.copied(case("other\nx = a\n", "?")) == "y = x + 2"  # as long a context in two places: the last counts


def test_a_part_of_a_line_is_continued_and_what_is_right_of_the_cursor_is_not_repeated() -> None:
    assert elsewhere().copied(case("def f(a):\n    x = a\n    y = ", "?")) == "x + 1"
    assert elsewhere().copied(case("def f(a):\n    x = a\n    y = ", "?", " + 1\n")) == "x"


def test_the_same_file_above_the_cursor_is_looked_at_first() -> None:
    before = "def f(a):\n    x = a\n    own = 3\n\ndef f(a):\n    x = a\n    "
    assert elsewhere().copied(case(before, "?")) == "own = 3"


def test_nothing_is_copied_from_held_out_files_or_from_below_the_cursor() -> None:
    assert "unseen" not in elsewhere("other.py").copied(case("z = 1\n", "?"))
    assert elsewhere().copied(case("q = 5\n", "?", "\nq = 5\nbelow = 1\n")) != "below = 1"


def test_no_context_runs_from_one_file_into_the_next() -> None:
    there = Elsewhere([(ROOT / "a.py", "last = 1\n"), (ROOT / "b.py", "first = 2\n")], set())
    assert there.copied(case("last = 1\n", "?")) == ""


@pytest.mark.parametrize(
    ("before", "reference", "after", "novel"),
    [
        ("", "x = a", "\n", False),  # in a training file, with another indentation
        ("", "x = ab", "\n", True),
        ("", "x = ", "\n", True),  # a part of another line is not that line
        ("y = ", "x + 1", "\n", False),  # but a part of a line may be a part of another
        ("k = 1\n", "k = 1", "\n", False),  # above, in its own file
        ("", "k = 1", "\nk = 1\n", False),  # below
        ("", "unseen(z)", "\n", False),  # in another held-out file
        ("", "x = a\n    y = x + 1", "\n", False),  # several lines
        ("", "x = a\n    y = x + 3", "\n", True),
    ],
)
def test_novel_is_what_stands_at_no_other_place(before: str, reference: str, after: str, novel: bool) -> None:
    assert elsewhere("other.py").novel(case(before, reference, after)) is novel


def test_copying_does_not_see_the_reference() -> None:
    before = "def f(a):\n    x = a\n    "
    found = [elsewhere().copied(case(before, reference)) for reference in ("y = x + 1", "", "something else")]
    assert len(set(found)) == 1


def test_the_baseline_answers_single_lines_alone() -> None:
    cases = [case("def f(a):\n    x = a\n    ", "y = x + 1"), case("", "a = 1\nb = 2")]
    seen: list[int] = []
    found = baseline(cases, elsewhere(), seen.append)
    assert [result is not None for result in found.results] == [True, False]
    assert found.results[0] is not None
    assert found.results[0].answers[0].exact
    assert found.novel == (False, True)
    assert seen == [1, 2]
