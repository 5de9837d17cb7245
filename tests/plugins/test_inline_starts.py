"""What the text below says of how the missing line begins."""

from __future__ import annotations

import pytest

from aigc_plugins.api import Guided
from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask

from .helpers import CURSOR


def starts(language: str, marked: str) -> tuple[str, ...]:
    at = marked.index(CURSOR)
    snapshot = Document("untitled:x", language, marked.replace(CURSOR, "")).snapshot()
    prepared = InlineCompletionTask().prepare(snapshot, at, trigger="invoked")
    assert isinstance(prepared, Guided)
    return tuple(prepared.starts)


def test_a_name_that_is_used_below_without_a_value_is_declared() -> None:
    assert starts("python", "def f(a):\n‸\n    for x in a:\n        total += x\n    return total\n") == (
        "    total = ",
    )
    assert starts("python", "def f(a):\n    ‸\n    return total, a\n") == ("total = ",)


@pytest.mark.parametrize(
    ("language", "text", "start"),
    [
        ("typescript", "function f(a: number[]) {\n  ‸\n  return total + a.length;\n}\n", "const total = "),
        ("go", "func f(a int) int {\n\t‸\n\treturn total + a\n}\n", "total := "),
        ("rust", "fn f(a: i32) -> i32 {\n    ‸\n    total + a\n}\n", "let total = "),
        ("java", "class A {\n    int f(int a) {\n        ‸\n        return total + a;\n    }\n}\n", "var total = "),
        ("lua", "function f(a)\n  ‸\n  return total + a\nend\n", "local total = "),
    ],
)
def test_as_the_language_declares_it(language: str, text: str, start: str) -> None:
    assert starts(language, text) == (start,)


@pytest.mark.parametrize(
    "below",
    [
        "    return a\n",  # it is known
        "    total = 1\n    return total\n",  # it gets its value there
        "    for total in a:\n        print(total)\n",
        "    return [total for total in a]\n",
        "    return total(a)\n",  # a function of another place
        "    return a.total\n",
        "    # total\n    return 'total'\n",
        "    return True if a else None\n",  # words of the language
        "    x, total = a\n    return x + total\n",
    ],
)
def test_what_has_its_value_is_not_declared(below: str) -> None:
    assert starts("python", f"def f(a):\n    ‸\n{below}") == ()


def test_a_deeper_block_below_needs_its_header() -> None:
    found = starts("python", "def f(a):\n    b = []\n    ‸\n        b.append(x)\n    return b\n")
    assert found[:2] == ("for x in ", "for i, x in ")
    assert {"for ", "if ", "while "} < set(found)
    inner = starts("python", "def f(a):\n    for x in a:\n‸\n            return x\n")
    assert inner[:2] == ("        for ", "        if ")


def test_nothing_is_known_inside_a_line_or_at_the_end_of_a_file() -> None:
    assert starts("python", "def f(a):\n    x = ‸\n    return total\n") == ()
    assert starts("python", "def f(a):\n    ‸") == ()
    assert starts("python", "def f(a):\n    # ‸\n    return total\n") == ()
