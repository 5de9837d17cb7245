"""Finds what a name on the command line means in a text: `f`, `Class.method`, a variable. It resolves no references."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli.nearest import nearest

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot
    from aigc_plugins.index.cut import Mark
    from aigc_plugins.tasks.functions import Definition

_SHOWN = 12  # names in an error


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition: its dotted name, its code points [start, end), where its name stands, its line from 1."""

    name: str
    start: int
    end: int
    name_at: int
    line: int


def find_symbol(snapshot: Snapshot, name: str, file: str) -> Symbol:
    """Return the definition that `name` means; the last parts of a dotted name suffice.

    Raises:
        typer.BadParameter: there is none, or several; the text names them.
    """
    known = symbols(snapshot)
    whole = [one for one in known if one.name == name]
    found = whole or [one for one in known if one.name.endswith(f".{name}")]
    if len(found) == 1:
        return found[0]
    if found:
        lines = ", ".join(f"{one.name} (line {one.line})" for one in found[:_SHOWN])
        raise typer.BadParameter(f"{file} has {len(found)} definitions of {name!r}: {lines}; name the line instead")
    if not known:
        raise typer.BadParameter(f"no definitions are known in {file}; name lines instead: {file}:LINE-LINE")
    raise typer.BadParameter(f"there is no {name!r} in {file}{nearest(name, [one.name for one in known])}")


def symbols(snapshot: Snapshot) -> list[Symbol]:
    """Return all definitions of a text, in its order: functions, classes, and variables of modules and classes."""
    from aigc_plugins.index.cut import cut, normal
    from aigc_plugins.tasks.functions import definitions

    marks = cut(normal(snapshot.text), snapshot.language).symbols
    marked = {(mark.name, mark.start_line): mark for mark in marks}
    found: list[Symbol] = []
    around: list[tuple[Definition, str]] = []
    for one in definitions(snapshot):
        while around and around[-1][0].end <= one.start:
            around.pop()
        mark = marked.pop((one.name, one.node.start_point[0]), None)
        outer = around[-1][1] if around else ""
        if mark is not None and mark.container:  # a method may lie outside of its class, as in Go
            outer = mark.container
        name = f"{outer}.{one.name}" if outer else one.name
        around.append((one, name))
        named = one.node.child_by_field_name("name")
        at = one.tree.offset_of(named.start_byte) if named else _name_at(snapshot.text, one.name, one.start)
        found.append(Symbol(name, one.start, one.end, at, 0))
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", snapshot.text)), len(snapshot.text)]
    found += [_of_mark(snapshot.text, mark, starts) for mark in marked.values()]
    found.sort(key=lambda one: one.start)
    return [Symbol(one.name, one.start, one.end, one.name_at, bisect_right(starts[:-1], one.name_at)) for one in found]


def _of_mark(text: str, mark: Mark, starts: list[int]) -> Symbol:
    begin, end = starts[mark.start_line], starts[min(mark.end_line, len(starts) - 1)]
    lines = text[begin:end].rstrip("\r\n")
    start = begin + len(lines) - len(lines.lstrip())
    name = f"{mark.container}.{mark.name}" if mark.container else mark.name
    return Symbol(name, start, begin + len(lines), _name_at(text, mark.name, start), mark.start_line + 1)


def _name_at(text: str, name: str, start: int) -> int:
    found = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])").search(text, start)
    return found.start() if found else start
