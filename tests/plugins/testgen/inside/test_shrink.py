"""Scenarios get smaller and still show what they are kept for."""

from __future__ import annotations

import ast

import pytest

from aigc_plugins.testgen.inside.shrink import candidates, shrunk
from aigc_plugins.testgen.scenario import Scenario


def test_statements_that_change_nothing_are_left_out() -> None:
    scenario = Scenario("f", "box.get()", ("box = Box(3)", "box.put(1)", "box.look()", "box.put(2)"))
    small = shrunk(scenario, lambda one: one.arrange[:1] == ("box = Box(0)",) or "box = Box(3)" in one.arrange[:1])
    assert small.arrange == ("box = Box(0)",)


@pytest.mark.parametrize(
    ("act", "needed", "expected"),
    [
        ("f([1, 2, 3, 4, 5, 77, 8])", "77", "f([77])"),
        ("f({'a': 1, 'b': 2, 'c': 77})", "'c': 77", "f({'c': 77})"),
        ("f('a long text with X in it')", "X", "f('X')"),
        ("f(b'some bytes with X')", "X", "f(b'X')"),
        ("f(1, verbose=True, other=None)", "verbose", "f(verbose=True)"),
        ("f(123456)", "f(", "f()"),
        ("f(g(123456))", "g(1", "f(g(1))"),
    ],
)
def test_values_get_smaller(act: str, needed: str, expected: str) -> None:
    assert shrunk(Scenario("f", act), lambda one: needed in one.act, 500).act == expected


def test_imports_that_nothing_uses_any_more_go() -> None:
    scenario = Scenario("f", "f(Path('a'), 1)", imports=("from pathlib import Path", "import io"))
    small = shrunk(scenario, lambda one: one.act.startswith("f("))
    assert small.act == "f()"
    assert small.imports == ()


def test_it_asks_no_more_often_than_allowed() -> None:
    asked = []
    shrunk(Scenario("f", f"f({list(range(50))})"), lambda one: bool(asked.append(one)), 17)
    assert len(asked) == 17


def test_what_does_not_hold_stays_as_it_is() -> None:
    scenario = Scenario("f", "f('text', [1, 2])", ("x = 1",))
    assert shrunk(scenario, lambda one: False) == scenario


def test_all_candidates_parse() -> None:
    scenario = Scenario("f", "f('text', [1, {2: (3, 4)}], key=lambda x: x + 1.5)", ("x = {1, 2}", "x.add(b'ab')"))
    for one in candidates(scenario):
        for line in (*one.arrange, one.act):
            ast.parse(line)
