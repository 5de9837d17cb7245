"""Writes entries into a database. Every method is to be called inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from aigc_plugins.index.entry import chunk_words
from aigc_plugins.index.tokens import words

if TYPE_CHECKING:
    from aigc_plugins.index.entry import Entry

FREQUENT = 40  # a word in fewer chunks than this is looked up without a second thought


class Known(NamedTuple):
    """What the database has of a file."""

    id: int
    size: int
    mtime: int
    hash: bytes


class Writer:
    """The tables of one database, for the one process that writes them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._many = connection.executemany
        self._file = self._next("files")
        self._chunk = self._next("chunks")
        count = self.fact("chunks")
        self.chunks = count if isinstance(count, int) else 0  # counting them takes longer than writing a file's

    def known(self) -> dict[str, Known]:
        """Return what there is, by path."""
        rows = self._run("SELECT path, id, size, mtime, hash FROM files")
        return {path: Known(*rest) for path, *rest in rows}

    def one(self, path: str) -> Known | None:
        """Return what there is of one file."""
        row = self._run("SELECT id, size, mtime, hash FROM files WHERE path = ?", (path,)).fetchone()
        return None if row is None else Known(*row)

    def put(self, entry: Entry, known: Known | None) -> bool:
        """Write an entry in place of what is known of its file; tell whether its content is another."""
        if known is not None and entry.language == "":
            self._run("UPDATE files SET size = ?, mtime = ? WHERE id = ?", (entry.size, entry.mtime, known.id))
            return False
        if known is not None:
            self.remove(entry.path, known)
        file, self._file = self._file, self._file + 1
        reversed_ = "/".join(reversed(entry.path.split("/")))
        self._run(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (file, entry.path, reversed_, entry.language, entry.size, entry.mtime, entry.hash, entry.lines),
        )
        first = self._chunk
        self._chunk += len(entry.chunks)
        self._grown(len(entry.chunks))
        self._many(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?)",
            ((first + at, file, *row[:3]) for at, row in enumerate(entry.chunks)),
        )
        self._many(
            "INSERT INTO fulltext (rowid, words) VALUES (?, ?)",
            ((first + at, row[3]) for at, row in enumerate(entry.chunks)),
        )
        self._many("INSERT INTO symbols VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", ((file, *row) for row in entry.symbols))
        return True

    def remove(self, path: str, known: Known) -> None:
        """Delete all that there is of a file."""
        named = " ".join(words(path))
        rows = self._run("SELECT id, text FROM chunks WHERE file = ?", (known.id,)).fetchall()
        # A table without content has to be told what it is to forget.
        self._many(
            "INSERT INTO fulltext (fulltext, rowid, words) VALUES ('delete', ?, ?)",
            ((chunk, chunk_words(text, named)) for chunk, text in rows),
        )
        self._run("DELETE FROM chunks WHERE file = ?", (known.id,))
        self._grown(-len(rows))
        self._run("DELETE FROM symbols WHERE file = ?", (known.id,))
        self._run("DELETE FROM files WHERE id = ?", (known.id,))

    def count_words(self) -> None:
        """Note which words are frequent, so that a search can leave them out."""
        self._run("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab ('main', 'fulltext', 'row')")
        self._run("DELETE FROM frequent")
        self._run("INSERT INTO frequent SELECT term, doc FROM temp.vocabulary WHERE doc >= ?", (FREQUENT,))
        self.note("counted", self.chunks)

    def note(self, key: str, value: object) -> None:
        """Keep a fact about the index."""
        self._run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def fact(self, key: str) -> object:
        """Return a fact that was kept, or None."""
        row = self._run("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def _grown(self, by: int) -> None:
        if by:
            self.chunks += by
            self.note("chunks", self.chunks)

    def _next(self, table: str) -> int:
        row = self._run(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()  # noqa: S608 - a name of ours
        return int(row[0])
