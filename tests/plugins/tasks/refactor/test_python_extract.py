"""Extracting from Python: what comes of it, and what is refused because it would not mean the same."""

from __future__ import annotations

import pytest

from aigc_plugins.tasks.refactor.python.worker import Request, work


def ask(task, text, selected, name="fresh"):
    start = text.index(selected)
    return work(Request(task, "a.py", {"a.py": text}, start, start + len(selected), name))


def body(*lines, head="def f(a, b):"):
    return "\n".join([head, *(f"    {line}" for line in lines), ""])


@pytest.mark.parametrize(
    ("text", "selected", "line"),
    [
        (body("return g(a.b * 2)"), "a.b * 2", "fresh = a.b * 2"),
        (body("return a.m(g(a), b)"), "g(a)", "fresh = g(a)"),
        (body("if a < b:", "    pass"), "a < b", "fresh = a < b"),
        (body("for one in g(a):", "    pass"), "g(a)", "fresh = g(a)"),
        (body("b['é'] = 'ü' + a"), "'ü' + a", "fresh = 'ü' + a"),
        (body("return (a +", "    b) * 2"), "(a +\n        b)", "fresh = a + b"),
        (body("return sum([one for one in a])"), "[one for one in a]", "fresh = [one for one in a]"),
    ],
)
def test_an_expression_gets_a_name_in_the_line_above(text, selected, line):
    new = ask("extract-variable", text, selected)["files"]["a.py"]
    assert line in [one.strip() for one in new.splitlines()]
    assert len(new.splitlines()) == len(text.splitlines()) + 1 - selected.count("\n")


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        (body("return a and g(b)"), "g(b)"),  # only computed where `a` holds
        (body("return a if b else g(a)"), "g(a)"),
        (body("while g(a):", "    pass"), "g(a)"),  # computed again and again
        (body("return [g(one) for one in a]"), "g(one)"),  # has names of its own
        (body("return g(a) + h(b)"), "h(b)"),  # `g` may matter to `h`
        (body("return a.x + h(b)"), "h(b)"),  # `h` may change `a.x`
        (body("return g(a) + b.x"), "b.x"),  # `g` may change `b.x`
        (body("return a < b < g(a)"), "g(a)"),
        (body("assert a, g(b)"), "g(b)"),
        (body("x: int = a + b"), "int"),
        (body("g(a)"), "g(a)"),
        (body("a.b = 1"), "a.b"),
        (body("return a - b - 1"), "b - 1"),
        (body("if a:", "    pass", "elif b > 1:", "    pass"), "b > 1"),
        (body("if a: return b + 1"), "b + 1"),
        (body("x = lambda: a + b"), "a + b"),
        (body("return f'{a + b}'"), "a + b"),
        ("x = 1 + 2\n", "1 + 2"),
        ("def f(a):\n    return (yield a)\n", "(yield a)"),
        ("def f(a):\n    return a +\n", "a"),
        ("def f(a, b=1 + 2):\n    return a\n", "1 + 2"),
        ("total = 0\ndef g():\n    global total\n    total = 1\ndef f():\n    return total + g()\n", "g()"),
    ],
)
def test_an_expression_that_is_computed_at_other_times_is_refused(text, selected):
    assert "refused" in ask("extract-variable", text, selected)


METHOD = """class A:
    def f(self, items, tax=1, *, keep=None):
        total = 0
        for one in items:
            total += one * tax
        rate = total / 2
        return rate, total, self.x
"""


def test_statements_of_a_method_become_a_method_that_gives_back_what_is_read_later():
    text = METHOD
    new = ask("extract-function", text, "total = 0\n        for one in items:\n            total += one * tax\n")[
        "files"
    ]
    assert "        total = self.fresh(items, tax)\n        rate = total / 2\n" in new["a.py"]
    assert "    def fresh(self, items, tax):\n        total = 0\n" in new["a.py"]
    assert new["a.py"].rstrip().endswith("        return total")


