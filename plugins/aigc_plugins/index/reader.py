"""Answers questions from a database: words by BM25, symbols by name, files by the end of their path. Writes nothing."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aigc_plugins.index import database
from aigc_plugins.index.limits import IndexUnavailableError
from aigc_plugins.workspace import Symbol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

logger = logging.getLogger(__name__)

# A search reads the entries of its words, the rarest first, until it has read so many: that bounds its time.
_ENTRIES = 1500
_MOST_WORDS = 24
_AGAIN_S = 1.0  # how long a database that is not there is left alone, and how often its identity is checked
_SYMBOL = "name, kind, path, language, start_line, end_line, signature, container"


class Row(NamedTuple):
    """A chunk that fits; `score` is BM25's, the higher the better."""

    path: str
    language: str
    start_line: int
    end_line: int
    text: str
    score: float


class Statistics(NamedTuple):
    """What BM25 needs to score a text that is not in the index: how many chunks there are, and how many have a word."""

    chunks: int
    having: dict[str, int]


class Reader:
    """One database, opened when it is first asked and again when it was built anew. May be used from any thread.

    Where the database is missing, busy or broken every answer is empty; `broken` says the last, until it is good again.
    `path` None stands for one that is not wanted.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.broken = False
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._checked = 0.0
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._drop()

    def search(self, words: Sequence[str], language: str | None, limit: int, exclude: Collection[str]) -> list[Row]:
        """Return the best chunks for `words`, which are distinct and as `tokens.query_words` gives them."""
        chosen = self._choice(words)
        if not chosen or limit <= 0:
            return []
        match = " OR ".join(f'"{word}"' for word in chosen)
        found: list[Row] = []
        asked = limit * 3 + 10
        while True:
            # Ranked first, then joined: only the rows that are wanted are read.
            rows = self._rows(
                "SELECT path, language, start_line, end_line, text, -score FROM ("
                " SELECT rowid AS chunk, rank AS score FROM fulltext WHERE fulltext MATCH ? ORDER BY rank LIMIT ?"
                ") JOIN chunks ON chunks.id = chunk JOIN files ON files.id = file ORDER BY score, path, start_line",
                (match, asked),
            )
            found = [Row(*row) for row in rows if row[0] not in exclude and (language is None or row[1] == language)]
            if len(found) >= limit or len(rows) < asked or asked > 50 * limit:
                return found[:limit]
            asked *= 4

    def statistics(self, words: Sequence[str]) -> Statistics:
        """Return how many chunks there are, and how many have each word; words in few chunks are left out."""
        counted = self._rows("SELECT value FROM meta WHERE key = 'counted'")
        return Statistics(int(counted[0][0]) if counted else 0, self._frequent(words))

    def symbols(self, name: str, language: str | None, limit: int) -> list[Symbol]:
        """Return the definitions of a name, by path and line."""
        return self._symbols("name = ? AND (? IS NULL OR language = ?)", (name, language, language), limit)

    def outline(self, path: str) -> list[Symbol]:
        """Return the definitions of a file, in its order."""
        return self._symbols("path = ?", (path,), -1)

    def find(self, suffix: str, limit: int) -> list[str]:
        """Return the files whose path ends in these components, the shortest first."""
        key = "/".join(reversed(suffix.strip("/").split("/")))
        rows = self._rows(
            "SELECT path FROM files WHERE language IS NOT NULL AND (reversed = ? OR (reversed > ? AND reversed < ?)) "
            "ORDER BY length(path), path LIMIT ?",
            (key, f"{key}/", f"{key}0", limit),
        )
        return [row[0] for row in rows]

    def _symbols(self, where: str, values: Sequence[Any], limit: int) -> list[Symbol]:
        query = (
            f"SELECT {_SYMBOL} FROM symbols JOIN files ON files.id = file "  # noqa: S608 - of our own making
            f"WHERE {where} ORDER BY path, start_line, symbols.id LIMIT ?"
        )
        return [Symbol(*row) for row in self._rows(query, (*values, limit))]

    def _choice(self, words: Sequence[str]) -> list[str]:
        """Return the words to look for: the rare ones, which tell most and cost least."""
        frequent = self._frequent(words)
        chosen: list[str] = []
        entries = 0
        order = {word: at for at, word in enumerate(words)}
        for word in sorted(order, key=lambda word: (frequent.get(word, 0), order[word])):
            entries += frequent.get(word, 0)
            if chosen and (entries > _ENTRIES or len(chosen) >= _MOST_WORDS):
                break
            chosen.append(word)
        return chosen

    def _frequent(self, words: Sequence[str]) -> dict[str, int]:
        marks = ",".join("?" * len(words))
        query = f"SELECT word, chunks FROM frequent WHERE word IN ({marks})"  # noqa: S608 - question marks
        return dict(self._rows(query, tuple(words)))

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            connection = self._open()
            if connection is None or self.path is None:
                return []
            try:
                with database.translated(self.path):
                    return connection.execute(query, values).fetchall()
            except database.BrokenError as error:
                self._spoil(error)
            except (sqlite3.OperationalError, IndexUnavailableError) as error:
                logger.info("The index cannot answer: %s", error)
            return []

    def _open(self) -> sqlite3.Connection | None:
        if self.path is None:
            return None
        now = time.monotonic()
        if now - self._checked < _AGAIN_S:
            return self._connection
        self._checked = now
        identity = self._present(self.path)
        if self._connection is not None and identity == self._identity:
            return self._connection
        self._drop()
        if identity == (0, 0):
            return None
        try:
            self._connection = database.connect(self.path, write=False)
            self._identity, self.broken = identity, False
        except database.BrokenError as error:
            self._spoil(error)
        except (OSError, sqlite3.OperationalError, IndexUnavailableError) as error:
            logger.info("The index cannot be opened: %s", error)
        return self._connection

    def _present(self, path: Path) -> tuple[int, int]:
        try:
            status = os.stat(path)  # noqa: PTH116 - at each second question
        except OSError:
            return 0, 0
        return status.st_dev, status.st_ino

    def _spoil(self, error: Exception) -> None:
        logger.warning("The index %s is of no use: %s", self.path, error)
        self.broken = True
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
