"""Notebooks: which cells belong together, and what a cell's earlier cells put before its text. Cells are documents.

A cell is completed as the end of a program made of the code cells before it.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_lsp.lsp.notebook_params import Cell, NotebookChanged, NotebookOpened

logger = logging.getLogger(__name__)

# What is kept of the earlier cells, in characters; the cells next to the present one win.
_HEAD_CHARS = 65536
_PYTHON = "python"  # only IPython has magics: `!x` begins a statement elsewhere
_MAGIC = re.compile(r"^[%!](?=\S)", re.MULTILINE)
# Cell magics whose cell is Python all the same; any other one makes its cell another language.
_PYTHON_MAGICS = re.compile(r"%%(?:time|timeit|capture|prun|px)\b")


class Notebooks:
    """The open notebooks of one session."""

    def __init__(self) -> None:
        self._cells: dict[str, list[Cell]] = {}

    def open(self, opened: NotebookOpened) -> None:
        """Take a notebook."""
        self._cells[opened.uri] = list(opened.cells)

    def change(self, changed: NotebookChanged) -> bool:
        """Follow a change of a notebook's cells; False where it does not fit what we have."""
        cells = self._cells.get(changed.uri)
        if cells is None:
            logger.warning("A change of a notebook that is not open: %s", changed.uri)
            return False
        splice = changed.splice
        if splice is None:
            return True
        end = splice.start + splice.removed
        if splice.start < 0 or splice.removed < 0 or end > len(cells):
            logger.warning("Cells [%d, %d) of a notebook with %d: %s", splice.start, end, len(cells), changed.uri)
            return False
        cells[splice.start : end] = splice.cells
        return True

    def close(self, uri: str) -> None:
        """Forget a notebook."""
        self._cells.pop(uri, None)

    def cells(self, uri: str) -> list[str]:
        """Return the URIs of a notebook's cells."""
        return [cell.uri for cell in self._cells.get(uri, ())]

    def earlier(self, uri: str) -> list[str] | None:
        """Return the URIs of the code cells before the cell `uri`, in order; None where it is no cell of a notebook."""
        for cells in self._cells.values():
            for index, cell in enumerate(cells):
                if cell.uri == uri:
                    return [before.uri for before in cells[:index] if before.code]
        return None


def head(texts: Iterator[str], language_id: str) -> str:
    """Return the earlier cells' `texts`, the nearest first, as one program; what IPython alone understands is out."""
    kept: list[str] = []
    size = 0
    for text in texts:
        if is_foreign(text, language_id) or not text.strip():
            continue
        size += len(text)
        if size > _HEAD_CHARS:
            break
        kept.append(plain(text, language_id).rstrip("\n") + "\n\n")
    return "".join(reversed(kept))


def is_foreign(text: str, language_id: str) -> bool:
    """Tell whether a cell magic makes this cell another language's."""
    return language_id == _PYTHON and text.startswith("%%") and _PYTHON_MAGICS.match(text) is None


def plain(text: str, language_id: str) -> str:
    """Return a cell with its `%` and `!` lines as comments; the length stays, so that positions do."""
    return _MAGIC.sub("#", text) if language_id == _PYTHON else text
