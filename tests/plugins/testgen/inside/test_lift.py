"""What an act makes on the spot becomes variables with names that say what they are."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_plugins.testgen.inside.lift import lifted, lifts
from aigc_plugins.testgen.scenario import Scenario

TEXT = """
class LineQueue:
    def __init__(self, first, mode=None): pass
    @classmethod
    def of(cls, things): pass
    def put(self, entries, *, options=None): pass
def merge(target, /, other): pass
def fill(list): pass
other = 1
"""


@pytest.mark.parametrize(
    ("act", "arrange", "expected"),
    [
        ("merge({'a': 1}, 3)", (), (["target = {'a': 1}"], "merge(target, 3)")),
        ("merge({}, [1, 2])", (), (["target = {}", "a_other = [1, 2]"], "merge(target, a_other)")),
        ("LineQueue(3).put([1])", (), (["line_queue = LineQueue(3)", "entries = [1]"], "line_queue.put(entries)")),
        ("LineQueue.of([3])", (), (["things = [3]"], "LineQueue.of(things)")),
        ("LineQueue.of(3).put(1, options={})", (), (["line_queue = LineQueue.of(3)", "options = {}"],
                                                    "line_queue.put(1, options=options)")),
        ("queue.put([1])", ("queue = LineQueue(1)",), (["entries = [1]"], "queue.put(entries)")),
        ("fill([1])", (), (["a_list = [1]"], "fill(a_list)")),
        ("list(LineQueue('é').put(['ü']))", (), (["line_queue = LineQueue('é')", "entries = ['ü']"],
                                                 "list(line_queue.put(entries))")),
        ("LineQueue(1).size", (), (["line_queue = LineQueue(1)"], "line_queue.size")),
        ("merge(\n  [1],\n  2)", (), (["target = [1]"], "merge(\n  target,\n  2)")),
        ("merge(str(1), (1, 2))", (), ([], "merge(str(1), (1, 2))")),
        ("merge(lambda: [1], 'x')", (), ([], "merge(lambda: [1], 'x')")),
    ],
)  # fmt: skip
def test_parts_become_variables(act: str, arrange: tuple[str, ...], expected: tuple[list[str], str]) -> None:
    names: dict[str, Any] = {}
    exec(TEXT, names)
    scenario = Scenario("", act, arrange)
    made = lifted(scenario, lifts(scenario, names))
    assert (list(made.arrange[len(arrange) :]), made.act) == expected
