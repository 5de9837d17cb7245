"""Layer pruning: whole layers that change the hidden states least are removed.

`angular`: the run of layers over which the states turn least (Gromov et al. 2024, "The Unreasonable Ineffectiveness of
the Deeper Layers"; the angle is averaged over all tokens, not only the last). `influence`: the layers with the least
block influence, wherever they are (Men et al. 2024, "ShortGPT").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from aigc_finetune.compress.magnitude import PruneReport
from aigc_finetune.compress.writing import write_changed
from aigc_finetune.export.folders import OutWeight
from aigc_finetune.export.loading import load_causal, load_tokenizer_of
from aigc_finetune.export.model import config_of
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import Progress
from aigc_models.engine.merging.base_weights import BaseWeights
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

LayerMethod = Literal["angular", "influence"]
_LAYER = re.compile(r"(model\.layers\.)(\d+)(\..*)")


def prune_layers(
    model: ModelRef,
    target: Path,
    *,
    drop: int,
    texts: Sequence[str],
    method: LayerMethod = "angular",
    context_length: int = 512,
    tokens: int = 20_000,
    dtype: str = "BF16",
    progress: Progress = quiet,
) -> PruneReport:
    """Write the model without `drop` of its layers to the folder `target`; `texts` show where they matter least.

    At most `tokens` tokens of the texts are read. The pruned model needs recovery training (`recovery.recover`).

    Raises:
        AigcError: fewer than one layer would be left, or the texts are too short.
        ExportError: the folder cannot be written.
    """
    config = config_of(model)
    count = int(config["num_hidden_layers"])
    if not 0 < drop < count:
        raise AigcError(f"The model has {count} layers: between 1 and {count - 1} of them can be removed.")
    progress("prune", 0.0, "looking at what each layer changes")
    states = hidden_states(model, texts, context_length, tokens)
    gone = least_angle(states, drop) if method == "angular" else least_influence(states, drop)
    weights = BaseWeights(model)
    kept = [layer for layer in range(count) if layer not in gone]
    out: dict[str, OutWeight] = {}
    for name in weights:
        match = _LAYER.fullmatch(name)
        if match is None:
            out[name] = OutWeight(weights.shape(name), partial(weights.floats, name))
        elif int(match[2]) in kept:
            new = f"{match[1]}{kept.index(int(match[2]))}{match[3]}"
            out[new] = OutWeight(weights.shape(name), partial(weights.floats, name))
    write_changed(model, target, out, _settings(config, kept), progress, dtype)
    before = sum(int(np.prod(weights.shape(name))) for name in weights)
    after = sum(int(np.prod(one.shape)) for one in out.values())
    return PruneReport(f"layers, {method}", before, after, 0.0, tuple(sorted(gone)))


def _settings(config: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Return the keys of config.json that change: the number of layers, and lists that have an entry for each."""
    lists = {
        key: [value[layer] for layer in kept]
        for key, value in config.items()
        if isinstance(value, list) and len(value) == config["num_hidden_layers"]
    }
    return {**lists, "num_hidden_layers": len(kept)}


def hidden_states(model: ModelRef, texts: Sequence[str], context_length: int, tokens: int) -> list[torch.Tensor]:
    """Return the states before the first layer and after each, for the same tokens: layers + 1 tensors (tokens, H).

    Raises:
        AigcError: the texts have fewer than two tokens.
    """
    tokenizer, network = load_tokenizer_of(model), load_causal(model)
    found: list[list[torch.Tensor]] = []
    seen = 0
    # The last entry of transformers' list has gone through the final norm, so the last layer's own output is caught.
    last: list[torch.Tensor] = []
    handle = network.model.layers[-1].register_forward_hook(lambda _module, _inputs, out: last.append(_state(out)))
    try:
        for text in texts:
            ids = tokenizer.encode(text)
            for at in range(0, len(ids) - 1, context_length):
                if seen >= tokens:
                    break
                piece = torch.tensor([ids[at : at + context_length]], device=network.device)
                with torch.no_grad():
                    states = network.model(input_ids=piece, use_cache=False, output_hidden_states=True).hidden_states
                found.append([one[0].float().cpu() for one in (*states[:-1], last.pop())])
                seen += piece.shape[1]
    finally:
        handle.remove()
    if not found:
        raise AigcError("Layer pruning needs texts to look at the layers with: name some files.")
    return [torch.cat([one[layer] for one in found]) for layer in range(len(found[0]))]


def _state(out: Any) -> torch.Tensor:
    state: torch.Tensor = out[0] if isinstance(out, tuple) else out
    return state


def least_angle(states: Sequence[torch.Tensor], drop: int) -> set[int]:
    """Return the `drop` layers in a row over which the states turn by the smallest mean angle.

    The last layer stays, as in the paper: what leaves it is what the head knows to read.
    """
    starts = range(max(1, len(states) - 1 - drop))
    angles = [float(torch.arccos(_cosine(states[at], states[at + drop])).mean()) for at in starts]
    first = int(np.argmin(angles))
    return set(range(first, first + drop))


def least_influence(states: Sequence[torch.Tensor], drop: int) -> set[int]:
    """Return the `drop` layers with the least block influence: 1 − the mean cosine of the states before and after."""
    influence = [1 - float(_cosine(before, after).mean()) for before, after in pairwise(states)]
    return {int(one) for one in np.argsort(influence, kind="stable")[:drop]}


def _cosine(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cosine_similarity(one, other, dim=-1).clamp(-1, 1)
