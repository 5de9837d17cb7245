"""A place in a file as people write it, `FILE:LINE:COLUMN`, and the document around it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot
    from aigc_plugins.text import LineIndex

STDIN = "-"
# Texts that no plugin parses, and that are treated as what they are all the same.
_PROSE = {".md": "markdown", ".rst": "restructuredtext", ".diff": "diff", ".patch": "diff"}


@dataclass(frozen=True, slots=True)
class Place:
    """A file (`-` is standard input), and the cursor before the character at 1-based `line` and `column`."""

    file: str
    line: int
    column: int


def parse_place(text: str) -> Place:
    """Read `FILE:LINE:COLUMN`; lines and columns count from 1, columns in characters.

    Raises:
        typer.BadParameter: it is not of that form.
    """
    file, first, rest = text.rpartition(":")
    file, second, line = file.rpartition(":")
    if not (first and second and file and line.isdecimal() and rest.isdecimal() and int(line) and int(rest)):
        raise typer.BadParameter(f"{text!r} is not FILE:LINE:COLUMN with numbers from 1, for example app.py:12:5")
    return Place(file, int(line), int(rest))


def open_place(place: Place, *, name: str | None, language: str | None) -> tuple[Snapshot, int]:
    """Return the document and the cursor's offset in it, in code points.

    `name` is the file that standard input stands for; `language` an LSP language id, else the name tells it.

    Raises:
        typer.BadParameter: the file cannot be read, or the place is outside it.
    """
    from aigc_plugins.document import Document

    text = read_text(place.file)
    path = document_path(place.file, name)
    document = Document(path.as_uri(), language or language_id_of(path), text, 1)
    return document.snapshot(), column_offset(document.lines, place.file, place.line, place.column)


def document_path(file: str, name: str | None) -> Path:
    """Return the whole path of a document, without `..`; for standard input that of the file `name`."""
    path = Path(name or ("untitled" if file == STDIN else file))
    return Path(os.path.normpath(path.absolute()))  # not resolve(): a link keeps the name that it was called by


def read_text(file: str) -> str:
    """Return the text of a file, of standard input for `-`.

    Raises:
        typer.BadParameter: it cannot be read, or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is not UTF-8 text") from None


def language_id_of(path: Path) -> str:
    """Return the LSP language id of a file by its name, `plaintext` where no language claims it."""
    from aigc_plugins.syntax import language_for

    language = language_for("", path)
    if language is None:
        return _PROSE.get(path.suffix.lower(), "plaintext")
    return language.ids[0] if language.ids else language.name


def line_span(index: LineIndex, file: str, line: int) -> tuple[int, int]:
    """Return the offsets of a 1-based line's start and end.

    Raises:
        typer.BadParameter: there is no such line.
    """
    if line > index.line_count:
        raise typer.BadParameter(f"{file} has {index.line_count} lines, there is no line {line}")
    return index.span(line - 1)


def column_offset(index: LineIndex, file: str, line: int, column: int) -> int:
    """Return the offset before the character at a 1-based line and column.

    Raises:
        typer.BadParameter: there is no such place.
    """
    start, end = line_span(index, file, line)
    if start + column - 1 > end:
        raise typer.BadParameter(f"line {line} of {file} ends at column {end - start + 1}, there is no {column}")
    return start + column - 1
