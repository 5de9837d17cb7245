"""Says in few words what pytest's items and failures are: names and rows of tests, and messages. It changes nothing."""

from __future__ import annotations

import os

import pytest

_MESSAGE = 300


def name_of(item: pytest.Item, folder: str | None) -> str:
    """Return a test's name with its classes, `TestX::test_y`, after its file's path in `folder` if that is given."""
    classes = [node.name for node in item.listchain() if isinstance(node, pytest.Class)]
    function = getattr(item, "originalname", None) or item.name.partition("[")[0]
    names = [*classes, function]
    if folder is not None:
        path = getattr(item, "path", None) or item.fspath  # the latter before pytest 7
        names.insert(0, os.path.relpath(path, folder))
    return "::".join(names)


def row_of(item: pytest.Item, count: int) -> int:
    """Return the number of the row of a test's one parametrisation, 0 for none (a fixture's parameters make no rows).

    Where parametrisations are stacked, it is how many tests of the name came before.
    """
    marks = list(item.iter_markers("parametrize"))
    indices = getattr(getattr(item, "callspec", None), "indices", None)
    if not marks:
        return 0
    if len(marks) > 1 or not indices:
        return count
    names = marks[0].args[0] if marks[0].args else marks[0].kwargs.get("argnames", "")
    first = names.split(",")[0].strip() if isinstance(names, str) else next(iter(names), "")
    return int(indices.get(first, count))


def short(text: str, last: bool = False) -> str:
    """Return the part of a message that says most: the first lines, or the last one that names an error."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if last:
        lines = [line.removeprefix("E").strip() for line in lines if line.startswith("E ")] or lines
        lines = lines[-3:]
    return "\n".join(lines)[:_MESSAGE]
