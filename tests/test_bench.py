"""The benchmarks' own logic: documents made from cases, scoring, and the page made from the results."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def humaneval(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    import humaneval

    return humaneval


def test_the_benchmark_page_is_current() -> None:
    done = subprocess.run([sys.executable, str(BENCH / "docs.py"), "--check"], check=False)
    assert done.returncode == 0, "run `python bench/docs.py`"


def test_a_missing_line_is_asked_for_on_a_line_of_its_own(humaneval: Any) -> None:
    case = {"prompt": "def f(x):\n", "suffix": "    return y\n"}
    assert humaneval.document(case) == ("def f(x):\n", "\n    return y\n")


def test_a_missing_span_is_asked_for_where_it_is(humaneval: Any) -> None:
    case = {"prompt": "def f(x):\n    ret", "suffix": " y\n"}
    assert humaneval.document(case) == ("def f(x):\n    ret", " y\n")


@pytest.mark.parametrize(("body", "passes"), [("    return x + 1\n", True), ("    return x\n", False), ("  !", False)])
def test_a_program_passes_only_with_its_tests(humaneval: Any, body: str, passes: bool) -> None:
    case = {"test": "def check(f):\n    assert f(1) == 2\n", "entry_point": "plus"}
    assert humaneval.passes("def plus(x):\n" + body, case) is passes


def test_a_program_that_never_ends_is_stopped(humaneval: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(humaneval, "_WALL_S", 1)
    case = {"test": "def check(f):\n    f()\n", "entry_point": "spin"}
    assert humaneval.passes("def spin():\n    while True:\n        pass\n", case) is False


@pytest.mark.parametrize(("left", "right"), [("    a\n", "    a"), ("\n    a", "    a"), ("    a  ", "    a")])
def test_white_space_at_the_edges_does_not_count(humaneval: Any, left: str, right: str) -> None:
    assert humaneval.normal(left) == humaneval.normal(right)


def test_indentation_counts(humaneval: Any) -> None:
    assert humaneval.normal("    a") != humaneval.normal("  a")
