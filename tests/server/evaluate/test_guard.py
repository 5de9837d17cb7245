"""The counted guarantees: what breaks them, what does not."""

from __future__ import annotations

import pytest

from aigc_lsp.evaluate import guarantees
from aigc_lsp.evaluate.guard import REPEATS, SYNTAX

BODY = "def f(a, b):\n    "


@pytest.mark.parametrize(
    ("before", "inserted", "after", "language", "broken"),
    [
        (BODY, "return a + b", "\n", "python", ()),
        (BODY, "return (a + b", "\n", "python", (SYNTAX,)),
        (BODY, "x = ab", "\n    x = ab\n", "python", (REPEATS,)),
        (BODY, "y = b\n    x = ab", "\n\n    x  =  ab\n", "python", (REPEATS,)),
        (BODY, "x = a", "\n    x = a\n", "python", ()),
        (BODY, "x = a", "\n    y = a\n    x = a\n", "python", ()),
        (BODY + "return ", "a", "\n    return a\n", "python", (REPEATS,)),
        (BODY + "x = ", "f(1)", "\n    f(1)\n", "python", ()),
        ("int f() {\n  if (a) {\n    b();", "\n  }", "\n}\n", "c", ()),
        ("if a then\n  if b then\n    c()", "\n  end", "\nend\n", "lua", ()),
        ("if a then\n  c()\n", "end", "\nend\n", "lua", (SYNTAX, REPEATS)),
        ("x = 1\n", "", "x = 1\n", "python", ()),
        ("hello", " (", "\n", "plaintext", ()),
    ],
)
def test_what_breaks_a_guarantee(before: str, inserted: str, after: str, language: str, broken: tuple[str]) -> None:
    assert guarantees(before, inserted, after, language) == broken


def test_errors_that_were_there_before_are_not_the_suggestions() -> None:
    assert guarantees("def g(:\n    pass\n" + BODY, "return a", "\n", "python") == ()


def test_text_that_the_suggestion_replaced_counts_as_what_was_there() -> None:
    assert guarantees("f(", "a)", "\n", "python", replaced=")") == ()
    assert guarantees("x = (", "1", "\n", "python", replaced=")") == (SYNTAX,)


def test_crlf_is_no_difference() -> None:
    assert guarantees("a = 1\r\n", "b = 22", "\r\nb = 22\r\n", "python") == (REPEATS,)
