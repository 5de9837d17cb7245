"""Which files train and which are held out: by a hash of the path, or by the time of their commits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from aigc_finetune.collect.sources.base import Commits
from aigc_finetune.recipe import CollectSection
from aigc_finetune.types import Split

_SPACE = 1 << 64


class Placed(NamedTuple):
    """What a split looks at: a file's path, its size in characters and when it was committed."""

    path: str
    size: int
    commits: Commits | None = None


class Division(NamedTuple):
    """The split of each file, in order, and what the user should know about it."""

    splits: list[Split]
    method: str
    notes: list[str]


def divide(files: Sequence[Placed], recipe: CollectSection) -> Division:
    """Split files. At least one trains where there is one, and at least one is held out where there are two."""
    if recipe.split == "none":
        return Division(["train"] * len(files), "none", ["No file is held out: `collect.split` is none."])
    notes: list[str] = []
    splits: list[Split] | None = None
    method = "file"
    if recipe.split == "time":
        splits = _by_time(files, recipe)
        method = "time" if splits is not None else "file"
        if splits is None:
            notes.append(
                "The split is by file, not by time: there is no git history that tells older from newer files "
                "(no repository, a shallow clone, or one commit for nearly all files)."
            )
    chosen = [_by_path(file, recipe) for file in files] if splits is None else splits
    _neither_is_empty(files, chosen, recipe.seed, notes)
    return Division(chosen, method, notes)


def _place(path: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on nothing but the path and the seed: new files move no others."""
    digest = hashlib.sha256(f"{seed}\0{path}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / _SPACE


def _by_path(file: Placed, recipe: CollectSection) -> Split:
    return "eval" if _place(file.path, recipe.seed) < recipe.eval_fraction else "train"


def _by_time(files: Sequence[Placed], recipe: CollectSection) -> list[Split] | None:
    """Hold out the newest files: by their last commit, or by their first where one commit touched nearly all.

    Files without a time (of another source) are split by path. None where no cut comes near the wanted share.
    """
    timed = [file.commits for file in files if file.commits is not None]
    if not timed:
        return None
    keys: tuple[Callable[[Commits], int], ...] = (lambda one: one.last, lambda one: one.first)
    for key in keys:
        cut = _cut(sorted(map(key, timed)), recipe.eval_fraction)
        if cut is not None:
            return [
                _by_path(file, recipe) if file.commits is None else ("eval" if key(file.commits) >= cut else "train")
                for file in files
            ]
    return None


def _cut(times: list[int], fraction: float) -> int | None:
    """Return the time from which on files are held out; files of one commit stay together. None: no usable cut."""
    size = len(times)
    starts = [at for at in range(1, size) if times[at] != times[at - 1]]
    if not starts:
        return None
    best = min(starts, key=lambda at: abs((size - at) / size - fraction))
    share = (size - best) / size
    near = abs(share - fraction) <= max(0.5 * fraction, 1 / size)
    return times[best] if near else None


def _neither_is_empty(files: Sequence[Placed], splits: list[Split], seed: int, notes: list[str]) -> None:
    if not files:
        return
    order = sorted(range(len(files)), key=lambda at: _place(files[at].path, seed))
    if "train" not in splits:
        largest = max(order, key=lambda at: files[at].size)
        splits[largest] = "train"
        notes.append(
            f"{files[largest].path} trains, although the split would hold it out: there is nothing else to train on."
        )
    if "eval" not in splits:
        if len(files) == 1:
            notes.append("There is one file: it trains, and nothing is held out.")
            return
        largest = max(order, key=lambda at: files[at].size)
        first = next(at for at in order if at != largest)
        splits[first] = "eval"
        notes.append(f"{files[first].path} is held out, so that there is something to evaluate on.")
