"""The weights of base + adapter, named as in Hugging Face's layout, each computed in float32 when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from aigc_finetune.export.folders import OutWeight
from aigc_models.engine.merging import MergeError
from aigc_models.engine.merging.adapter_files import read_changes
from aigc_models.engine.merging.base_weights import BaseWeights
from aigc_models.engine.merging.changes import Change, changed_rows, untied
from aigc_models.engine.merging.names import HF_EMBEDDING, HF_HEAD
from aigc_models.engine.merging.tensor_files import Floats
from aigc_models.store.types import ModelRef


def merged_weights(base: ModelRef, adapter: Path | None, scale: float = 1.0) -> dict[str, OutWeight]:
    """Return every weight of the merged model. A tied head is left out, unless the adapter makes it differ.

    Raises:
        MergeError: the adapter cannot be merged into this base.
    """
    weights = BaseWeights(base)
    changes = read_changes(adapter) if adapter is not None else {}
    if HF_HEAD not in weights:
        changes = untied(changes, HF_EMBEDDING, HF_HEAD)
    unknown = sorted(name for name in changes if name not in weights and name != HF_HEAD)
    if unknown:
        raise MergeError(f"The adapter changes {unknown[0]}, which the base does not have: it is for another model.")
    names = [*weights, *(name for name in changes if name not in weights)]
    return {name: _changed(weights, name, changes.get(name, ()), scale) for name in names}


def _changed(weights: BaseWeights, name: str, changes: Sequence[Change], scale: float) -> OutWeight:
    shape = weights.shape(name)
    for change in changes:
        grown = change.grown(shape)
        if grown is None:
            raise MergeError(f"The adapter's change of {name} does not fit the base's shape {shape}: wrong base.")
        shape = grown
    return OutWeight(shape, partial(_floats, weights, name, changes, scale, shape))


def _floats(weights: BaseWeights, name: str, changes: Sequence[Change], scale: float, shape: tuple[int, ...]) -> Floats:
    old = weights.floats(name)
    added = shape[0] - old.shape[0]
    if added:
        old = np.concatenate([old, np.zeros((added, *old.shape[1:]), np.float32)])
    return changed_rows(old, 0, changes, scale, added)
