"""Renaming in Python: every place that means the name, in every file; nothing left behind, nothing caught."""

from __future__ import annotations

import pytest

from aigc_plugins.tasks.refactor.python.worker import Request, work

MODULE = """LIMIT = 3


class A:
    def __init__(self, size):
        self.size_of = size

    def area(self, factor=1):
        return self.size_of * factor + LIMIT


def total(items, tax):
    s = 0
    for i in items:
        y = f"{i}" + "é"
        s += y + i * LIMIT

    def inner():
        nonlocal s
        s = 3

    return [i for i in items if i > s], A(size=3).area(factor=2)


print(total(items=1, tax=3))
"""
OTHER = """import mod
from mod import A, total

print(total(tax=2, items=4), mod.LIMIT)
a = A(2)
a.area()
"""


def ask(at, name="fresh", *, text=MODULE, other=OTHER, whole=True):
    before, _, after = at.partition("|")
    start = text.index(before + after) + len(before)
    files = {"mod.py": text, "other.py": other} if whole else {"mod.py": text}
    return work(Request("rename", "mod.py", files, start, start, name, whole))


@pytest.mark.parametrize(
    ("at", "old", "here", "there"),
    [
        ("|LIMIT", "LIMIT", 3, 1),
        ("|size)", "size", 3, 0),
        ("|size_of", "size_of", 2, 0),
        ("def |area", "area", 2, 1),
        ("|factor", "factor", 3, 0),
        ("class |A", "A", 2, 2),
        ("def |total", "total", 2, 2),
        ("|items", "items", 4, 1),
        ("|s = 0", "s", 5, 0),
        ("for |i in items:", "i", 3, 0),
        ("[|i for", "i", 3, 0),
        ("|y =", "y", 2, 0),
        ("|inner", "inner", 1, 0),
    ],
)
def test_every_place_that_means_the_name_changes(at, old, here, there):
    files = ask(at)["files"]
    assert files["mod.py"].count("fresh") == here
    assert files.get("other.py", OTHER).count("fresh") == there
    assert files["mod.py"].replace("fresh", old) == MODULE
    assert files.get("other.py", OTHER).replace("fresh", old) == OTHER


@pytest.mark.parametrize("at", ["|LIMIT", "|size)", "|size_of", "def |total", "|items"])
def test_names_that_others_may_know_ask_for_these_files(at):
    done = ask(at, whole=False)
    assert done["files"] == {}
    assert done["outside"]


@pytest.mark.parametrize("at", ["|s = 0", "|y =", "for |i in items:"])
def test_local_names_need_no_other_file(at):
    assert not ask(at, whole=False)["outside"]


@pytest.mark.parametrize("name", ["i", "s", "items", "print", "class", "1x", "__x", "y", "LIMIT", ""])
def test_a_name_that_is_taken_is_refused(name):
    assert "refused" in ask("|y =", name)


@pytest.mark.parametrize(
    ("at", "text", "other"),
    [
        ("|LIMIT", MODULE + "__all__ = ['LIMIT']\n", OTHER),
        ("|LIMIT", MODULE, OTHER + "getattr(mod, 'LIMIT')\n"),
        ("|LIMIT", MODULE, OTHER + "import pkg.mod\nprint(pkg.mod.LIMIT)\n"),
        ("def |area", MODULE, OTHER + "def f(thing):\n    return thing.area()\n"),
        ("def |area", MODULE.replace("class A:", "class A(Foreign):"), OTHER),
        ("def |area", MODULE, OTHER + "class B:\n    def area(self):\n        pass\n"),
        ("def |area", MODULE + "def g(self, name):\n    return getattr(self, 'a' + name)\n", OTHER),
        ("def |write", MODULE.replace("area", "write"), OTHER.replace("area", "write")),
        ("|LIMIT", MODULE + "print(globals())\n", OTHER),
        ("|items", MODULE, OTHER + "from functools import partial\npartial(total, items=3)\n"),
        ("|items", MODULE, OTHER + "register(total)\n"),
        ("|items", MODULE.replace("def total", "@command\ndef total"), OTHER),
        ("|factor", MODULE, OTHER + "def g(thing):\n    thing.area(factor=1)\n"),
        ("|factor", MODULE, OTHER + "class B(A):\n    def area(self, factor):\n        pass\n"),
        ("|y =", MODULE.replace("nonlocal s", "nonlocal s; print(locals())"), OTHER),
        ("|print", MODULE, OTHER),
        ("|y =", MODULE.replace("y + i", "f'{y=}'"), OTHER),
    ],
)
def test_what_might_leave_a_name_behind_is_refused(at, text, other):
    assert "refused" in ask(at, text=text, other=other)


def test_an_import_is_renamed_where_it_is_defined():
    assert "imported" in ask("|total", text="from mod2 import total\ntotal()\n")["refused"]
