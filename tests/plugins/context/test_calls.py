"""Calls of what the snippets define or call, where a call may stand."""

from __future__ import annotations

import pytest

from aigc_plugins.api import Snippet
from aigc_plugins.context.calls import call_starts
from aigc_plugins.syntax import language_for

PYTHON = language_for("python")
SNIPPETS = (
    Snippet("a.py", "x = load_rows(path)\nif (x):\n    self.save_all(x)\n"),
    Snippet("b.py", "def total_price(basket):\n    return sum_up(basket.items())\n\ny = total_price(b)\n"),
)


@pytest.mark.parametrize("left", ["    x = ", "    return ", "foo(", "foo(a, ", "    ", "if not ", "a + "])
def test_where_an_expression_begins_functions_are_called(left: str) -> None:
    assert call_starts(SNIPPETS, left, PYTHON) == ("total_price(", "sum_up(", "load_rows(")


@pytest.mark.parametrize("left", ["    self.", "x = a.b.", "f(x)."])
def test_behind_a_dot_members_are_called(left: str) -> None:
    assert call_starts(SNIPPETS, left, PYTHON)[:3] == ("items(", "total_price(", "save_all(")


@pytest.mark.parametrize("left", ["x", "    x = fo", "foo(a", "", "def ", "import ", "x = 1.5 "])
def test_elsewhere_nothing_is_called(left: str) -> None:
    assert call_starts(SNIPPETS, left, PYTHON) == ()


def test_words_of_the_language_are_no_functions() -> None:
    assert "if(" not in call_starts((Snippet("a.ts", "if(x) { y(); }"),), "    ", language_for("typescript"))


def test_without_snippets_nothing_is_known() -> None:
    assert call_starts((), "x = ", PYTHON) == ()
    assert len(call_starts((Snippet("a.py", "".join(f"f{n}0(1)\n" for n in range(50))),), "x = ", PYTHON)) == 4
