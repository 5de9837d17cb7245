"""Counts how much of an accepted text is still in a document later. Only the count is kept."""

from __future__ import annotations

from difflib import SequenceMatcher

# Shorter stretches that two texts share by chance are no trace of the accepted one.
_SHORTEST = 3
# How much of a document beyond the accepted text's length is searched for it.
_ROOM = 4000


def kept(before: str, accepted: str, after: str, now: str) -> int:
    """Return how many characters of `accepted` are in `now`, where `before + accepted + after` stood earlier.

    What is alike at both ends of the two texts stays out of the comparison, so that a large document costs nothing.
    """
    then = before + accepted + after
    if then == now:
        return len(accepted)
    head = _common_prefix(then, now)
    tail = min(_common_suffix(then, now), min(len(then), len(now)) - head)
    start, end = len(before), len(before) + len(accepted)
    first, last = max(start, head), min(end, len(then) - tail)
    if first >= last:
        return len(accepted)
    changed = then[first:last]
    # The part of `now` that took the place of [head, len(then) - tail), searched from its beginning.
    skip = max(first - head - _ROOM, 0)
    there = now[head + skip : len(now) - tail][: len(changed) + 2 * _ROOM]
    blocks = SequenceMatcher(None, changed, there, autojunk=False).get_matching_blocks()
    found = sum(block.size for block in blocks if block.size >= min(_SHORTEST, len(changed)))
    return len(accepted) - len(changed) + found


def _common_prefix(one: str, other: str) -> int:
    """Return the length of what two texts begin with alike; by halves, so that long texts are compared by blocks."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
