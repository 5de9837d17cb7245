"""Parameters, return types and facts of functions, in each language."""

from __future__ import annotations

import pytest

from aigc_plugins.document import Document
from aigc_plugins.tasks.functions import definitions, facts, parameters, return_type


def function(text, language, name=None):
    snapshot = Document("file:///a", language, text, 1).snapshot()
    found = definitions(snapshot, ("function",))
    return next(one for one in found if name in (None, one.name))


def read(text, language, name=None):
    return [(p.name, p.type, p.default, p.kind) for p in parameters(function(text, language, name))]


def test_every_kind_of_python_parameter():
    text = "def f(a, b: int = 1, /, c=2, *args: str, d, e: int = 3, **kw) -> int: ...\n"
    assert read(text, "python") == [
        ("a", "", "", "positional-only"),
        ("b", "int", "1", "positional-only"),
        ("c", "", "2", "positional"),
        ("args", "str", "", "rest"),
        ("d", "", "", "keyword-only"),
        ("e", "int", "3", "keyword-only"),
        ("kw", "", "", "keywords"),
    ]
    assert return_type(function(text, "python")) == "int"
    assert read("def g(a, *, b): ...\n", "python")[1] == ("b", "", "", "keyword-only")


@pytest.mark.parametrize(
    ("decorator", "kind"), [("", "receiver"), ("@classmethod", "receiver"), ("@staticmethod", "positional")]
)
def test_the_first_parameter_of_a_method_is_its_receiver(decorator, kind):
    text = f"class A:\n    {decorator or '# none'}\n    def f(one, two): ...\n"
    assert [row[3] for row in read(text, "python")] == [kind, "positional"]
    assert read("def f(self): ...\n", "python")[0][3] == "positional"


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "typescript",
            "class A { m(this: A, a: number, b?: string, c = 1, ...r: number[]): void {} }",
            [
                ("this", "A", "", "receiver"),
                ("a", "number", "", "positional"),
                ("b", "string", "", "positional"),
                ("c", "", "1", "positional"),
                ("r", "number[]", "", "rest"),
            ],
        ),
        ("typescript", "const f = x => x;", [("x", "", "", "positional")]),
        (
            "javascript",
            "function f(a, b = 1, ...c) {}",
            [("a", "", "", "positional"), ("b", "", "1", "positional"), ("c", "", "", "rest")],
        ),
        (
            "go",
            "func (s *T) F(a, b int, c ...string) error { return nil }",
            [
                ("s", "*T", "", "receiver"),
                ("a", "int", "", "positional"),
                ("b", "int", "", "positional"),
                ("c", "string", "", "rest"),
            ],
        ),
        (
            "java",
            "class A { int f(final int a, String... b) { return 1; } }",
            [("a", "int", "", "positional"), ("b", "String", "", "rest")],
        ),
        (
            "rust",
            "impl A { fn f(&mut self, a: i32) -> i32 { a } }",
            [("self", "", "", "receiver"), ("a", "i32", "", "positional")],
        ),
    ],
)
def test_parameters_of_other_languages(language, text, expected):
    assert read(text, language) == expected


def test_a_parameter_that_is_taken_apart_is_a_pattern():
    found = parameters(function("function f({a, b}, [c] = [1], d) {}", "javascript"))
    assert [(one.name, one.pattern) for one in found] == [("{a, b}", True), ("[c]", True), ("d", False)]


def test_what_is_raised_and_not_caught_on_the_spot():
    text = (
        "def f(x):\n"
        "    if x: raise ValueError('a')\n"
        "    try:\n        raise KeyError\n    except KeyError:\n        raise errors.Wrong from None\n"
        "    def inner(): raise TypeError\n"
        "    raise x\n"
    )
    assert facts(function(text, "python")).raises == ("ValueError", "errors.Wrong")


def test_what_is_returned_and_yielded_by_the_function_itself():
    text = "async def f(x):\n    g = lambda: (yield 1)\n    def h(): return 2\n    if x: return\n    return x\n"
    found = facts(function(text, "python"))
    assert (found.returned, found.returns_value, found.yields, found.is_async) == (("x",), True, False, True)
    assert facts(function("def f():\n    yield 1\n", "python")).yields
    assert not facts(function("def f():\n    return None\n", "python")).returns_value


def test_exceptions_of_java_and_javascript():
    java = "class A { void f() throws IOException { throw new Missing(); } }"
    assert facts(function(java, "java")).raises == ("IOException", "Missing")
    script = "function f() { try { throw new A(); } catch (e) {} throw new B(); }"
    assert facts(function(script, "javascript")).raises == ("B",)
