"""Write an adapter that was not trained but computed: peft's files and our manifest, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from aigc_finetune.train.checkpoint import write_whole
from aigc_models.adapters import AdapterManifest, write_manifest
from aigc_models.store.types import ModelRef

_PREFIX = "base_model.model."


@dataclass(slots=True)
class Computed:
    """What a computed adapter holds. `factors` are (up, down) by the weight's name; their product is what is added.

    `rows` are the new rows `ids` of the embedding (`rows`: module name, values), `whole` are replaced vectors.
    """

    factors: dict[str, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    ids: tuple[int, ...] = ()
    rows: dict[str, torch.Tensor] = field(default_factory=dict)

    def parameters(self) -> int:
        """Return how many numbers it holds."""
        held = [one for pair in self.factors.values() for one in pair] + list(self.rows.values())
        return sum(one.numel() for one in held)


def write_computed(folder: Path, base: ModelRef, computed: Computed, manifest: AdapterManifest) -> Path:
    """Write the adapter's folder, in the place of an older one; weights in float32, as computed.

    Raises:
        CheckpointError: it cannot be written.
    """
    tensors: dict[str, torch.Tensor] = {}
    for name, (up, down) in computed.factors.items():
        module = _PREFIX + name.removesuffix(".weight")
        tensors[f"{module}.lora_A.weight"], tensors[f"{module}.lora_B.weight"] = down, up
    for module, values in computed.rows.items():
        tensors[f"{_PREFIX}{module}.token_adapter.trainable_tokens_delta"] = values
    path = write_whole(folder, {"adapter_model": tensors}, {"adapter_config.json": _config(base, computed)})
    write_manifest(path, manifest)
    return path


def _config(base: ModelRef, computed: Computed) -> Mapping[str, Any]:
    from peft import LoraConfig

    ranks = {name.removesuffix(".weight"): down.shape[0] for name, (_, down) in computed.factors.items()}
    most = max(ranks.values(), default=1)
    # peft divides by the rank: an alpha that is the rank leaves the product as it is.
    other = {module: rank for module, rank in ranks.items() if rank != most}
    ends = {module.rpartition(".")[2]: list(computed.ids) for module in computed.rows}
    config = LoraConfig(
        r=most, lora_alpha=most, bias="none", task_type="CAUSAL_LM", inference_mode=True,
        target_modules=_targets(ranks), rank_pattern=dict(other), alpha_pattern=dict(other),
        trainable_token_indices=ends or None, base_model_name_or_path=base.id,
    )  # fmt: skip
    return {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}


def _targets(ranks: Mapping[str, int]) -> list[str]:
    """Return the layers' short names where these mean exactly the given modules, as all adapters of ours have it."""
    short = sorted({module.rpartition(".")[2] for module in ranks})
    layers = {module.split(".")[2] for module in ranks if module.startswith("model.layers.")}
    uniform = all(module.startswith("model.layers.") for module in ranks) and len(ranks) == len(short) * len(layers)
    return short if uniform else sorted(ranks)
