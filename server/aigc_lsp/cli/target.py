"""What a task is run on, as people write it: `FILE`, `FILE:SYMBOL`, `FILE:LINE`, `FILE:LINE-LINE` and the like.

Which of the readings of a place a task is for, the task says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli.place import STDIN, column_offset, document_path, language_id_of, line_span, read_text

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot

# Options begin with a dash, and `-:show` looks like some: standard input has a name that does not.
STDIN_PATH = "/dev/stdin"
_TAIL = re.compile(
    r":(?:(?P<symbol>(?:[^\W\d]|[$#])[\w$#]*(?:\.[\w$#]+)*)"
    r"|(?P<line>[0-9]+)(?:-(?P<last>[0-9]+)"
    r"|:(?P<column>[0-9]+)(?:-(?P<to_line>[0-9]+):(?P<to_column>[0-9]+))?)?)\Z"
)


@dataclass(frozen=True, slots=True)
class Target:
    """A file (`-` is standard input) and what in it is meant: all, a symbol, lines, or from one position to another.

    Lines and columns count from 1. With `line` alone it is that line, with `last` the lines to that one; with `column`
    a cursor before that character, or with `to` what lies before that position.
    """

    file: str
    symbol: str = ""
    line: int = 0
    last: int = 0
    column: int = 0
    to: tuple[int, int] | None = None

    @property
    def stdin(self) -> bool:
        """Whether the text comes from standard input."""
        return self.file == STDIN


def parse_target(text: str) -> Target:
    """Read a place; a file whose name looks like one with a place is taken as that file.

    Raises:
        typer.BadParameter: a line or column is 0, or lines are reversed.
    """
    found = None if Path(text).exists() else _TAIL.search(text)
    if found is None:
        return Target(_file(text))
    file = _file(text[: found.start()])
    if not file:
        raise typer.BadParameter(f"{text!r} names no file")
    if found["symbol"]:
        return Target(file, found["symbol"])
    line, column = int(found["line"]), int(found["column"] or 1)
    last = int(found["last"] or line)
    to = (int(found["to_line"]), int(found["to_column"])) if found["to_line"] else None
    if 0 in (line, column, *(to or ())):
        raise typer.BadParameter(f"{text!r}: lines and columns count from 1")
    if last < line or (to is not None and to < (line, column)):
        raise typer.BadParameter(f"{text!r}: it ends before it begins")
    return Target(file, "", line, last if found["last"] else 0, column if found["column"] else 0, to)


def open_target(target: Target, *, name: str | None, language: str | None) -> Snapshot:
    """Return the document; `name` is the file that standard input stands for, `language` an LSP language id.

    Raises:
        typer.BadParameter: the file cannot be read.
    """
    from aigc_plugins.document import Document

    text = read_text(target.file)
    path = document_path(target.file, name)
    return Document(path.as_uri(), language or language_id_of(path), text, 1).snapshot()


def ranges(target: Target, snapshot: Snapshot) -> list[tuple[int, int]]:
    """Return what the place may mean, as code points [start, end), the likeliest first.

    Raises:
        typer.BadParameter: it lies outside of the text, or there is no such symbol, or several.
    """
    from aigc_plugins.text import LineIndex

    text = snapshot.text
    if target.symbol:
        from aigc_lsp.cli.symbols import find_symbol

        found = find_symbol(snapshot, target.symbol, target.file)
        return [(found.start, found.end), (found.name_at, found.name_at)]
    if not target.line:
        return [(0, len(text))]
    index = LineIndex(text)
    if target.column:
        start = column_offset(index, target.file, target.line, target.column)
        return [(start, column_offset(index, target.file, *target.to) if target.to else start)]
    first, end = line_span(index, target.file, target.line)
    if target.last:
        return [(first, line_span(index, target.file, target.last)[1])]
    code = end - len(text[first:end].lstrip())
    return [(code, code), (code, end)]


def _file(text: str) -> str:
    return STDIN if text in (STDIN, STDIN_PATH) else text
