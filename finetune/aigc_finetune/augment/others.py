"""Pieces of other files before a prompt, as the editor sends what it finds related."""

from __future__ import annotations

import random
from collections.abc import Sequence

from aigc_finetune.augment.plain import cut_at
from aigc_finetune.augment.source import Source
from aigc_models.types import ContextFile

_MOST = 3  # pieces before one prompt


def pieces_of_others(
    own: Source, sources: Sequence[Source], characters: int, rng: random.Random
) -> tuple[ContextFile, ...]:
    """Return up to three pieces of other files, `characters` together at most, each from a definition or line on.

    Nothing is taken from a file with the path of `own`: what is to be filled in must not stand there.
    """
    others = [one for one in sources if one.file.path != own.file.path and one.text.strip()]
    chosen = rng.sample(others, min(rng.randint(1, _MOST), len(others)))
    found: list[ContextFile] = []
    for source in chosen:
        starts = [0, *source.definitions] if source.definitions else source.line_starts
        start = rng.choice(starts)
        text = source.text[start : cut_at(source, start, max(characters // len(chosen), 1))]
        if text.strip():
            found.append(ContextFile(source.file.path, text))
    return tuple(found)
