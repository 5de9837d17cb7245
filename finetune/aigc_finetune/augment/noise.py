"""Noise in the context: characters and words lost, added, changed. It sees neither the middle nor what touches it."""

from __future__ import annotations

import random
import re

_WORD = re.compile(r"\w+|[^\w\s]")
_SPARED = 24  # characters next to the cursor that stay as they are
_EVERY = 200  # characters of context for each change, about


def noisy(text: str, rng: random.Random, *, cursor_at_end: bool) -> str:
    """Return `text` with a few random insertions, deletions and replacements of characters and words.

    The characters next to the cursor stay: the last ones where the cursor is at the end, else the first ones. So does
    the whole line that the cursor stands in, and the number of lines.
    """
    low, high = 0, len(text)
    if cursor_at_end:
        high = min(max(len(text) - _SPARED, 0), text.rfind("\n") + 1)
    else:
        low = max(min(_SPARED, len(text)), text.find("\n") if "\n" in text else len(text))
    spans = [found.span() for found in _WORD.finditer(text, low, high)]
    if not spans:
        return text
    count = max(1, (high - low) // _EVERY)
    pieces = [text[start:end] for start, end in spans]
    for start, end in sorted(rng.sample(spans, min(count, len(spans))), reverse=True):
        text = text[:start] + _changed(text[start:end], pieces, rng) + text[end:]
    return text


def _changed(word: str, others: list[str], rng: random.Random) -> str:
    """Return a word after one change; other words of the text are what is put in."""
    at = rng.randrange(len(word))
    change = rng.randrange(6)
    if change == 0:
        return ""
    if change == 1:
        return rng.choice(others)
    if change == 2:
        return f"{word} {rng.choice(others)}"
    if change == 3:
        return word[:at] + word[at + 1 :]
    if change == 4:
        return word[:at] + rng.choice(rng.choice(others)) + word[at:]
    return word[:at] + rng.choice(rng.choice(others)) + word[at + 1 :]
