"""A completion never fights the closers that an editor put to the right of the cursor, here marked `|`."""

from __future__ import annotations

import pytest

from aigc_plugins.document import Document
from aigc_plugins.inline.task import InlineCompletionTask


def completed(text: str, answer: str, language: str) -> str | None:
    """Return the text with the suggestion in it, None where there is none."""
    cursor = text.index("|")
    text = text.replace("|", "", 1)
    prepared = InlineCompletionTask().prepare(Document("file:///a", language, text, 1).snapshot(), cursor)
    assert prepared is not None
    judge = prepared.judge()
    any(judge.feed(char) for char in answer)
    found = judge.finish()
    return None if found is None else text[: found.start] + found.text + text[found.end :]


@pytest.mark.parametrize(
    ("text", "answer", "whole"),
    [
        ("x = foo(|)\n", "a, b)\ny = 2\n", "x = foo(a, b)\n"),
        ("x = foo(bar(|))\n", "x), y)\n", "x = foo(bar(x))\n"),
        ("    foo(a, |)\n", "b, c)\n    return 1\n", "    foo(a, b, c)\n"),
        ("foo(|\n)\n", "a,\n    b,\n)\n", "foo(a,\n)\n"),
        ('names = ["|"]\n', 'a"]\n', 'names = ["a"]\n'),
        ('names = ["|"]\n', 'a", "b"]\n\nimport x\n', 'names = ["a", "b"]\n'),
        ('names = [\n    "A",\n    "|"\n]\n', 'B",\n    "C",\n]\n', 'names = [\n    "A",\n    "B"\n]\n'),
        ('names = [\n    "A",\n    "|"\n', 'B",\n    "C",\n]\n', 'names = [\n    "A",\n    "B"\n'),
        ("foo('|')\n", "it')\n", "foo('it')\n"),
        ('f("|", 1)\n', 'hello", 1)\n', 'f("hello", 1)\n'),
        ('print(f"{|}")\n', 'name}")\n', 'print(f"{name}")\n'),
        ('print(f"{|}")\n', 'name}: {value}")\n', 'print(f"{name}: {value}")\n'),
        ('x = {"a": [|]}\n', "1, 2, 3]}\n", 'x = {"a": [1, 2, 3]}\n'),
        ("d = {\n    |\n}\n", '"a": 1,\n    "b": 2,\n}\n', 'd = {\n    "a": 1,\n}\n'),
    ],
)
def test_in_python(text, answer, whole):
    assert completed(text, answer, "python") == whole


@pytest.mark.parametrize(
    ("text", "answer", "whole"),
    [
        ("function f() {\n  |\n}\n", "return 1;\n}\n", "function f() {\n  return 1;\n}\n"),
        ("const x = {|}\n", " a: 1 };\n", "const x = { a: 1 };\n"),
        ("if (|) {\n}\n", "a > b) {\n  foo();\n", "if (a > b) {\n}\n"),
        ("items.map((x) => {|})\n", " return x; })\n", "items.map((x) => { return x; })\n"),
        ("call(`${|}`)\n", "name}`)\n", "call(`${name}`)\n"),
    ],
)
def test_in_typescript(text, answer, whole):
    assert completed(text, answer, "typescript") == whole
