"""Spans chosen by syntax, in each language with a grammar that has statements."""

from __future__ import annotations

import pytest

from aigc_lsp.evaluate.spans import find_spans
from aigc_plugins.syntax import SyntaxTree, language_for

PYTHON = '''import os


def area(shape, scale):
    """Return the area."""
    width, height = shape.size(scale), os.path.getsize("é")
    return width * height


class Box:
    """A box."""

    side = 3
'''


def spans(language_id: str, text: str, *kinds: str) -> list[str]:
    language = language_for(language_id)
    assert language is not None
    return [text[span.start : span.end] for span in find_spans(SyntaxTree(language, text), kinds)]


def test_lines_are_whole_simple_statements() -> None:
    assert spans("python", PYTHON, "line") == [
        'width, height = shape.size(scale), os.path.getsize("é")',
        "return width * height",
        "side = 3",
    ]


def test_calls_begin_with_the_name_that_is_called() -> None:
    language = language_for("python")
    assert language is not None
    found = find_spans(SyntaxTree(language, PYTHON), ("call",))
    assert [(PYTHON[span.start : span.end], span.callee) for span in found] == [
        ("size(scale)", "size"),
        ('getsize("é")', "getsize"),
    ]


def test_a_block_is_a_functions_body_without_its_documentation() -> None:
    assert spans("python", PYTHON, "block") == [PYTHON[PYTHON.index("width,") : PYTHON.index("\n\n\nclass")]]


def test_expressions_are_right_hand_sides_and_returned_values() -> None:
    assert spans("python", PYTHON, "expression") == [
        'shape.size(scale), os.path.getsize("é")',
        "width * height",
    ]


def test_deep_and_long_code_is_no_trouble() -> None:
    nested = "x = " + "f(" * 3000 + "1" + ")" * 3000 + "\nshort = 1\n"
    assert spans("python", nested, "line", "expression") == ["short = 1"]
    assert spans("javascript", "var a=1;" * 3000 + "\nlast = 22;\n", "line") == ["last = 22;"]


def test_code_that_does_not_parse_has_no_spans() -> None:
    assert spans("python", "x = (1 + \ny = f(22\n", "line", "call", "expression") == []


@pytest.mark.parametrize(
    ("language", "head", "line", "last", "tail"),
    [
        ("go", "package a\nfunc f() int {\n\t", "x := p.g(1)", "\n\treturn x", "\n}\n"),
        ("javascript", "function f() {\n  ", "const x = p.g(1);", "\n  return x;", "\n}\n"),
        ("typescript", "class A {\n  f(): number {\n    ", "this.n = p.g(1);", "\n    return 2;", "\n  }\n}\n"),
        ("java", "class A {\n  int f() {\n    ", "int x = p.g(1);", "\n    return x;", "\n  }\n}\n"),
        ("rust", "fn f() -> u8 {\n    ", "let x = p::g(1);", "\n    x", "\n}\n"),
        ("c", "int f(void) {\n  ", "int x = p.g(1);", "\n  return x;", "\n}\n"),
        ("cpp", "int f() {\n  ", "int x = p::g(1);", "\n  return x;", "\n}\n"),
        ("lua", "function f()\n  ", "y = p.g(1)", "\n  return y", "\nend\n"),
        ("ruby", "def f\n  ", "x = p.g(1)", "\n  return x", "\nend\n"),
    ],
)
def test_each_language_has_lines_calls_expressions_and_blocks(
    language: str, head: str, line: str, last: str, tail: str
) -> None:
    text = head + line + last + tail
    assert line in spans(language, text, "line")
    assert spans(language, text, "call") == ["g(1)"]
    assert spans(language, text, "block") == [line + last]
    assert {"p.g(1)", "p::g(1)"} & set(spans(language, text, "expression"))
