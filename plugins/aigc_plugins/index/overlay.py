"""The open documents, cut into chunks when somebody first asks for them, and their share in a search."""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from aigc_plugins.index.cut import Cut, cut, normal
from aigc_plugins.index.reader import Row, Statistics
from aigc_plugins.index.secrets import redact
from aigc_plugins.index.tokens import words
from aigc_plugins.syntax import language_for
from aigc_plugins.workspace import Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

_K1, _B = 1.2, 0.75  # as SQLite's bm25()
_USUAL_LENGTH = 120.0  # words of a chunk
_UNCOUNTED = 10  # chunks that have a word which is in few


class _Parts(NamedTuple):
    text: str
    found: Cut
    counts: list[Counter[str]]
    vocabulary: frozenset[str]


class OpenDocument:
    """One version of an open document. Never changed; its parts are made once, by the thread that first asks."""

    def __init__(self, path: str, language_id: str, text: str, used: int) -> None:
        self.path = path
        self.raw = text
        self.used = used
        found = language_for(language_id, PurePath(path))
        self._language = found
        self.language = found.name if found is not None else language_id
        self._lock = threading.Lock()
        self._text: str | None = None
        self._parts: _Parts | None = None

    @property
    def text(self) -> str:
        """The text as it may be shown: without secrets, lines ended by LF."""
        if self._text is None:
            self._text = redact(normal(self.raw))
        return self._text

    def symbols(self) -> list[Symbol]:
        """Return its definitions."""
        return [
            Symbol(mark.name, mark.kind, self.path, self.language, mark.start_line, mark.end_line, mark.signature,
                   mark.container)
            for mark in self._cut().found.symbols
        ]  # fmt: skip

    def search(self, given: Sequence[str], statistics: Statistics) -> list[Row]:
        """Return its chunks that have any of the words, scored as the index scores its own (BM25)."""
        parts = self._cut()
        wanted = [word for word in given if word in parts.vocabulary]
        if not wanted:
            return []
        total = max(statistics.chunks, len(parts.counts), 1)
        weights = {word: _weight(total, statistics.having.get(word, min(_UNCOUNTED, total))) for word in wanted}
        rows = []
        for (start, end, text), counts in zip(parts.found.chunks, parts.counts, strict=True):
            norm = _K1 * (1 - _B + _B * counts.total() / _USUAL_LENGTH)
            score = sum(
                weight * counts[word] * (_K1 + 1) / (counts[word] + norm)
                for word, weight in weights.items()
                if word in counts
            )
            if score > 0:
                rows.append(Row(self.path, self.language, start, end, text, score))
        return rows

    def _pieces(self) -> Cut:
        try:
            return cut(self.text, self._language)
        except Exception:  # a grammar or a query of a plugin's that is broken: lines are what is left
            logger.exception("%s is cut by lines", self.path)
            return cut(self.text, None)

    def _cut(self) -> _Parts:
        with self._lock:
            if self._parts is None:
                found = self._pieces()
                named = words(self.path)
                counts = [Counter([*words(chunk), *named]) for _, _, chunk in found.chunks]
                self._parts = _Parts(self.text, found, counts, frozenset().union(*counts))
            return self._parts


def _weight(total: int, having: int) -> float:
    return max(math.log((total - having + 0.5) / (having + 0.5)), 1e-6)
