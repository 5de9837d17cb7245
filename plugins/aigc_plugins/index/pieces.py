"""Divides the lines of a file into chunks along its definitions. Where the definitions are, its caller knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Span = tuple[int, int]  # lines, the end excluded

LONGEST = 50  # lines of a chunk
_CHARS = 6000  # characters of a chunk
_SMALL, _MERGED = 6, 24  # neighbours shorter than `_SMALL` lines are joined up to `_MERGED`
_FILE = 30  # a file up to this length is one chunk


def divide(lines: Sequence[str], definitions: Sequence[Span], comment: str = "") -> list[Span]:
    """Return the spans of the chunks, in order, without blank lines at their edges.

    A definition is one chunk; where it is too long, the definitions in it are, and the rest between them. Comments
    directly above (`comment` begins one) belong to a definition.
    """
    spans: list[Span] = []
    if len(lines) <= _FILE:
        spans = [(0, len(lines))]
    else:
        _divide((0, len(lines)), _forest(definitions), lines, comment, spans, whole=True)
        spans = _joined(spans)
    short = [part for span in spans for part in _short(span, lines)]
    return [span for span in (_trimmed(part, lines) for part in short) if span[0] < span[1]]


class _Node:
    __slots__ = ("children", "span")

    def __init__(self, span: Span) -> None:
        self.span = span
        self.children: list[_Node] = []


def _forest(definitions: Sequence[Span]) -> list[_Node]:
    top: list[_Node] = []
    around: list[_Node] = []
    for span in sorted(set(definitions), key=lambda one: (one[0], -one[1])):
        while around and around[-1].span[1] <= span[0]:
            around.pop()
        if around and span[1] > around[-1].span[1]:
            continue  # two on one line
        node = _Node(span)
        (around[-1].children if around else top).append(node)
        around.append(node)
    return top


def _divide(
    span: Span, nodes: list[_Node], lines: Sequence[str], comment: str, out: list[Span], *, whole: bool = False
) -> None:
    start, end = span
    if not whole and (end - start <= LONGEST or not nodes):
        out.append(span)
        return
    at = start
    for node in nodes:
        first, last = node.span
        if first < at:
            continue
        first = _with_comments(first, at, lines, comment)
        if first > at:
            out.append((at, first))
        _divide((first, last), node.children, lines, comment, out)
        at = last
    if at < end:
        out.append((at, end))


def _with_comments(first: int, lowest: int, lines: Sequence[str], comment: str) -> int:
    while first > lowest:
        line = lines[first - 1].lstrip()
        if not line or not ((comment and line.startswith(comment)) or line.startswith(("*", "/*", "@", "#["))):
            break
        first -= 1
    return first


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    open_ = False  # whether the last one is made of small ones only
    for start, end in spans:
        small = end - start < _SMALL
        if joined and small and open_ and end - joined[-1][0] <= _MERGED:
            joined[-1] = (joined[-1][0], end)
            continue
        joined.append((start, end))
        open_ = small
    return joined


def _short(span: Span, lines: Sequence[str]) -> list[Span]:
    """Cut a span that is too long, at a blank line where there is one in its second half."""
    parts: list[Span] = []
    start, end = span
    while end - start > LONGEST or (end - start > 1 and _size(lines, start, end) > _CHARS):
        stop = min(start + LONGEST, end)
        while stop - start > 1 and _size(lines, start, stop) > _CHARS:
            stop = start + (stop - start) // 2
        blank = next((at for at in range(stop, start + (stop - start) // 2, -1) if not lines[at - 1].strip()), stop)
        if stop == end:
            break
        parts.append((start, blank))
        start = blank
    return [*parts, (start, end)]


def _size(lines: Sequence[str], start: int, end: int) -> int:
    return sum(map(len, lines[start:end]))


def _trimmed(span: Span, lines: Sequence[str]) -> Span:
    start, end = span
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return start, end
