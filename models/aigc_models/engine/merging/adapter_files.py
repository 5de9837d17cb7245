"""Read an adapter as peft writes it: which weight of the model it changes, and how. Other kinds are refused."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from aigc_models.adapters import CONFIG, WEIGHTS
from aigc_models.engine.merging.changes import Change, LowRank, Replaced, Rows
from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.tensor_files import Floats, StoredTensor, stored_tensors

_PREFIX = "base_model.model."
_PARTS = re.compile(
    r"(?P<module>.+?)\.(?P<part>lora_A\.weight|lora_B\.weight|lora_embedding_A|lora_embedding_B"
    r"|lora_magnitude_vector(?:\.weight)?|token_adapter\.trainable_tokens_delta|base_layer\.weight)"
)
# These ways to start an adapter change the base's own weights, so that its deltas do not belong to the base as it is.
_REBASED = ("pissa", "olora", "loftq", "corda")
_EMBEDDINGS = ("model.embed_tokens",)


def read_config(folder: Path) -> dict[str, Any]:
    """Return `adapter_config.json`.

    Raises:
        MergeError: it cannot be read, or the adapter is of a kind that cannot be merged here.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        kind = config["peft_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise MergeError(f"{folder / CONFIG} cannot be read as an adapter's configuration: {error}") from error
    reason = _refusal(config, kind)
    if reason:
        raise MergeError(f"{folder} cannot be merged: {reason}. Use it with the transformers runtime, unmerged.")
    return dict(config)


def _refusal(config: dict[str, Any], kind: Any) -> str:
    if kind != "LORA":
        return f"it is of kind {kind}, only LoRA (DoRA, rsLoRA) can be"
    if config.get("bias", "none") != "none" or config.get("lora_bias"):
        return "it trains biases"
    if config.get("fan_in_fan_out"):
        return "its matrices are transposed"
    start = str(config.get("init_lora_weights", True)).lower()
    if start.startswith(_REBASED):
        return f"it was started with {start}, which changes the base's weights"
    return "its activation is conditional (aLoRA)" if config.get("alora_invocation_tokens") else ""


def read_changes(folder: Path) -> dict[str, list[Change]]:
    """Return what the adapter changes: lists by the weight's name in the model, as `model.layers.0.mlp.up_proj.weight`.

    Raises:
        MergeError: the adapter has parts that cannot be merged, or is damaged.
    """
    config = read_config(folder)
    whole: dict[str, StoredTensor] = {}
    parts: dict[str, dict[str, StoredTensor]] = {}
    for key, tensor in stored_tensors(folder / WEIGHTS).items():
        name = key.removeprefix(_PREFIX)
        match = _PARTS.fullmatch(name)
        if match is None:
            whole[name] = tensor
        elif match["part"] != "base_layer.weight":  # a copy of the base's own matrix
            parts.setdefault(match["module"], {})[match["part"].removesuffix(".weight")] = tensor
    changes: dict[str, list[Change]] = {}
    for name, tensor in whole.items():
        if ".lora_" in name or ".token_adapter." in name:
            raise MergeError(
                f"{folder} has {name}, which is not known here: it was written by another version of peft."
            )
        if tensor.shape:
            changes[name] = [Replaced(tensor.floats())]
    for module, tensors in parts.items():
        changes.setdefault(f"{module}.weight", []).extend(_module_changes(folder, config, module, tensors))
    return changes


def _module_changes(
    folder: Path, config: dict[str, Any], module: str, tensors: dict[str, StoredTensor]
) -> list[Change]:
    try:
        found: list[Change] = []
        if "lora_A" in tensors:
            found.append(_low_rank(config, module, tensors))
        elif "lora_embedding_A" in tensors:
            down, up = tensors["lora_embedding_B"].floats().T, tensors["lora_embedding_A"].floats().T
            if "lora_magnitude_vector" in tensors:
                raise MergeError(f"{folder} has DoRA on {module}: leave the embeddings out of its targets.")
            found.append(LowRank(down, up, _scaling(config, module, down.shape[0])))
        if "token_adapter.trainable_tokens_delta" in tensors:
            found.append(_rows(config, module, tensors["token_adapter.trainable_tokens_delta"].floats()))
        return found
    except KeyError as error:
        raise MergeError(f"{folder} is damaged: {module} has no {error.args[0]}.") from error


def _low_rank(config: dict[str, Any], module: str, tensors: dict[str, StoredTensor]) -> LowRank:
    down, up = tensors["lora_A"].floats(), tensors["lora_B"].floats()
    if down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1]:
        raise MergeError(f"The adapter is damaged: {module} has shapes {down.shape} and {up.shape}.")
    magnitude = tensors["lora_magnitude_vector"].floats() if "lora_magnitude_vector" in tensors else None
    return LowRank(down, up, _scaling(config, module, down.shape[0]), magnitude)


def _scaling(config: dict[str, Any], module: str, rank: int) -> float:
    """Return alpha / rank, or alpha / √rank for rsLoRA; alpha by the first pattern that fits, as peft has it."""
    patterns: dict[str, float] = config.get("alpha_pattern") or {}
    fits = (alpha for key, alpha in patterns.items() if re.match(rf"(.*\.)?({key})$", module))
    alpha = float(next(fits, config["lora_alpha"]))
    return alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _rows(config: dict[str, Any], module: str, values: Floats) -> Rows:
    named = config.get("trainable_token_indices")
    if isinstance(named, dict):
        named = next((ids for key, ids in named.items() if module == key or module.endswith(f".{key}")), None)
    if not isinstance(named, list) or len(named) != len(values):
        raise MergeError(f"The adapter is damaged: it has {len(values)} trained tokens of {module}, but names {named}.")
    return Rows(np.asarray(named, np.intp), values)
