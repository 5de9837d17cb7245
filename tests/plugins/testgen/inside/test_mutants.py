"""Which small faults are planted where, and what is left alone."""

from __future__ import annotations

import ast
import textwrap

import pytest

from aigc_plugins.testgen.inside.instrument import instrument
from aigc_plugins.testgen.inside.mutants import find
from aigc_plugins.testgen.inside.mutants_places import Place

EXPRESSIONS = {
    "a < b": {"a <= b", "a != b"},
    "a == b": set(),
    "len(a) == b": {"len(a) <= b", "len(a) >= b"},
    "f(a == b)": {"a != b"},
    "f(a is None)": {"a is not None"},
    "f(a in b)": {"a not in b"},
    "a < b < c": {"a <= b < c", "a < b <= c", "a >= b < c", "a < b >= c"},
    "a + b": {"a - b", "a", "b"},
    "a * b": {"a // b", "a", "b"},
    "a // b": {"a * b"},
    "a % b": {"a // b", "a"},
    "a ** b": {"a * b"},
    "a << b": {"a >> b"},
    "a & b": {"a | b", "a", "b"},
    "-a": {"a"},
    "~a": {"a"},
    "not a": {"a", "True", "False"},
    "a and b": {"a or b", "a", "b"},
    "a or b or c": {"a and b and c", "b or c", "a or c", "a or b"},
    "a if b else c": {"a", "c"},
    "1": {"2", "0", "None"},
    "1.5": {"2.5", "-1.5"},
    "True": {"False"},
    "'ab'": {"'XXabXX'", "''", "'AB'"},
    "b'ab'": {"b'XXabXX'", "b''"},
    "f'a{b}'": {"f'XXaXX{b}'"},
    "a[1:b]": {"a[:b]", "a[1:]", "2", "0"},
    "a[::2]": {"a[:]", "3", "1"},
    "a.strip()": {"a.lstrip()", "a"},
    "a.lower()": {"a.upper()", "a"},
    "a.startswith(b)": {"a.endswith(b)"},
    "min(a, b)": {"max(a, b)"},
    "any(a)": {"all(a)"},
    "sorted(a)": {"list(a)"},
    "abs(a)": {"a"},
    "f(a, b)": {"f(None, b)", "f(a, None)", "f(a)"},
    "f(a, k=b)": {"f(a)", "f(a, k=None)", "f(None, k=b)"},
    "[a, b]": {"[b]", "[a]"},
    "{a: b}": {"{}"},
    "[a for a in b if a]": {"[a for a in () if a]", "True", "False"},
    "lambda: a": {"None"},
}


def mutants(text: str) -> list[tuple[str, str]]:
    return [(one.before, one.after) for one in instrument(textwrap.dedent(text), "a.py").mutants]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions(text: str) -> None:
    found = {after for _, after in mutants(f"def f(a, b, c):\n    return {text}\n")}
    assert found >= EXPRESSIONS[text]
    assert ast.unparse(ast.parse(text)) not in found


STATEMENTS = {
    "x += a": {("x += a", "x -= a"), ("x += a", "x = a"), ("x += a", "pass")},
    "x = a": {("a", "None")},
    "x = None": {("None", "''")},
    "a.x = b": {("a.x = b", "pass"), ("b", "None")},
    "f(a)": {("f(a)", "pass")},
    "del a[0]": {("del a[0]", "pass")},
    "raise E(a)": {("raise E(a)", "pass")},
    "assert a": {("assert a", "pass")},
    "if a: b()": {("a", "True"), ("a", "False")},
    "while a < b: c()": {("a < b", "False"), ("a < b", "a <= b")},
    "for x in a: b()": {("a", "()")},
    "for x in a: break": {("break", "continue")},
    "for x in a: continue": {("continue", "break")},
    "yield a": {("yield a", "pass")},
    "try:\n        a()\n    except E: pass": {("E", "()")},
    "match a:\n        case 1: pass\n        case _: b()": {("1", "pass"), ("_", "pass")},
    "return": set(),
}


@pytest.mark.parametrize("text", STATEMENTS)
def test_statements(text: str) -> None:
    found = mutants(f"def f(a, b, c):\n    {text}\n")
    assert set(found) >= STATEMENTS[text]
    assert len(found) == len(set(found))


def test_what_says_nothing_is_left_alone() -> None:
    text = '''
        """Module."""
        __all__ = ["f", "a" + "b"]
        X = 1
        if X > 0:
            Y: int = 2
        T = TypeVar("T", bound="int")
        class A(Base, option=3):
            """Class."""
            __slots__ = ("x", "y")
            z: "int"
        class E(enum.Enum):
            RED = 1
        @decorated(4)
        def f(a: "int", *b: X < 2) -> "str":
            """Function."""
            import os
            c: "int | None"
            log.warning("hm %s", a + 1)
            ...
        def stub(a=1): ...
        @overload
        def more(a=1): return a + 1
    '''
    assert mutants(text) == []


def test_constants_and_defaults_belong_to_the_functions_that_read_them() -> None:
    text = """
        LIMIT = 5
        DOUBLE = LIMIT * 2
        UNUSED = 7
        class C:
            size = 3
            def m(self, a=1): return a
        def f(b, *, k=2): return b
        def g(n): return n
        def h(n): return n in DOUBLE
    """
    found = {(one.before, one.after): one.function for one in instrument(textwrap.dedent(text), "a.py").mutants}
    expected = {("5", "6"): "h", ("2", "3"): "f", ("LIMIT * 2", "LIMIT"): "h", ("3", "4"): "C", ("1", "0"): "C.m"}
    assert {key: found.get(key) for key in expected} == expected
    assert ("7", "8") not in found


def test_a_loop_that_would_always_go_on_is_no_mutant() -> None:
    assert ("a", "True") not in mutants("def f(a):\n    while a: a = g(a)\n")


def test_a_name_that_the_module_uses_otherwise_is_no_replacement() -> None:
    assert ("min(a)", "max(a)") in mutants("def f(a): return min(a)\n")
    assert ("min(a)", "max(a)") not in mutants("def f(a, max): return min(a)\n")


def test_case_of_an_encoding_stays() -> None:
    assert ("'utf-8'", "'UTF-8'") not in mutants("def f(a): return a.encode('utf-8')\n")
    assert ("'utf-8'", "'UTF-8'") not in mutants("def f(a): return open(a, encoding='utf-8')\n")
    assert ("'utf-8'", "'UTF-8'") in mutants("def f(a): return g(a, 'utf-8')\n")


def test_where_there_are_too_many_each_function_keeps_its_share() -> None:
    large = "def large(a):\n" + "".join(f"    a += {n}\n" for n in range(100)) + "    return a\n"
    text = large + "def small(a): return a + 1\n"
    every = find(ast.parse(text), 10_000).places
    few = find(ast.parse(text), 60).places

    def of(places: list[Place], name: str) -> int:
        return sum(len(one.faults) for one in places if one.function == name)

    assert of(every, "large") > 400
    assert of(few, "small") == of(every, "small")
    assert of(few, "large") + of(few, "small") == 60
    lines = [one.node.lineno for one in few if one.function == "large"]
    assert lines[-1] > 90
    assert lines[0] < 10


def test_a_mutant_says_where_it_is() -> None:
    text = "class A:\n    def m(self, a):\n        return (a\n          < 3)\n"
    (found,) = [one for one in instrument(text, "a.py").mutants if one.after == "a <= 3"]
    assert (found.function, found.line, found.column, found.operator) == ("A.m", 3, 16, "comparison")
