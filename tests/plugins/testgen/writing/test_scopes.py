"""Names that code takes from outside."""

from __future__ import annotations

import ast

import pytest

from aigc_plugins.testgen.writing.scopes import bound, taken


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("f(x, key=y).z", "f x y"),
        ("[a for a in b if c(a)]", "b c"),
        ("[a for b in c for a in b]", "c"),
        ("{k: v for k, v in pairs}", "pairs"),
        ("lambda a, *b, c=d, **e: (a, b, c, e, f)", "d f"),
        ("[(last := a) for a in b] + [last]", "b last"),
        ("def g(a=b) -> c:\n    d = a\n    return d + e + g()", "b c e"),
        ("class A(B):\n    x = C\n    def m(self):\n        return x", "B C x"),
        ("try:\n    a\nexcept E as e:\n    e", "a E"),
        ("with a as b:\n    b", "a"),
        ("for i in range(3):\n    i", "range"),
        ("match a:\n    case {'k': v, **rest}:\n        v, rest\n    case [B(c), *d]:\n        c, d", "a B"),
        ("f'{a!r:{b}}'", "a b"),
        ("x += y", "y"),
    ],
)
def test_names_from_outside(code, names):
    tree = ast.parse(code)
    own = bound(tree.body) - ({"last"} if "last" in names else set())
    assert " ".join(dict.fromkeys(one.id for one in taken(tree.body, own))).split() == names.split()


def test_what_a_function_reads_may_be_bound_later():
    tree = ast.parse("lambda: later")
    assert taken(tree.body, late={"later"}) == []
    assert [one.id for one in taken(ast.parse("later").body, late={"later"})] == ["later"]


def test_names_that_a_statement_binds():
    code = "import a.b, c as d\nfrom e import f as g\ndef h(): i = 1\nclass J: k = 1\nl, *m = 1, 2\n(n := 1)\ndel o"
    assert bound(ast.parse(code).body) == {"a", "d", "g", "h", "J", "l", "m", "n", "o"}
