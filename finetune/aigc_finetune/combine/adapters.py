"""Merge several adapters of one base into one adapter of a chosen rank."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aigc_finetune.combine.low_rank import decompose
from aigc_finetune.combine.methods import METHODS, Method, combine
from aigc_finetune.combine.writing import Computed, write_computed
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import Progress
from aigc_models.adapters import AdapterError, AdapterManifest, base_digest, read_manifest
from aigc_models.engine.merging.adapter_files import read_changes
from aigc_models.engine.merging.base_weights import BaseWeights
from aigc_models.engine.merging.changes import Change, LowRank, Rows
from aigc_models.engine.merging.names import HF_EMBEDDING, HF_HEAD
from aigc_models.engine.merging.tensor_files import Floats
from aigc_models.store.types import ModelRef


@dataclass(frozen=True, slots=True)
class Part:
    """One of the adapters to merge, and its weight."""

    folder: Path
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class CombineReport:
    """What was merged. `energy` is the share of the merged change that the chosen rank keeps; `rows` trained rows."""

    method: str
    parts: tuple[tuple[str, float], ...]
    rank: int
    energy: float
    matrices: int
    rows: int

    def facts(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


def combine_adapters(
    base: ModelRef,
    parts: Sequence[Part],
    target: Path,
    *,
    method: Method = "linear",
    density: float = 0.5,
    rank: int | None = None,
    seed: int = 1,
    name: str = "",
    progress: Progress = quiet,
) -> CombineReport:
    """Write one adapter that stands for all `parts`. Ranks, alphas and kinds (LoRA, rsLoRA, DoRA) may differ.

    What each adds to a matrix is computed whole, merged by `method` (see `methods`), and written with `rank` (None:
    the sum of the parts' ranks, which loses nothing for `linear`). Trained rows of the embedding are averaged over the
    parts that train them. FIM template and added tokens must not contradict each other.

    Raises:
        AdapterError: the parts are for different bases, disagree on tokens or template, or a setting is out of range.
        MergeError: a part cannot be merged (see `merging`).
    """
    if method not in METHODS:
        raise AdapterError(f"{method!r} is no way to merge adapters; choose one of {', '.join(METHODS)}.")
    if not all(math.isfinite(part.weight) for part in parts):
        raise AdapterError("A weight is no number that adapters can be multiplied by. Use one such as 0.5.")
    if not parts or not 0.0 < density <= 1.0 or (rank is not None and rank < 1):
        raise AdapterError("Merging needs an adapter or more, a density above 0 and up to 1, and a rank of 1 or more.")
    manifest = _manifest(base, parts, name or target.name)
    weights = BaseWeights(base)
    changes = [read_changes(part.folder) for part in parts]
    shares = [part.weight for part in parts]
    computed, kept, whole = Computed(), 0.0, 0.0
    names = sorted({one for several in changes for one in several})
    for number, one in enumerate(names):
        progress("combine", number / len(names), f"merging {one}")
        several = [change.get(one, []) for change in changes]
        if one in (HF_EMBEDDING, HF_HEAD):
            _combine_rows(weights, one, several, shares, computed)
            continue
        old = weights.floats(one)
        if old.ndim != 2:
            raise AdapterError(f"{one} is trained whole in one of the adapters; only low-rank adapters can be merged.")
        deltas = [torch.from_numpy(_delta(old, change)) for change in several]
        merged = combine(deltas, shares, method, density, seed, one)
        found = decompose(merged, rank or _ranks(several), seed)
        many = min(rank or _ranks(several), len(found.values))
        computed.factors[one] = found.factors(many)
        kept, whole = kept + found.kept(many) * found.energy, whole + found.energy
    write_computed(target, base, computed, manifest)
    most = max((down.shape[0] for _, down in computed.factors.values()), default=0)
    named = tuple((part.folder.name, part.weight) for part in parts)
    return CombineReport(method, named, most, kept / whole if whole else 1.0, len(computed.factors), len(computed.ids))


def _delta(old: Floats, changes: Sequence[Change]) -> Floats:
    new = old
    for change in changes:
        if change.grown(new.shape) != old.shape:
            raise AdapterError("One of the adapters does not fit the base: its matrices have other shapes.")
        new = change.rows(new, 0)
    return new - old


def _ranks(several: Sequence[Sequence[Change]]) -> int:
    """Return the sum of the ranks: no linear combination needs more, if none of the parts is DoRA."""
    return sum(change.down.shape[0] for one in several for change in one if isinstance(change, LowRank)) or 1


def _combine_rows(
    weights: BaseWeights, name: str, several: Sequence[Sequence[Change]], shares: Sequence[float], computed: Computed
) -> None:
    """Merge trained rows: the base's row plus the weighted mean of the changes, times the weights' sum up to 1.

    An adapter that does not train a row has no say in it: its tokens mean nothing there.
    """
    held: dict[int, list[tuple[float, Floats]]] = {}
    for changes, share in zip(several, shares, strict=True):
        for change in changes:
            if not isinstance(change, Rows):
                raise AdapterError(f"{name} has LoRA in one of the adapters; only trained rows of it can be merged.")
            for index, row in zip(change.ids.tolist(), change.values, strict=True):
                held.setdefault(index, []).append((share, row))
    old, ids = weights.floats(name), tuple(sorted(held))
    if not ids:
        return
    if computed.ids and computed.ids != ids:
        raise AdapterError("The adapters train other rows of the head than of the embedding; they cannot be merged.")
    rows = []
    for index in ids:
        total = sum(abs(share) for share, _ in held[index]) or 1.0
        mean = sum((share / total) * row for share, row in held[index])
        start = old[index] if index < len(old) else mean
        rows.append(start + min(1.0, total) * (mean - start))
    computed.ids = ids
    computed.rows[name.removesuffix(".weight")] = torch.from_numpy(np.asarray(rows, np.float32))


def _manifest(base: ModelRef, parts: Sequence[Part], name: str) -> AdapterManifest:
    manifests = [read_manifest(part.folder) for part in parts]
    digest = base_digest(base)
    for one in manifests:
        if one.base_sha256 != digest:
            raise AdapterError(f"The adapter {one.name} was made for {one.base}, not for {base.id}.")
    templates = {one.fim for one in manifests if one.fim is not None}
    tokens = {one.added_tokens for one in manifests if one.added_tokens}
    if len(templates) > 1 or len(tokens) > 1:
        raise AdapterError("The adapters use different FIM tokens or add different tokens; they cannot be merged.")
    return AdapterManifest(
        name=name, base=base.id, base_sha256=digest, architecture=manifests[0].architecture,
        fim=next(iter(templates), None), added_tokens=next(iter(tokens), ()),
        licence=" AND ".join(sorted({one.licence for one in manifests if one.licence})),
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
