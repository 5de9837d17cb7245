"""Which of several like files stay: one of each kind, and in doubt the one that is held out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aigc_finetune.clean.signature import NearDuplicates, Signature
from aigc_finetune.recipe import CleanSection
from aigc_finetune.types import Split


@dataclass(frozen=True, slots=True)
class Like:
    """What duplicates are told by: the hash of a text, its signature, and the file's split."""

    sha256: str
    split: Split
    signature: Signature | None = None


@dataclass(slots=True)
class Duplicates:
    """Which files go: their numbers, each with that of the file that stays. `across`: those whose like is held out."""

    exact: dict[int, int] = field(default_factory=dict)
    near: dict[int, int] = field(default_factory=dict)
    across: set[int] = field(default_factory=set)


def find(files: Sequence[Like], recipe: CleanSection) -> Duplicates:
    """Return which files are duplicates. Held-out files come first, so what trains gives way to what is held out."""
    found = Duplicates()
    first: dict[str, int] = {}
    near = NearDuplicates(recipe.near_duplicates) if recipe.near_duplicates else None
    for at in _order(files):
        one = files[at]
        kept = first.setdefault(one.sha256, at) if recipe.deduplicate else at
        if kept != at:
            found.exact[at] = kept
        elif near is not None and one.signature is not None:
            like = near.find(one.signature)
            if like is None:
                near.add(at, one.signature)
                continue
            found.near[at] = first[one.sha256] = kept = like
        if kept != at and files[kept].split != one.split:
            found.across.add(at)
    return found


def _order(files: Sequence[Like]) -> Iterator[int]:
    for split in ("eval", "train"):
        yield from (at for at, one in enumerate(files) if one.split == split)
