"""A file and its refactored variants, each made and proved when the first sample asks for it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from aigc_finetune.augment.refactor.forms import FORMS
from aigc_finetune.augment.refactor.rename import Rename
from aigc_finetune.augment.refactor.reorder import Reorder
from aigc_finetune.augment.seeds import file_rng
from aigc_finetune.augment.source import Source
from aigc_finetune.recipe import AugmentSection
from aigc_finetune.types import CorpusFile


class Refactoring(Protocol):
    """Changes a text and not what it means."""

    name: str

    def apply(self, source: Source, rng: random.Random, rejected: Counter[str]) -> str | None:
        """Return the text changed, None where there is nothing to change; parts left out are counted in `rejected`."""

    def proved(self, before: str, after: str) -> bool:
        """Tell whether the two texts do the same."""


_KINDS: dict[str, tuple[Refactoring, ...]] = {"rename": (Rename(),), "reorder": (Reorder(),), "forms": FORMS}


def refactored(source: Source, kind: str, rng: random.Random, rejected: Counter[str]) -> str | None:
    """Return a file's text after each refactoring of a kind, None where none of them changed it.

    One that cannot be proved is left out and counted. Only Python has refactorings.
    """
    if source.language.name != "python":
        return None
    current = source
    for refactoring in _KINDS[kind]:
        changed = refactoring.apply(current, rng, rejected)
        if changed is None or changed == current.text:
            continue
        if refactoring.proved(current.text, changed):
            current = Source(source.file, changed)
        else:
            rejected[f"{refactoring.name} not proved"] += 1
    return current.text if current.text != source.text else None


class Variants:
    """Gives the text that a sample is taken from: the file's own or, at the rates of the recipe, a variant."""

    def __init__(self, file: CorpusFile, config: AugmentSection, rejected: Counter[str]) -> None:
        self.file = file
        self.own = Source(file)
        self._config = config
        self._rates = (("rename", config.rename), ("reorder", config.reorder), ("forms", config.forms))
        self._made: dict[str, Source] = {}
        self._rejected = rejected

    def one(self, rng: random.Random) -> Source:
        """Return the file or a variant of it."""
        chance = rng.random()
        for kind, rate in self._rates:
            if chance < rate:
                return self._variant(kind)
            chance -= rate
        return self.own

    def shares(self, count: int, rng: random.Random) -> Iterator[tuple[Source, int]]:
        """Yield the file and its variants, each with its part of `count` samples."""
        chosen = Counter(id(source) for source in (self.one(rng) for _ in range(count)))
        for source in (self.own, *self._made.values()):
            if chosen[id(source)]:
                yield source, chosen.pop(id(source))

    def _variant(self, kind: str) -> Source:
        if kind not in self._made:
            rng = file_rng(self._config.seed, self.file, kind)
            text = refactored(self.own, kind, rng, self._rejected)
            self._made[kind] = self.own if text is None else Source(self.file, text, kind)
        return self._made[kind]
