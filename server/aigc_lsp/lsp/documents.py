"""Keeps the open documents in step with the editor, and says when one can no longer be trusted. Text lives elsewhere.

Instead of pygls' workspace: that breaks lines at form feeds and U+2028, and applies versions that go backwards.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aigc_lsp.lsp.envelope import REQUEST_FAILED, RpcError
from aigc_lsp.lsp.notebooks import Notebooks, head, is_foreign, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_lsp.lsp.notebook_params import NotebookChanged, NotebookOpened
    from aigc_lsp.lsp.params import Change, Changed, Opened, Position
    from aigc_plugins.document import Document, Snapshot
    from aigc_plugins.text import Encoding

logger = logging.getLogger(__name__)


class DocumentFactory(Protocol):
    """Makes a document; `aigc_plugins.document.Document` is one."""

    def __call__(self, uri: str, language_id: str, text: str, version: int) -> Document:
        """Return a new document."""
        ...


def _new_document(uri: str, language_id: str, text: str, version: int) -> Document:
    from aigc_plugins.document import Document

    return Document(uri, language_id, text, version)


@dataclass(frozen=True, slots=True)
class View:
    """What a model is shown of a document: itself, or a notebook's cell behind the earlier ones.

    The document's text begins at `base` of the snapshot's.
    """

    snapshot: Snapshot
    base: int = 0


@dataclass(slots=True)
class _Open:
    document: Document
    dirty: str = ""
    behind: tuple[str, View] | None = None


class Documents:
    """The documents that the editor has open in one session. Used from the event loop's thread only."""

    def __init__(self, encoding: Encoding, *, factory: DocumentFactory = _new_document) -> None:
        self.encoding = encoding
        self._factory = factory
        self._open: dict[str, _Open] = {}
        self.notebooks = Notebooks()

    def open(self, opened: Opened) -> None:
        """Start or restart a document."""
        document = self._factory(opened.uri, opened.language_id, opened.text, opened.version)
        self._open[opened.uri] = _Open(document)

    def close(self, uri: str) -> None:
        """Forget a document."""
        if self._open.pop(uri, None) is None:
            logger.warning("didClose of a document that is not open: %s", uri)

    def change(self, changed: Changed) -> None:
        """Apply the changes of one notification; a fault makes the document dirty until its text comes whole."""
        entry = self._open.get(changed.uri)
        if entry is None:
            logger.warning("didChange of a document that is not open: %s", changed.uri)
            return
        if changed.version is not None and changed.version < entry.document.version:
            self._mark(entry, f"version went from {entry.document.version} to {changed.version}")
        for change in changed.changes:
            self._apply(entry, change, changed.version)

    def open_notebook(self, opened: NotebookOpened) -> None:
        """Start or restart a notebook and the documents of its cells."""
        self.notebooks.open(opened)
        for document in opened.documents:
            self.open(document)

    def change_notebook(self, changed: NotebookChanged) -> None:
        """Follow cells that come and go, and edits in them; a change that does not fit makes all cells dirty."""
        for document in changed.opened:
            self.open(document)
        if not self.notebooks.change(changed):
            self.distrust_notebook(changed.uri, "a change of its cells that does not fit")
        for uri in changed.closed:
            self.close(uri)
        for edit in changed.edits:
            self.change(edit)

    def close_notebook(self, uri: str, cells: Iterable[str]) -> None:
        """Forget a notebook and its cells."""
        self.notebooks.close(uri)
        for cell in cells:
            self.close(cell)

    def distrust_notebook(self, uri: str, reason: str) -> None:
        """Mark all cells of a notebook dirty."""
        for cell in self.notebooks.cells(uri):
            self.distrust(cell, reason)

    def distrust(self, uri: str, reason: str) -> None:
        """Mark a document dirty: its text here may no longer be the editor's."""
        entry = self._open.get(uri)
        if entry is not None:
            self._mark(entry, reason)

    def get(self, uri: str) -> Document | None:
        """Return the document where it is open and in step with the editor, else None."""
        entry = self._open.get(uri)
        return None if entry is None or entry.dirty else entry.document

    def known(self, uri: str) -> Document:
        """Return a document that can be trusted.

        Raises:
            RpcError: -32803, there is none.
        """
        document = self.get(uri)
        if document is None:
            raise RpcError(REQUEST_FAILED, f"{uri} is not open, or out of step with the editor")
        return document

    def all(self) -> list[Document]:
        """Return the documents that are open and in step with the editor."""
        return [entry.document for entry in self._open.values() if not entry.dirty]

    def view(self, uri: str) -> View | None:
        """Return what is to be completed of the document; None where `get` has None, or a cell is no code of ours."""
        document = self.get(uri)
        if document is None:
            return None
        earlier = self.notebooks.earlier(uri)
        return View(document.snapshot()) if earlier is None else self._cell_view(document, earlier)

    def _cell_view(self, document: Document, earlier: list[str]) -> View | None:
        language = document.language_id
        if is_foreign(document.text, language):
            return None
        before = (self.get(uri) for uri in reversed(earlier))
        text = head((cell.text for cell in before if cell is not None and cell.language_id == language), language)
        entry = self._open[document.uri]
        if entry.behind is None or entry.behind[0] != text or entry.behind[1].snapshot.version != document.version:
            whole = self._factory(document.uri, language, text + plain(document.text, language), document.version)
            entry.behind = text, View(whole.snapshot(), len(text))
        return entry.behind[1]

    def is_dirty(self, uri: str) -> bool:
        """Tell whether the document waits for its whole text."""
        entry = self._open.get(uri)
        return entry is not None and bool(entry.dirty)

    def offset(self, document: Document, position: Position) -> int:
        """Return the place of `position` in the text, in code points, clamped as LSP says.

        Raises:
            PositionError: the document has no such line.
        """
        return document.lines.offset(position.line, position.character, self.encoding)

    def range(self, document: Document, start: int, end: int) -> dict[str, dict[str, int]]:
        """Return the LSP range of the code points from `start` to `end`."""
        places = (document.lines.position(offset, self.encoding) for offset in (start, end))
        first, last = ({"line": line, "character": character} for line, character in places)
        return {"start": first, "end": last}

    def _apply(self, entry: _Open, change: Change, version: int | None) -> None:
        if change.range is None:
            entry.document.replace(change.text, version)
            entry.dirty = ""
            return
        if entry.dirty:
            return
        start, end = change.range.start, change.range.end
        try:
            entry.document.apply_range(
                (start.line, start.character), (end.line, end.character), change.text, self.encoding, version
            )
        except ValueError as error:
            self._mark(entry, str(error))

    @staticmethod
    def _mark(entry: _Open, reason: str) -> None:
        if not entry.dirty:
            logger.warning("%s is out of step with the editor (%s): nothing is offered until its whole text comes",
                           entry.document.uri, reason)  # fmt: skip
        entry.dirty = reason
