"""A workspace as context providers see it: the index, with open documents in place of what was saved."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.document import path_of as file_of
from aigc_plugins.index.cut import normal
from aigc_plugins.index.edits import Edits, redacted
from aigc_plugins.index.entry import decoded
from aigc_plugins.index.limits import Limits
from aigc_plugins.index.overlay import OpenDocument
from aigc_plugins.index.roots import Root, distinct
from aigc_plugins.index.secrets import redact
from aigc_plugins.index.tokens import query_words
from aigc_plugins.workspace import Chunk, OpenFile, Symbol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aigc_plugins.document import Snapshot
    from aigc_plugins.index.reader import Row
    from aigc_plugins.workspace import RecentEdit

DEFAULT = Limits()


class IndexedWorkspace:
    """Implements `aigc_plugins.workspace.Workspace` over the databases that `Indexer` writes. Reads, never builds.

    One root: paths are relative to it. Several: the root's name comes first (`name/src/a.py`); a root inside another
    one is part of that. Without a database (not built yet, broken, unwritable cache) what is open, and what is on the
    disk by its path, still is found.

        IndexedWorkspace([root])                      # the user's cache
        IndexedWorkspace([root], folder=tmp)          # databases in a folder of one's own

    With `indexed=False` no database is looked at. Every method may be called from any thread. Secrets are redacted in
    every text that is given out.
    """

    def __init__(
        self, roots: Sequence[Path], *, folder: Path | None = None, limits: Limits = DEFAULT, indexed: bool = True
    ) -> None:
        self.limits = limits
        self._roots = distinct(roots, folder, indexed=indexed)
        self._located: dict[str | Path, str | None] = {}  # of what is open
        self._open: dict[str, OpenDocument] = {}
        self._edits = Edits()
        self._used = 0
        self._lock = threading.Lock()

    @property
    def broken(self) -> bool:
        """Whether a database was found to be of no use; a build makes it anew."""
        return any(root.reader.broken for root in self._roots)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that have a database each, as they were given."""
        return tuple(root.given for root in self._roots)

    # What is open

    def overlay(self, where: str | Path, language_id: str, text: str) -> None:
        """Take a document's present text (`where`: URI or absolute path), and note what changed since the last one.

        Costs two comparisons of the text; it is cut into chunks when it is first asked for.
        """
        if where not in self._located:
            self._located[where] = self._locate(where)
        path = self._located[where]
        if path is None:
            return
        with self._lock:
            old = self._open.get(path)
            if old is not None and old.raw == text:
                return
            self._used += 1
            self._open[path] = OpenDocument(path, language_id, text, self._used)
            if old is not None:
                self._edits.changed(path, old.raw, text)

    def drop(self, where: str | Path) -> None:
        """Forget an open document: what was saved counts again. Its edits stay."""
        path = self._located.pop(where, None) or self._locate(where)
        with self._lock:
            document = self._open.pop(path, None) if path is not None else None
            if document is not None:
                self._edits.closed(document.path, document.raw)

    def focus(self, where: str | Path) -> None:
        """Note that this open document is the one used last."""
        path = self._located.get(where)
        with self._lock:
            document = self._open.get(path) if path is not None else None
            if document is not None and document.used < self._used:
                self._used += 1
                document.used = self._used

    def refresh(self) -> None:
        """Read the ignore rules again when they are next needed."""
        for root in self._roots:
            root.refresh()

    def close(self) -> None:
        """Let go of the databases."""
        for root in self._roots:
            root.reader.close()

    # What providers ask: see aigc_plugins.workspace.Workspace

    def path_of(self, snapshot: Snapshot) -> str | None:
        """Return a document's path in the workspace, None where it lies outside or may not be read."""
        path = self._locate(snapshot.uri)
        return path if path is not None and self._allowed(path) else None

    def read(self, path: str) -> str | None:
        """Return a file's text with LF line ends, None where there is none, or it is ignored, secret or too large."""
        if not self._allowed(path):
            return None
        document = self._open.get(path)
        if document is not None:
            return document.text
        found = self._file(path)
        try:
            data = found.read_bytes() if found is not None else b""
        except OSError:
            return None
        text = decoded(data) if found is not None else None
        return None if text is None else redact(normal(text))

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file that may be read."""
        return self._allowed(path) and (path in self._open or self._file(path) is not None)

    def search(
        self, words: Sequence[str], *, language: str | None = None, limit: int = 10, exclude: Collection[str] = ()
    ) -> list[Chunk]:
        """Return the chunks that fit `words` (identifiers and their parts) best, by BM25, the best first.

        `exclude` are paths to leave out. `score` is 0 to 1, comparable within one answer.
        """
        wanted = query_words(words)
        documents = self._documents()
        rows: list[Row] = []
        for root in self._roots:
            out = {root.inner(path) for path in (*exclude, *documents) if root.has(path)}
            rows += [
                row._replace(path=root.outer(row.path))
                for row in root.reader.search(wanted, language, limit, out)
                if root.rules.allows(row.path)
            ]
        for path, document in documents.items():
            root_of = self._root(path)
            if root_of is not None and path not in exclude and language in (None, document.language):
                rows += document.search(wanted, root_of.reader.statistics(wanted))
        rows.sort(key=lambda row: (-row.score, row.path, row.start_line))
        best = max(rows[0].score, 1e-9) if rows else 1.0
        return [Chunk(*row[:5], score=round(min(max(row.score / best, 0.0), 1.0), 6)) for row in rows[:limit]]

    def symbols(self, name: str, *, language: str | None = None, limit: int = 20) -> list[Symbol]:
        """Return the definitions of a name, by path and line."""
        documents = self._documents()
        found = [
            symbol
            for document in documents.values()
            if name in document.raw
            for symbol in document.symbols()
            if symbol.name == name and (language is None or symbol.language == language)
        ]
        for root in self._roots:
            saved = root.placed(root.reader.symbols(name, language, limit + 50))
            found += [symbol for symbol in saved if symbol.path not in documents]
        found.sort(key=lambda symbol: (symbol.path, symbol.start_line))
        return found[:limit]

    def outline(self, path: str) -> list[Symbol]:
        """Return the definitions of a file, in the order of the file."""
        document = self._documents().get(path)
        if document is not None:
            return document.symbols()
        root = self._root(path)
        return root.placed(root.reader.outline(root.inner(path))) if root is not None else []

    def find(self, suffixes: Sequence[str], *, limit: int = 20) -> list[str]:
        """Return the files whose path ends in one of `suffixes`, whole components compared, the shortest first."""
        ends = ["/" + suffix.strip("/") for suffix in suffixes if suffix.strip("/")]
        found = {path for path in self._documents() if ("/" + path).endswith(tuple(ends))}
        for root in self._roots:
            for end in ends:
                inner = root.inner_suffix(end)
                if inner is not None:
                    saved = root.reader.find(inner, limit)
                    found.update(root.outer(path) for path in saved if root.rules.allows(path))
        return sorted(found, key=lambda path: (len(path), path))[:limit]

    def open_files(self) -> list[OpenFile]:
        """Return the open documents, the one used last first."""
        documents = sorted(self._documents().values(), key=lambda one: -one.used)
        return [OpenFile(one.path, one.language, one.text, one.used) for one in documents]

    def recent_edits(self) -> list[RecentEdit]:
        """Return what was changed lately, the last change first; consecutive keys in one place are one edit."""
        with self._lock:
            recent = self._edits.recent({path: document.raw for path, document in self._open.items()})
        return [
            redacted(edit, redact(normal(edit.before)), redact(normal(edit.after)))
            for edit in recent
            if self._allowed(edit.path)
        ]

    # Paths

    def relative(self, file: Path) -> tuple[Path, str] | None:
        """Return the root that an absolute path lies in and its path there; its links are not followed."""
        for root in self._roots:
            inner = root.relative(file)
            if inner is not None:
                return root.given, inner
        return None

    def _locate(self, where: str | Path) -> str | None:
        """Return the path of a document in the workspace, links resolved; None outside."""
        file = where if isinstance(where, Path) else file_of(where)
        if file is None or not file.is_absolute():
            return None
        for root in self._roots:
            inner = root.relative(file)
            if inner is not None:
                return root.outer(inner)
        return None

    def _documents(self) -> dict[str, OpenDocument]:
        with self._lock:
            documents = dict(self._open)
        largest = self.limits.max_file_kb * 1024
        return {p: one for p, one in documents.items() if len(one.raw) <= largest and self._allowed(p)}

    def _root(self, path: str) -> Root | None:
        return next((root for root in self._roots if root.has(path)), None)

    def _allowed(self, path: str) -> bool:
        root = self._root(path)
        return root is not None and root.rules.allows(root.inner(path))

    def _file(self, path: str) -> Path | None:
        """Return the file behind an allowed path, None where it leads elsewhere through a link, or is too large."""
        root = self._root(path)
        if root is None:
            return None
        file = root.rules.root / root.inner(path)
        try:
            status = file.lstat()
            good = os.path.realpath(file) == str(file) and file.is_file()
        except (OSError, ValueError):
            return None
        return file if good and status.st_size <= self.limits.max_file_kb * 1024 else None
