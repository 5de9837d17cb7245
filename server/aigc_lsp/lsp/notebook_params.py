"""Reads the params of `notebookDocument/*` from raw JSON. What a notebook is made of is kept elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from aigc_lsp.lsp import params as read

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.lsp.params import Changed, Opened

_T = TypeVar("_T")
JUPYTER = "jupyter-notebook"
_CODE = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: the URI of its document, and whether it holds code."""

    uri: str
    code: bool


@dataclass(frozen=True, slots=True)
class NotebookOpened:
    """`notebookDocument/didOpen`."""

    uri: str
    cells: tuple[Cell, ...]
    documents: tuple[Opened, ...]


@dataclass(frozen=True, slots=True)
class Splice:
    """Cells [start, start + removed) of a notebook become `cells`."""

    start: int
    removed: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class NotebookChanged:
    """`notebookDocument/didChange`: cells that come and go, the documents of these, and edits inside of cells."""

    uri: str
    splice: Splice | None
    opened: tuple[Opened, ...]
    closed: tuple[str, ...]
    edits: tuple[Changed, ...]


def opened(params: Any) -> NotebookOpened:
    """Read the params of `notebookDocument/didOpen`."""
    data = read.mapping(params, "params")
    notebook = read.mapping(data.get("notebookDocument"), "notebookDocument")
    documents = _each(data.get("cellTextDocuments"), "cellTextDocuments", _document)
    uri = read.string(notebook.get("uri"), "notebookDocument.uri")
    return NotebookOpened(uri, _each(notebook.get("cells"), "cells", _cell), documents)


def changed(params: Any) -> NotebookChanged:
    """Read the params of `notebookDocument/didChange`."""
    data = read.mapping(params, "params")
    notebook = read.mapping(data.get("notebookDocument"), "notebookDocument")
    cells = read.mapping(read.mapping(data.get("change"), "change").get("cells") or {}, "change.cells")
    structure = read.mapping(cells.get("structure") or {}, "structure")
    splice = None
    if "array" in structure:
        array = read.mapping(structure["array"], "array")
        splice = Splice(
            read.integer(array.get("start"), "array.start"),
            read.integer(array.get("deleteCount"), "array.deleteCount"),
            _each(array.get("cells"), "array.cells", _cell),
        )
    return NotebookChanged(
        read.string(notebook.get("uri"), "notebookDocument.uri"),
        splice,
        _each(structure.get("didOpen"), "didOpen", _document),
        _each(structure.get("didClose"), "didClose", lambda item: read.closed({"textDocument": item})),
        _each(cells.get("textContent"), "textContent", _edit),
    )


def closed(params: Any) -> tuple[str, tuple[str, ...]]:
    """Read the params of `notebookDocument/didClose`: the notebook's URI and those of its cells' documents."""
    data = read.mapping(params, "params")
    notebook = read.mapping(data.get("notebookDocument"), "notebookDocument")
    cells = _each(data.get("cellTextDocuments"), "cellTextDocuments", lambda item: read.closed({"textDocument": item}))
    return read.string(notebook.get("uri"), "notebookDocument.uri"), cells


def _each(value: Any, what: str, one: Callable[[Any], _T]) -> tuple[_T, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise read.invalid(f"{what} is a list")
    return tuple(one(item) for item in value)


def _cell(value: Any) -> Cell:
    data = read.mapping(value, "a cell")
    return Cell(read.string(data.get("document"), "cell.document"), data.get("kind") == _CODE)


def _document(value: Any) -> Opened:
    return read.opened({"textDocument": value})


def _edit(value: Any) -> Changed:
    data = read.mapping(value, "a cell's change")
    return read.changed({"textDocument": data.get("document"), "contentChanges": data.get("changes")})
