"""Remembers what was changed lately in which file: keys typed in one place are one edit. It reads no file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from aigc_plugins.workspace import RecentEdit

_MOST = 32  # edits that are remembered
_LONGEST = 40  # lines of an edit; beyond that a new one begins
_CHARS = 6000


@dataclass(slots=True, eq=False)
class _Edit:
    """The characters [start, end) of the present text, whole lines, and what was there before."""

    path: str
    start: int
    end: int
    before: str
    order: int
    closed: RecentEdit | None = None  # the file is no longer open: what it was then


class Edits:
    """The edits of a session. Not safe for threads: its owner has a lock."""

    def __init__(self) -> None:
        self._edits: list[_Edit] = []  # the last one at the end
        self._order = 0

    def changed(self, path: str, old: str, new: str) -> None:
        """Note the difference between two versions of a file's text."""
        if old == new:
            return
        start = _common(old, new)
        rest = min(len(old), len(new)) - start
        tail = _common_tail(old, new, rest)
        end, delta = len(old) - tail, len(new) - len(old)
        first = old.rfind("\n", 0, start) + 1
        last = old.find("\n", end)
        last = len(old) if last < 0 else last + 1
        if start == first and _at_line(old, end) and _at_line(new, end + delta):
            last = end  # whole lines came or went: the next one has no part in it
        self._take(path, old, first, max(last, end), delta)

    def closed(self, path: str, text: str) -> None:
        """Keep the edits of a file as they are: what happens to it from here on is not seen."""
        for edit in self._edits:
            if edit.path == path and edit.closed is None:
                edit.closed = _shown(edit, text)

    def recent(self, texts: dict[str, str]) -> list[RecentEdit]:
        """Return the edits, the last one first, given the present texts of the open files."""
        shown = (edit.closed or _shown(edit, texts.get(edit.path, "")) for edit in reversed(self._edits))
        return [edit for edit in shown if edit.before != edit.after]

    def _take(self, path: str, old: str, first: int, last: int, delta: int) -> None:
        here = [edit for edit in self._edits if edit.path == path and edit.closed is None]
        start, end, touched = _reach(here, first, last)
        if touched and not _fits(old, start, end):
            start, end = first, last  # the new one stands alone, what it overwrites is forgotten
            before = old[start:end]
        else:
            before = _before(old, start, end, touched)
        for edit in here:
            if edit.start > end and edit not in touched:
                edit.start, edit.end = edit.start + delta, edit.end + delta
        self._edits = [edit for edit in self._edits if edit not in touched]
        if not _fits(old, start, end) or end + delta - start > _CHARS:
            return  # a whole file was formatted or replaced: nothing that tells what the user is at
        self._order += 1
        self._edits.append(_Edit(path, start, end + delta, before, self._order))
        del self._edits[: max(len(self._edits) - _MOST, 0)]


def _reach(edits: list[_Edit], start: int, end: int) -> tuple[int, int, list[_Edit]]:
    """Return the span that a change covers together with all edits that it touches, and these edits."""
    touched: list[_Edit] = []
    while more := [one for one in edits if one not in touched and one.end >= start and one.start <= end]:
        touched += more
        start = min(start, *(one.start for one in more))
        end = max(end, *(one.end for one in more))
    return start, end, touched


def _before(old: str, start: int, end: int, edits: list[_Edit]) -> str:
    """Return what stood in the span before `edits`, which lie in it."""
    parts, at = [], start
    for edit in sorted(edits, key=lambda one: one.start):
        parts += [old[at : edit.start], edit.before]
        at = edit.end
    return "".join(parts) + old[at:end]


def _shown(edit: _Edit, text: str) -> RecentEdit:
    after = text[edit.start : edit.end]
    line = text.count("\n", 0, edit.start)
    lines = after.count("\n") + (not after.endswith("\n") and bool(after))
    return RecentEdit(edit.path, line, line + lines, edit.before, after, edit.order)


def _at_line(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] == "\n"


def _fits(text: str, start: int, end: int) -> bool:
    return end - start <= _CHARS and text.count("\n", start, end) <= _LONGEST


def redacted(edit: RecentEdit, before: str, after: str) -> RecentEdit:
    """Return an edit with other texts."""
    return replace(edit, before=before, after=after)


def _common(left: str, right: str) -> int:
    """Return how long the beginning is that two texts share; comparing slices is much quicker than characters."""
    low, high = 0, min(len(left), len(right))
    if left[:high] == right[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _common_tail(left: str, right: str, most: int) -> int:
    """Return how long the end is that two texts share, `most` at the most."""
    low, high = 0, most
    if most <= 0 or left[len(left) - most :] == right[len(right) - most :]:
        return max(most, 0)
    while high - low > 1:
        middle = (low + high) // 2
        if left[len(left) - middle : len(left) - low] == right[len(right) - middle : len(right) - low]:
            low = middle
        else:
            high = middle
    return low
