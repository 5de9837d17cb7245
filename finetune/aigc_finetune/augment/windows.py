"""Which text stands around a middle in a prompt: windows like those that the editor's requests have."""

from __future__ import annotations

import random
from bisect import bisect_left

from aigc_finetune.augment.source import Source

_STEPS = 6  # a definition is looked for in the first of so many parts of the window, as at inference


def window_start(source: Source, cursor: int, most: int) -> int:
    """Return where the prefix starts: the file's start, a definition, else a line's start, else a character."""
    if cursor <= most:
        return 0
    low = cursor - most
    high = min(low + max(most // _STEPS, 1), cursor)
    first = bisect_left(source.definitions, low)
    found = source.definitions[first : bisect_left(source.definitions, high)]
    if found:
        return next((at for at in found if not source.text[at].isspace()), found[0])
    line = source.text.find("\n", low, cursor)
    return line + 1 if line >= 0 else low


def window_end(source: Source, cursor: int, most: int) -> int:
    """Return where the suffix ends: the text's end or, at most `most` characters on, the last line's end in reach."""
    if cursor + most >= len(source.text):
        return len(source.text)
    line = source.text.rfind("\n", cursor, cursor + most)
    return line + 1 if line >= 0 else cursor + most


def suffix_share(rng: random.Random) -> float:
    """Return which part of a window is suffix: mostly the small one that the editor sends, sometimes a long one."""
    choice = rng.random()
    if choice < 0.6:
        return rng.uniform(0.15, 0.3)
    return rng.uniform(0.3, 0.7) if choice < 0.9 else rng.uniform(0.02, 0.15)
