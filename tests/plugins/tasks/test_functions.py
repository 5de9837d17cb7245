"""Which definition a place means."""

from __future__ import annotations

import pytest

from aigc_plugins.tasks.functions import definition_at
from task_helpers import place

CODE = "import os\n\n\ndef f(a):\n    def g():\n        return a\n\n    return g\n\n\nclass A:\n    x = 1\n"


@pytest.mark.parametrize(
    ("at", "name"),
    [
        ("def f|(a)", "f"),
        ("    |def g", "g"),
        ("|    def g", "g"),
        ("        return a\n", "g"),
        ("def f(a):\n    def g():\n        return a\n\n    return g\n", "f"),
        ("\n\ndef f(a):\n    def g():\n        return a\n\n    return g\n\n\n", "f"),
        ("    def g():\n        return a\n", "g"),
        ("import os|", None),
        ("x =| 1", None),
    ],
)
def test_a_selection_of_whole_lines_means_the_definition_on_them(at, name):
    where = place(CODE, at=at)
    found = definition_at(where.snapshot, where.start, where.end)
    assert (found.name if found is not None else None) == name
