"""A file and its refactored variants, each made when the first sample asks for it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from aigc_finetune.augment.source import Source
from aigc_finetune.recipe import AugmentSection
from aigc_finetune.types import CorpusFile


class Variants:
    """Gives the text that a sample is taken from."""

    def __init__(self, file: CorpusFile, config: AugmentSection, rejected: Counter[str]) -> None:
        self.file = file
        self._own = Source(file)

    def one(self, rng: random.Random) -> Source:
        """Return the file or, by the rates of the recipe, a variant of it."""
        return self._own

    def shares(self, count: int, rng: random.Random) -> Iterator[tuple[Source, int]]:
        """Yield the file and its variants, each with its part of `count` samples."""
        yield self._own, count
