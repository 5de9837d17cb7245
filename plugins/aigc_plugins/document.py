"""A document as an editor changes it, with its lines and its syntax tree. Who opened it, and how edits arrive, is the
server's."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aigc_plugins.syntax import Language, Region, SyntaxTree, language_for, region_at
from aigc_plugins.text import Encoding, LineIndex, PositionError, join_surrogates

_HIGH = ("\ud800", "\udbff")
_LOW = ("\udc00", "\udfff")


@dataclass(slots=True)
class _Cache:
    """The region parsed last, shared by a document and the snapshots of its present version."""

    version: int
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One version of a document, never changed; offsets are code points of `text`."""

    uri: str
    language_id: str
    text: str
    version: int
    tree: SyntaxTree | None = None
    _cache: _Cache = field(default_factory=lambda: _Cache(0), repr=False, compare=False)

    @property
    def path(self) -> Path | None:
        """The file behind the URI, None where it is not a `file:` one."""
        return path_of(self.uri)

    @property
    def language(self) -> Language | None:
        """The language, by LSP id, then by file name; None where no plugin knows it."""
        return self.tree.language if self.tree is not None else language_for(self.language_id, self.path)

    def region(self, offset: int) -> Region | None:
        """Return the parsed text around `offset`: a small document as a whole, of a large one the definitions there."""
        if self.tree is None:
            return None
        region = region_at(self.tree, offset, self._cache.region if self._cache.version == self.version else None)
        if self._cache.version == self.version:
            self._cache.region = region
        return region


class Document:
    """A text document with its version, lines and syntax tree. Every method may be called from any thread."""

    def __init__(self, uri: str, language_id: str, text: str, version: int = 0) -> None:
        self.uri = uri
        self.language_id = language_id
        self._lock = threading.RLock()
        self._version = version
        self._lines = LineIndex(join_surrogates(text))
        self._tree: SyntaxTree | None = None
        self._cache = _Cache(version)

    @property
    def text(self) -> str:
        """The whole text. Lone surrogates stay, halves of a pair that meet are joined."""
        return self._lines.text

    @property
    def version(self) -> int:
        """The version that the editor gave last."""
        return self._version

    @property
    def path(self) -> Path | None:
        """The file behind the URI, None where it is not a `file:` one."""
        return path_of(self.uri)

    @property
    def lines(self) -> LineIndex:
        """The line index of the present text."""
        return self._lines

    @property
    def tree(self) -> SyntaxTree | None:
        """The syntax tree of the present text, parsed when it is first looked at; None without a grammar."""
        with self._lock:
            if self._tree is None:
                language = language_for(self.language_id, self.path)
                if language is not None and language.has_grammar:
                    self._tree = SyntaxTree(language, self.text)
            return self._tree

    def apply(self, start: int, end: int, new_text: str, version: int | None = None) -> None:
        """Replace the code points [start, end) by `new_text`.

        Raises PositionError for a reversed or outside range, and then changes nothing.
        """
        with self._lock:
            text = self.text
            if not 0 <= start <= end <= len(text):
                raise PositionError(f"range [{start}, {end}) in a text of {len(text)} characters")
            # Halves of a surrogate pair that an edit brings together are one character again.
            if start > 0 and _within(text[start - 1], _HIGH) and _within((new_text + text[end : end + 1])[:1], _LOW):
                start, new_text = start - 1, text[start - 1] + new_text
            if end < len(text) and _within(text[end], _LOW) and _within(new_text[-1:], _HIGH):
                end, new_text = end + 1, new_text + text[end]
            new_text = join_surrogates(new_text)
            self._lines.edit(start, end, new_text)
            self._version = self._version + 1 if version is None else version
            region = self._cache.region
            self._cache = _Cache(self._version, region.edited(start, end, new_text) if region is not None else None)
            if self._tree is not None:
                self._tree = self._tree.edited(start, end, new_text, self.text)

    def apply_range(
        self,
        start: tuple[int, int],
        end: tuple[int, int],
        new_text: str,
        encoding: Encoding = "utf-16",
        version: int | None = None,
    ) -> None:
        """Replace what lies between two (line, character) positions, as a `didChange` event says it.

        A position inside a surrogate pair keeps the half outside the range. Raises PositionError as `apply` does.
        """
        with self._lock:
            first, inside_first = self._lines.locate(*start, encoding)
            last, inside_last = self._lines.locate(*end, encoding)
            if (first, inside_first) > (last, inside_last):
                raise PositionError(f"reversed range {start} to {end}")
            if encoding == "utf-16" and inside_first:
                new_text = _half(self.text[first], 0) + new_text
            if encoding == "utf-16" and inside_last:
                last, new_text = last + 1, new_text + _half(self.text[last], 1)
            self.apply(first, last, new_text, version)

    def replace(self, text: str, version: int | None = None) -> None:
        """Take `text` as the whole new content, as a full synchronisation does."""
        with self._lock:
            self._version = self._version + 1 if version is None else version
            self._lines = LineIndex(join_surrogates(text))
            self._tree = None
            self._cache = _Cache(self._version)

    def snapshot(self) -> Snapshot:
        """Return the present version as a value that no later edit changes."""
        with self._lock:
            return Snapshot(self.uri, self.language_id, self.text, self._version, self.tree, self._cache)


def path_of(uri: str) -> Path | None:
    """Return the path of a `file:` URI or of a plain path, None for any other scheme."""
    parts = urlsplit(uri)
    if parts.scheme == "file":
        path = unquote(parts.path)
        return Path(path[1:] if len(path) > 2 and path[2] == ":" else path)
    return Path(uri) if not parts.scheme else None


def _within(char: str, bounds: tuple[str, str]) -> bool:
    return bool(char) and bounds[0] <= char <= bounds[1]


def _half(char: str, which: int) -> str:
    units = char.encode("utf-16-le", "surrogatepass")
    return units[2 * which : 2 * which + 2].decode("utf-16-le", "surrogatepass")
