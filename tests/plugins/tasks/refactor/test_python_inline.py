"""Inlining in Python: variables and functions give way to their values, only where these stay the same."""

from __future__ import annotations

import pytest

from aigc_plugins.tasks.refactor.python.worker import Request, work


def ask(text, at):
    before, _, after = at.partition("|")
    start = text.index(before + after) + len(before)
    return work(Request("inline", "a.py", {"a.py": text}, start, start))


def new(text, at):
    return ask(text, at)["files"]["a.py"]


def body(*lines, head="def f(a, b):"):
    return "\n".join([head, *(f"    {line}" for line in lines), ""])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["x = a + b", "return x * 2"], ["return (a + b) * 2"]),
        (["x = g(a)", "return h(x, b)"], ["return h(g(a), b)"]),
        (["x = 'é'", "g(x)", "h(lambda: x)"], ["g('é')", "h(lambda: 'é')"]),
        (["x = a", "g(x)", "return x"], ["g(a)", "return a"]),
        (["x = -1", "return [x for _ in b]"], ["return [-1 for _ in b]"]),
        (["if a:", "    x = g()", "    return x", "return b"], ["if a:", "    return g()", "return b"]),
    ],
)
def test_a_variable_gives_way_to_its_value(before, after):
    assert new(body(*before), "|x") == body(*after)


@pytest.mark.parametrize(
    "lines",
    [
        ["x = g(a)", "h(b)", "return x"],  # another call comes first now
        ["x = g(a)", "return x + x"],
        ["x = a.connect()", "return a.sock.send(x)"],  # the attribute would be read before the call
        ["x = a.pop()", "return (not a, x)"],  # and here the truth, and the text, of what the call changes
        ["x = a.pop()", "return f'{a} {x}'"],
        ["x = []", "x.append(a)", "return x"],
        ["x = g(a)", "return b and x"],
        ["x = g(a)", "return h(b) + x"],
        ["x = g(a)", "while x:", "    pass"],
        ["x = a", "a = b", "return x"],
        ["x = g(a)", "return lambda: x"],
        ["x = g(a)", "x = h(x)", "return x"],
        ["x = a", "del x"],
        ["x = a", "return locals()"],
        ["x = a", "return b"],
        ["x, y = a", "return x"],
        ["if a:", "    x = 1", "return x"],
        ["try:", "    x = 1", "finally:", "    g(x)"],
    ],
)
def test_a_value_that_might_be_another_one_is_refused(lines):
    assert "refused" in ask(body(*lines), "|x")


FUNCTION = (
    "K = 2\n\n\ndef add(a, b):\n    '''Doc.'''\n    return a + b * K\n\n\ndef f(c):\n    return add(c - 1, 3) * 2\n"
)


def test_a_function_gives_way_to_its_expression():
    done = ask(FUNCTION, "return |add")
    assert done["files"]["a.py"] == "K = 2\n\n\ndef f(c):\n    return ((c - 1) + 3 * K) * 2\n"
    assert list(done["outside"]) == ["add"]


@pytest.mark.parametrize(
    ("old", "changed"),
    [
        ("return add(c - 1, 3)", "K = 5\n    return add(c - 1, 3)"),  # `K` means another thing there
        ("return a + b * K", "return a + a * b"),  # an argument twice
        ("return a + b * K", "return b and a"),  # an argument that is not always computed
        ("return add(c - 1, 3)", "return add(*c)"),
        ("return add(c - 1, 3)", "return [add, add(1, 2)]"),
        ("return add(c - 1, 3)", "return add(g(c), 3)"),
        ("return a + b * K", "return add(a, b)"),
        ("def add(a, b)", "@cache\ndef add(a, b)"),
        ("def add(a, b)", "def add(a, b=1)"),
        ("    return a + b * K", "    g()\n    return a + b * K"),
        ("add(c - 1, 3)", "add(c - 1, add(1, 2))"),
    ],
)
def test_a_function_that_is_more_than_its_expression_is_refused(old, changed):
    text = FUNCTION.replace(old, changed)
    assert text != FUNCTION
    assert "refused" in ask(text, "def |add")
