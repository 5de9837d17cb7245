"""Line and character positions of a text, kept up to date edit by edit. It knows nothing of LSP types or syntax."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import Literal

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_LINE_END = re.compile(r"\r\n|\r|\n")
_CHUNK = 512
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class PositionError(ValueError):
    """A position or range that the text does not have; the caller's copy of the text differs from ours."""


def join_surrogates(text: str) -> str:
    """Join each high surrogate with the low one that follows it; a lone one stays as it is."""
    if text.isascii() or not _PAIR.search(text):
        return text
    return _PAIR.sub(lambda m: m[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)


def replace_surrogates(text: str) -> str:
    """Replace each lone surrogate by U+FFFD, so that the text can be encoded; the length stays the same."""
    return text if text.isascii() else _SURROGATE.sub("�", text)


def width(text: str, encoding: Encoding) -> int:
    """Return the number of code units of `text` in `encoding` (bytes for UTF-8)."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text.encode("utf-8", "surrogatepass"))


def line_span(text: str, offset: int) -> tuple[int, int]:
    """Return the start and the end (without its line ending) of the line that holds `offset`, in code points."""
    start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
    ends = [at for at in (text.find("\n", offset), text.find("\r", offset)) if at >= 0]
    return start, min(ends, default=len(text))


def line_ending(text: str) -> str:
    """Return the line ending that `text` uses first: LF where it has none."""
    found = _LINE_END.search(text)
    return found[0] if found else "\n"


class LineIndex:
    """Where the lines of a text start. Lines end at LF, CRLF and CR only, as LSP says.

    Offsets are code points, lines and characters count from 0, characters are code units of an encoding. Entries from
    `_gap` on are short by `_shift`, so that an edit near the last one costs no walk over the lines below it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(m.end() for m in _LINE_END.finditer(text))]
        self._gap = len(self._starts)
        self._shift = 0

    @property
    def text(self) -> str:
        """The text itself."""
        return self._text

    @property
    def line_count(self) -> int:
        """The number of lines; one more than the number of line endings."""
        return len(self._starts)

    def span(self, line: int) -> tuple[int, int]:
        """Return the offsets of a line's start and end, line ending excluded. Raises PositionError for no such line."""
        if not 0 <= line < len(self._starts):
            raise PositionError(f"line {line} of a text with {len(self._starts)} lines")
        start = self._start(line)
        if line + 1 == len(self._starts):
            return start, len(self._text)
        end = self._start(line + 1) - 1
        if end > start and self._text[end] == "\n" and self._text[end - 1] == "\r":
            end -= 1
        return start, end

    def offset(self, line: int, character: int, encoding: Encoding = "utf-16") -> int:
        """Return the offset of a position, clamped to the end of its line; the line after the last is the text's end.

        A position inside a character (half a surrogate pair, inside a UTF-8 sequence) is taken back to its start.
        Raises PositionError for a negative number or a line further below.
        """
        offset, _ = self.locate(line, character, encoding)
        return offset

    def locate(self, line: int, character: int, encoding: Encoding = "utf-16") -> tuple[int, int]:
        """Return the offset as `offset` does, and how many code units of the character there come before it."""
        if line < 0 or character < 0:
            raise PositionError(f"negative position {line}:{character}")
        if line == len(self._starts):
            return len(self._text), 0
        start, end = self.span(line)
        if encoding == "utf-32" or character == 0:
            return min(start + character, end), 0
        return _advance(self._text, start, end, character, encoding)

    def line_at(self, offset: int) -> int:
        """Return the line that holds `offset`. Raises PositionError outside the text."""
        if not 0 <= offset <= len(self._text):
            raise PositionError(f"offset {offset} in a text of {len(self._text)} characters")
        return self._bisect_right(offset) - 1

    def position(self, offset: int, encoding: Encoding = "utf-16") -> tuple[int, int]:
        """Return the line and the character of `offset`; between CR and LF it is the end of the line."""
        line = self.line_at(offset)
        start, end = self.span(line)
        return line, width(self._text[start : min(offset, end)], encoding)

    def edit(self, start: int, end: int, new_text: str) -> None:
        """Replace [start, end) by `new_text`. Raises PositionError, changing nothing, for a range that is not there."""
        if not 0 <= start <= end <= len(self._text):
            raise PositionError(f"range [{start}, {end}) in a text of {len(self._text)} characters")
        text = "".join((self._text[:start], new_text, self._text[end:]))
        new_end = start + len(new_text)
        # A line start depends on the characters on both its sides: those in [start, end] may have changed.
        first = max(self._bisect_left(start), 1)
        last = max(self._bisect_right(end), first)
        found = _LINE_END.finditer(text, max(start - 2, 0), min(new_end + 1, len(text)))
        fresh = [m.end() for m in found if max(start, 1) <= m.end() <= new_end]
        self._move_gap(last)
        self._starts[first:last] = fresh
        self._gap = first + len(fresh)
        self._shift += len(text) - len(self._text)
        self._text = text

    def _start(self, line: int) -> int:
        return self._starts[line] + (self._shift if line >= self._gap else 0)

    def _bisect_left(self, offset: int) -> int:
        if self._gap and offset <= self._starts[self._gap - 1]:
            return bisect_left(self._starts, offset, 0, self._gap)
        return bisect_left(self._starts, offset - self._shift, self._gap)

    def _bisect_right(self, offset: int) -> int:
        if self._gap and offset < self._starts[self._gap - 1]:
            return bisect_right(self._starts, offset, 0, self._gap)
        return bisect_right(self._starts, offset - self._shift, self._gap)

    def _move_gap(self, target: int) -> None:
        starts, shift = self._starts, self._shift
        if shift and target > self._gap:
            starts[self._gap : target] = [s + shift for s in starts[self._gap : target]]
        elif shift and target < self._gap:
            starts[target : self._gap] = [s - shift for s in starts[target : self._gap]]
        self._gap = target
        if self._gap == len(starts):
            self._shift = 0


def _advance(text: str, start: int, end: int, units: int, encoding: Encoding) -> tuple[int, int]:
    """Return the offset `units` code units after `start`, at most `end`, and the units left inside a character."""
    at, left = start, units
    while at < end:
        piece = text[at : min(at + _CHUNK, end)]
        size = width(piece, encoding)
        if size <= left:
            at, left = at + len(piece), left - size
            continue
        if size == len(piece):
            return at + left, 0
        for char in piece:
            size = width(char, encoding)
            if size > left:
                return at, left
            at, left = at + 1, left - size
    return end, 0
