"""Distil a full fine-tuning into a LoRA adapter: the best low-rank approximation of what it changed, matrix by matrix.

The truncated SVD is the nearest matrix of its rank (Eckart and Young 1936). Ranks may be spread over the matrices by
where the energy lies, at the same number of parameters.
"""

from __future__ import annotations

import datetime
import heapq
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from aigc_finetune.combine.low_rank import Decomposition, decompose
from aigc_finetune.combine.writing import Computed, write_computed
from aigc_finetune.export.folders import ExportError
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import Progress
from aigc_models.adapters import AdapterManifest, base_digest, base_name
from aigc_models.engine.merging.base_weights import BaseWeights
from aigc_models.engine.merging.names import HF_EMBEDDING, HF_HEAD
from aigc_models.engine.merging.tensor_files import StoredTensor, stored_tensors
from aigc_models.store.types import ModelRef

_SPREAD = 4  # a matrix gets at most this many times the mean rank


@dataclass(frozen=True, slots=True)
class ExtractReport:
    """What an extracted adapter keeps.

    `energy` is the kept share of the squared change over the adapted matrices, `by_layer` the same by kind of layer.
    `energy_of_all` also counts in the denominator what LoRA does not reach: norms, and the embedding's other rows.
    `rows` is the number of embedding rows taken over whole.
    """

    parameters: int
    energy: float
    energy_of_all: float
    by_layer: dict[str, float]
    rows: int

    def facts(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


def extract_adapter(
    base: ModelRef,
    tuned: Path,
    target: Path,
    *,
    rank: int = 32,
    spread: bool = True,
    rows: int = 64,
    manifest: AdapterManifest | None = None,
    seed: int = 1,
    progress: Progress = quiet,
) -> ExtractReport:
    """Write the adapter that comes nearest to the fully fine-tuned model in the folder `tuned`.

    `rank` is the mean rank of its matrices; with `spread` each gets what its energy asks for, up to four times that.
    `rows` embedding rows that changed the most, and all that were added, are taken over whole. `manifest` gives name,
    FIM template and added tokens; base and time are filled in.

    Raises:
        ExportError: `tuned` is another model, or rows were added that the manifest does not name.
        CheckpointError: it cannot be written.
    """
    weights, changed = BaseWeights(base), stored_tensors(tuned)
    _check(weights, changed, tuned)
    computed, reached, whole = Computed(), 0.0, 0.0
    found: dict[str, Decomposition] = {}
    names = [name for name in weights if name in changed]
    for number, name in enumerate(names):
        progress("extract", number / len(names), f"decomposing {name}")
        if name in (HF_EMBEDDING, HF_HEAD):
            continue
        delta = torch.from_numpy(changed[name].floats() - weights.floats(name))
        if delta.ndim == 2:
            found[name] = decompose(delta, rank * (_SPREAD if spread else 1), seed)
            whole += found[name].energy
        else:
            whole += float(delta.double().square().sum())
    ranks = _spread(found, rank) if spread else dict.fromkeys(found, rank)
    computed.factors = {name: found[name].factors(many) for name, many in ranks.items() if many}
    reached = sum(found[name].kept(many) * found[name].energy for name, many in ranks.items())
    row_energy, row_kept = _take_rows(weights, changed, rows, computed)
    manifest = _manifest(base, manifest, tuned, changed[HF_EMBEDDING].shape[0] - weights.shape(HF_EMBEDDING)[0])
    write_computed(target, base, computed, manifest)
    adapted = sum(one.energy for one in found.values())
    return ExtractReport(
        computed.parameters(), reached / adapted if adapted else 1.0,
        (reached + row_kept) / (whole + row_energy) if whole + row_energy else 1.0,
        _by_layer(found, ranks), len(computed.ids),
    )  # fmt: skip


def _check(weights: BaseWeights, changed: dict[str, StoredTensor], tuned: Path) -> None:
    for name in weights:
        there = changed.get(name)
        grown = name in (HF_EMBEDDING, HF_HEAD)
        if there is None and name == HF_HEAD:
            continue
        if there is None or there.shape[grown:] != weights.shape(name)[grown:]:
            raise ExportError(f"{tuned} is no fine-tuning of this base: its {name} is missing or has another shape.")


def _spread(found: dict[str, Decomposition], rank: int) -> dict[str, int]:
    """Give each matrix the rank that keeps the most energy in all, at the parameters that `rank` for each would cost.

    Singular values are taken one by one, those first that hold the most energy for each parameter they cost.
    """
    costs = {name: one.left.shape[0] + one.right.shape[1] for name, one in found.items()}
    left = sum(cost * min(rank, len(found[name].values)) for name, cost in costs.items())
    ranks = dict.fromkeys(found, 0)
    waiting = [(-(float(one.values[0]) ** 2) / costs[name], name) for name, one in found.items() if len(one.values)]
    heapq.heapify(waiting)
    while waiting:
        gain, name = heapq.heappop(waiting)
        if costs[name] > left or gain == 0:
            continue
        left -= costs[name]
        ranks[name] += 1
        if ranks[name] < len(found[name].values):
            heapq.heappush(waiting, (-(float(found[name].values[ranks[name]]) ** 2) / costs[name], name))
    return ranks


def _take_rows(
    weights: BaseWeights, changed: dict[str, StoredTensor], most: int, computed: Computed
) -> tuple[float, float]:
    """Take over the rows that changed the most, and the added ones; return the energy of all rows and of these."""
    old, new = weights.floats(HF_EMBEDDING), changed[HF_EMBEDDING].floats()
    size = len(old)
    moved = np.square(new[:size] - old, dtype=np.float64).sum(1)
    chosen = [int(one) for one in np.argsort(-moved, kind="stable")[:most] if moved[one] > 0]
    ids = sorted([*chosen, *range(size, len(new))])
    computed.ids = tuple(ids)
    if ids:
        computed.rows["model.embed_tokens"] = torch.from_numpy(new[ids].copy())
        if HF_HEAD in changed and HF_HEAD in weights:
            computed.rows["lm_head"] = torch.from_numpy(changed[HF_HEAD].floats()[ids].copy())
    return float(moved.sum()), float(moved[chosen].sum())


def _by_layer(found: dict[str, Decomposition], ranks: dict[str, int]) -> dict[str, float]:
    kinds: dict[str, list[float]] = {}
    for name, one in found.items():
        held = kinds.setdefault(name.removesuffix(".weight").rpartition(".")[2], [0.0, 0.0])
        held[0] += one.kept(ranks[name]) * one.energy
        held[1] += one.energy
    return {kind: kept / energy if energy else 1.0 for kind, (kept, energy) in sorted(kinds.items())}


def _manifest(base: ModelRef, given: AdapterManifest | None, tuned: Path, added: int) -> AdapterManifest:
    manifest = given or AdapterManifest(tuned.parent.name or "adapter", base_name(base), "")
    if added != len(manifest.added_tokens):
        raise ExportError(
            f"{tuned} has {added} tokens more than the base, and the manifest names {len(manifest.added_tokens)}."
        )
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return replace(manifest, base=base_name(base), base_sha256=base_digest(base), created=manifest.created or now)
