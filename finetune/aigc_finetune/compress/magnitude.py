"""Magnitude pruning: the smallest weights become zero, over each matrix, over all of them, or N of each M in a row.

Han et al. 2015 (unstructured), Zhou et al. 2021 (N:M). A dense runtime is no faster for zeros and the folder no
smaller; they pay where a file is compressed or a kernel skips them (2:4 on recent GPUs). `recovery.recover` trains the
other weights on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from aigc_finetune.compress.writing import write_changed
from aigc_finetune.export.folders import OutWeight
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import Progress
from aigc_models.engine.merging.base_weights import BaseWeights
from aigc_models.engine.merging.names import HF_EMBEDDING, HF_HEAD
from aigc_models.engine.merging.tensor_files import Floats
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

Scope = Literal["layer", "global"]
_Mask = Callable[[Floats], npt.NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What was pruned. `sparsity` is the share of zeros in the pruned matrices, `parameters` counts those left.

    `layers` names the layers that were removed, by their numbers in the base.
    """

    method: str
    parameters_before: int
    parameters: int
    sparsity: float
    layers: tuple[int, ...] = ()

    def facts(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


def prune_magnitude(
    model: ModelRef,
    target: Path,
    *,
    sparsity: float = 0.5,
    scope: Scope = "layer",
    pattern: tuple[int, int] | None = None,
    dtype: str = "BF16",
    progress: Progress = quiet,
) -> PruneReport:
    """Write the model with its smallest weights zero to the folder `target`; embeddings, head and norms stay.

    `sparsity` is the share of zeros, in each matrix (`scope` layer) or over all (`global`: one threshold). With
    `pattern` (n, m) each run of m weights in a row keeps its n largest, whatever `sparsity` says.

    Raises:
        AigcError: a setting is out of range, or the rows are no multiple of m.
        ExportError: the folder cannot be written.
    """
    if not 0.0 <= sparsity < 1.0 or (pattern is not None and not 0 < pattern[0] <= pattern[1]):
        raise AigcError("Pruning needs a sparsity from 0 up to, not including, 1, and a pattern n:m with 0 < n <= m.")
    weights = BaseWeights(model)
    matrices = [name for name in weights if len(weights.shape(name)) == 2 and name not in (HF_EMBEDDING, HF_HEAD)]
    mask = _mask(weights, matrices, sparsity, scope, pattern)
    zeros = 0

    def pruned(name: str) -> Floats:
        nonlocal zeros
        values = weights.floats(name)
        if name not in chosen:
            return values
        kept = values * mask(values)
        zeros += int((kept == 0).sum())
        return kept

    chosen = set(matrices)
    out = {name: OutWeight(weights.shape(name), partial(pruned, name)) for name in weights}
    write_changed(model, target, out, {}, progress, dtype)
    total = sum(int(np.prod(weights.shape(name))) for name in weights)
    held = sum(int(np.prod(weights.shape(name))) for name in matrices)
    method = f"{pattern[0]}:{pattern[1]}" if pattern else f"magnitude, {scope}"
    return PruneReport(method, total, total - zeros, zeros / held if held else 0.0)


def _mask(
    weights: BaseWeights, matrices: list[str], sparsity: float, scope: Scope, pattern: tuple[int, int] | None
) -> _Mask:
    if pattern is not None:
        wrong = [name for name in matrices if weights.shape(name)[1] % pattern[1]]
        if wrong:
            raise AigcError(f"{wrong[0]} has {weights.shape(wrong[0])[1]} columns, no multiple of {pattern[1]}.")
        return partial(_of_each_run, *pattern)
    if scope == "global":
        limit = _global_limit(weights, matrices, sparsity)
        return lambda values: np.abs(values) >= limit
    return partial(_largest, sparsity)


def _largest(sparsity: float, values: Floats) -> npt.NDArray[np.bool_]:
    """Mark all but the smallest share of a matrix: exactly so many, also among equal values."""
    count = round(sparsity * values.size)
    mask = np.ones(values.size, dtype=bool)
    mask[np.argpartition(np.abs(values), count, axis=None)[:count] if count else []] = False
    return mask.reshape(values.shape)


def _of_each_run(keep: int, run: int, values: Floats) -> npt.NDArray[np.bool_]:
    """Mark the `keep` largest of each `run` weights in a row."""
    runs = np.abs(values).reshape(-1, run)
    mask = np.zeros(runs.shape, dtype=bool)
    np.put_along_axis(mask, np.argpartition(-runs, keep - 1, axis=1)[:, :keep], True, axis=1)
    return mask.reshape(values.shape)


def _global_limit(weights: BaseWeights, matrices: list[str], sparsity: float) -> float:
    """Return the magnitude below which the share `sparsity` of all weights lies, one matrix in memory at a time.

    A positive float32's upper half, read as a number, grows with its value: 32768 bins of three digits each.
    """
    counts = np.zeros(1 << 15, dtype=np.int64)
    for name in matrices:
        bits = np.abs(weights.floats(name)).view(np.uint32).ravel() >> 16
        counts += np.bincount(bits, minlength=len(counts))
    place = int(np.searchsorted(np.cumsum(counts), sparsity * counts.sum(), side="left"))
    return float(np.array([place << 16], dtype=np.uint32).view(np.float32)[0]) if sparsity else 0.0
