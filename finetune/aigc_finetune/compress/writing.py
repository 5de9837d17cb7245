"""Write a model whose weights were changed as a folder of its own, with the configuration and tokenizer of its base."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aigc_finetune.export.folders import WEIGHTS, OutWeight, whole_folder, write_json, write_weights
from aigc_finetune.export.model import config_of, write_tokenizer
from aigc_finetune.types import Progress
from aigc_models.engine.merging.names import HF_HEAD
from aigc_models.store.types import ModelRef


def write_changed(
    base: ModelRef,
    target: Path,
    weights: Mapping[str, OutWeight],
    settings: Mapping[str, Any],
    progress: Progress,
    dtype: str = "BF16",
) -> None:
    """Write `weights` to the folder `target`, atomically; `settings` replaces keys of the base's config.json.

    Raises:
        ExportError: it cannot be written.
    """
    with whole_folder(target) as folder:
        write_weights(folder / WEIGHTS, weights, dtype, lambda done: progress("write", done, "writing the weights"))
        config = {**config_of(base), "dtype": {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}[dtype]}
        config["tie_word_embeddings"] = HF_HEAD not in weights
        write_json(folder / "config.json", {**config, **settings})
        write_tokenizer(base, (), folder)