def test_parameters_and_results_are_in_the_order_of_the_code():
    text = "class A:\n    def f(self, b, a):\n        y = a + self.z\n        x = y * b\n        return x, y\n"
    new = ask("extract-function", text, "y = a + self.z\n        x = y * b")["files"]["a.py"]
    assert "        y, x = self.fresh(a, b)\n        return x, y\n" in new
    assert "    def fresh(self, a, b):\n" in new
    assert new.rstrip().endswith("return y, x")


def test_a_piece_that_returns_is_returned():
    new = ask("extract-function", body("b += 1", "c = a + b", "return c"), "c = a + b\n    return c")["files"]["a.py"]
    assert "    return fresh(a, b)\n" in new
    assert "def fresh(a, b):\n    c = a + b\n    return c" in new


def test_an_expression_becomes_a_function():
    new = ask("extract-function", body("return a * 2 + b"), "a * 2")["files"]["a.py"]
    assert "return fresh(a) + b" in new
    assert "def fresh(a):\n    return a * 2" in new


@pytest.mark.parametrize(
    ("text", "selected"),
    [
        (body("for one in a:", "    if one:", "        break", "    g(one)"), "if one:\n            break"),
        (body("if a:", "    return b", "g(a)", "return a"), "if a:\n        return b"),
        (body("x = a", "y = b", "h = lambda: x", "return h() + y"), "x = a\n    y = b"),  # a closure sees `x`
        (body("try:", "    x = g(a)", "    y = g(x)", "except E:", "    return x"), "x = g(a)\n        y = g(x)"),
        (body("if a:", "    x = 1", "g(a)", "return x"), "if a:\n        x = 1"),  # `x` may have no value
        (body("if a:", "    x = 1", "g(a)", "h(x)"), "h(x)"),
        (body("x = a", "yield x", "return b"), "x = a\n    yield x"),
        (body("x = locals()", "return x"), "x = locals()"),
        (body("global c", "c = a", "return b"), "c = a"),
        (body("x = super().f()", "return x", head="class A:\n  def f(self):"), "x = super().f()"),
        (body("x = self.__y", "return x", head="class A:\n  def f(self):"), "x = self.__y"),
        (body("self = a", "x = self.y", "return x", head="class A:\n  def f(self, a):"), "x = self.y"),
        (body("'''Doc.'''", "return a"), "'''Doc.'''\n    return a"),
        (body("x = a", "del x", "return b"), "x = a\n    del x"),
        ("@run\ndef f(a):\n    x = a + 1\n    return x\n", "x = a + 1"),
        ("def f(a):\n    x = await_(a)\n    return x; y = 1\n", "return x"),
    ],
)  # fmt: skip
def test_statements_that_are_no_unit_are_refused(text, selected):
    assert "refused" in ask("extract-function", text, selected)


def test_what_a_loop_needs_in_its_next_round_is_not_lost():
    text = body("last = 0", "for x in a:", "    g(last)", "    last = x * b", "return b")
    assert "would not give back `last`" in ask("extract-function", text, "last = x * b")["refused"]
    text = text.replace("return b", "return last")
    assert "        last = fresh(x, b)" in ask("extract-function", text, "last = x * b")["files"]["a.py"]


def test_a_generator_that_is_used_up_at_once_may_see_variables():
    text = body("for one in a:", "    c = sum(x * one for x in b)", "    g(c)")
    assert (
        "        c = fresh(one, b)\n" in ask("extract-function", text, "c = sum(x * one for x in b)")["files"]["a.py"]
    )
    later = text.replace("sum(x * one for x in b)", "(x * one for x in b)")
    assert "refused" in ask("extract-function", later, "c = (x * one for x in b)")
    shadowed = "def sum(x):\n    return x\n\n\n" + text
    assert "refused" in ask("extract-function", shadowed, "c = sum(x * one for x in b)")


def test_rope_never_sees_the_rest_of_the_file():
    """Defaults of keyword-only parameters make rope fail on a whole file."""
    other = "class B:\n    def g(self, a, *, b=('x', 'y'), c=None):\n        '''Doc.'''\n        return a\n\n\n"
    new = ask("extract-variable", other + METHOD, "one * tax")["files"]["a.py"]
    assert new.startswith(other)
    assert "            fresh = one * tax\n            total += fresh\n" in new
