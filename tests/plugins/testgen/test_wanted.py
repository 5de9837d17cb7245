"""Whose branches and mutants count: those of the targets, and of helpers where all of a module is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.figures import Reach
from aigc_plugins.testgen.parts import Checked, TestResult
from aigc_plugins.testgen.scenario import Branch, Mutant
from aigc_plugins.testgen.wanted import Wanted, percent

MODULE = """
def _helper(a):
    return a + 1

def one(a):
    if a:
        return _helper(a)
    return 0

def two(a):
    def inner():
        return a
    return inner()

class Cart:
    def __init__(self, a):
        self.a = a

    def total(self):
        return self.a
"""


def subject(folder: Path, *names: str):
    path = folder / "one.py"
    path.write_text(MODULE)
    return analyse(path, MODULE, root=folder, names=names)


@pytest.mark.parametrize(
    ("names", "wanted", "others"),
    [
        ((), ["one", "two", "two.<locals>.inner", "Cart.__init__", "Cart.total", "_helper"], []),
        (("one",), ["one"], ["two", "Cart.total", "_helper"]),
        (("two",), ["two", "two.<locals>.inner"], ["one", "_helper"]),
        (("Cart.total",), ["Cart.total"], ["Cart.__init__", "one"]),
        (("Cart",), ["Cart.__init__", "Cart.total"], ["one", "two"]),
        (("_helper",), ["_helper"], ["one"]),
    ],
)
def test_which_functions_are_wanted(tmp_path: Path, names, wanted, others) -> None:
    is_wanted = Wanted(subject(tmp_path, *names))
    assert [name for name in (*wanted, *others) if is_wanted(name)] == wanted


def test_whose_target_a_function_is(tmp_path: Path) -> None:
    wanted = Wanted(subject(tmp_path))
    found = {name: wanted.target(name) for name in ("two.<locals>.inner", "Cart.__init__", "Cart.total", "nowhere")}
    assert {name: target and target.name for name, target in found.items()} == {
        "two.<locals>.inner": "two", "Cart.__init__": "Cart", "Cart.total": "Cart.total", "nowhere": None,
    }  # fmt: skip


@pytest.mark.parametrize(("part", "whole", "expected"), [(0, 0, 100), (1, 3, 33), (299, 300, 99), (3, 3, 100)])
def test_all_is_only_all(part: int, whole: int, expected: int) -> None:
    assert percent(part, whole) == expected


def test_figures_are_of_the_targets_and_count_what_was_there_before(tmp_path: Path) -> None:
    module = subject(tmp_path, "one")
    lines = {number for number, _ in enumerate(MODULE.splitlines(), 1)}
    before = Checked(
        {("test_old", 0): TestResult(True, "", frozenset({1}), frozenset({1})), ("test_bad", 0): TestResult(False)},
        covered=frozenset({6, 8}), executable=frozenset(lines), taken=frozenset({(6, 8)}),
        arcs=frozenset({(6, 7), (6, 8)}),
    )  # fmt: skip
    after = Checked(
        {("test_new", 0): TestResult(True, "", frozenset({2}), frozenset({2}))},
        covered=frozenset({6, 7, 14}), executable=frozenset(lines), taken=frozenset({(6, 7)}),
        arcs=frozenset({(6, 7), (6, 8), (14, 15)}),
    )  # fmt: skip
    branches = [Branch(number, name, 6, "true") for number, name in ((1, "one"), (2, "one"), (3, "one"), (4, "two"))]
    mutants = [
        Mutant(number, name, 6, 0, "o", "a", "b") for number, name in ((1, "one"), (2, "one"), (3, "one"), (4, "two"))
    ]
    reach = Reach(module, before, after, branches, mutants)
    assert (reach.before.mutants, reach.after.mutants) == ((1, 3), (2, 3))
    assert (reach.before.arcs, reach.after.arcs) == ((1, 2), (2, 2))
    assert reach.covered == {6, 7, 8}
    assert 14 not in reach.missed
    assert [one.number for one in reach.alive] == [3]
    assert [one.number for one in reach.missing] == [3]


def test_where_nothing_could_be_run_no_line_is_covered(tmp_path: Path) -> None:
    reach = Reach(subject(tmp_path), Checked(), Checked(), [], [])
    assert reach.after.lines[0] == 0
    assert reach.after.lines[1] > 10
