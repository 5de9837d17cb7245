"""What a run leaves: an adapter as peft reads it, with its manifest, or a whole model."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path

import torch

from aigc_finetune.encode.build import template_of
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train.checkpoint import write_whole
from aigc_finetune.train.model import Network
from aigc_finetune.train.tokens import tokenizer_of
from aigc_models.adapters import AdapterManifest, base_digest, base_name, write_manifest
from aigc_models.fim import FimTemplate


def write_adapter(recipe: Recipe, run: RunFolder, network: Network) -> Path:
    """Write the adapter's folder, in the place of an older one.

    Weights are in bf16; peft's `PeftModel.from_pretrained` reads the folder as it is.

    Raises:
        CheckpointError: it cannot be written.
    """
    from peft import get_peft_model_state_dict

    weights = get_peft_model_state_dict(network.outer, save_embedding_layers=False)
    config = _plain_config(network)
    tensors = {"adapter_model": {name: one.to(torch.bfloat16) for name, one in weights.items()}}
    told = manifest(recipe, run, network)
    return write_whole(
        run.adapter, tensors, {"adapter_config.json": config}, lambda folder: write_manifest(folder, told)
    )


def manifest(recipe: Recipe, run: RunFolder, network: Network) -> AdapterManifest:
    """Return what the adapter says of itself."""
    return AdapterManifest(
        name=recipe.name,
        base=base_name(network.ref),
        base_sha256=base_digest(network.ref),
        architecture=str(network.causal.config.model_type),
        fim=fim_template(recipe, run),
        added_tokens=network.tokens.added,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        recipe_sha256=recipe.digest(),
    )


def fim_template(recipe: Recipe, run: RunFolder) -> FimTemplate | None:
    """Return the template that a run's data was written with, None where no sample had a middle to fill in."""
    return template_of(run) if recipe.augment.fim else None


def _plain_config(network: Network) -> dict[str, object]:
    """Return peft's configuration for inference, with JSON's types only and no path of this machine."""
    config = network.outer.peft_config["default"]
    data = dict(config.to_dict())
    data.update(inference_mode=True, base_model_name_or_path=base_name(network.ref))
    return {key: sorted(value) if isinstance(value, set) else value for key, value in data.items()}


def write_model(run: RunFolder, network: Network, weights: Mapping[str, torch.Tensor]) -> Path:
    """Write the whole model of a full fine-tuning in bf16, with its tokenizer, in the place of an older one.

    `weights` are the causal model's, whole.

    Raises:
        CheckpointError: it cannot be written.
    """
    causal = network.causal
    tied = set(getattr(causal, "all_tied_weights_keys", None) or {}) if causal.config.tie_word_embeddings else set()
    held = {name: one.to(torch.bfloat16) for name, one in weights.items() if name not in tied}
    config = {
        key: value
        for key, value in causal.config.to_dict().items()
        if key not in ("quantization_config", "_name_or_path", "_attn_implementation")
    }
    config.update(dtype="bfloat16", architectures=[type(causal).__name__])
    tokenizer = tokenizer_of(network.ref)
    if network.tokens.added:
        tokenizer.add_special_tokens(list(network.tokens.added))
    import json

    texts = {"config.json": config, "tokenizer.json": json.loads(tokenizer.to_str())}
    generation = getattr(causal, "generation_config", None)
    if generation is not None:
        texts["generation_config.json"] = generation.to_diff_dict()
    return write_whole(run.model, {"model": held}, texts)
