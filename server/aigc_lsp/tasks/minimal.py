"""Makes of "this block becomes that one" the smallest edits: what stays the same keeps its cursor, marks and folds."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from aigc_plugins.api import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_LINES = 4000  # above it, comparing takes longer than anybody gains by it


def minimal(text: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return edits with the same effect on `text` that replace as little as possible, in order."""
    found: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        found += _pieces(text[edit.start : edit.end], edit)
    return tuple(found)


def _pieces(old: str, edit: Edit) -> list[Edit]:
    before, after = old.splitlines(keepends=True), edit.text.splitlines(keepends=True)
    if len(before) + len(after) > _MOST_LINES or len(before) < 2 or len(after) < 2:
        return _trimmed(edit.start, old, edit.text)
    found, at, done = [], edit.start, 0
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        at += sum(map(len, before[done:i]))
        done = i
        if kind != "equal":
            found += _trimmed(at, "".join(before[i:j]), "".join(after[k:m]))
    return found


def _trimmed(start: int, old: str, new: str) -> list[Edit]:
    """Return the edit without what both texts begin and end with; a line's end is not taken apart."""
    if old == new:
        return []
    limit = min(len(old), len(new))
    head = next((i for i in range(limit) if old[i] != new[i]), limit)
    tail = next((i for i in range(limit - head) if old[-1 - i] != new[-1 - i]), limit - head)
    if head and old[head - 1] == "\r" and "\n" in (old[head : head + 1], new[head : head + 1]):
        head -= 1
    if tail and old[-tail] == "\n" and "\r" in (old[-tail - 1 : -tail], new[-tail - 1 : -tail]):
        tail -= 1
    return [Edit(start + head, start + len(old) - tail, new[head : len(new) - tail])]
