"""A base model's weights from a folder of safetensors, told in GGUF's words: metadata, names and order of rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_models.engine.merging.changes import Order
from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.folder_tokenizer import tokenizer_fields
from aigc_models.engine.merging.names import HEAD, HF_EMBEDDING, HF_HEAD, MODEL_TYPES, Names
from aigc_models.engine.merging.sources import Field, Source, SourceTensor
from aigc_models.engine.merging.tensor_files import Floats, StoredTensor, stored_tensors

_UINT32, _FLOAT32, _STRING = 4, 6, 8  # GGUFValueType
_FILE_KINDS = {"F64": 0, "F32": 0, "F16": 1, "BF16": 30}  # GGMLQuantizationType
# GGUF key below the architecture: config.json's key.
_SIZES = {
    "block_count": "num_hidden_layers", "context_length": "max_position_embeddings",
    "embedding_length": "hidden_size", "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads", "attention.head_count_kv": "num_key_value_heads",
    "vocab_size": "vocab_size", "attention.key_length": "head_dim", "attention.value_length": "head_dim",
    "rope.dimension_count": "head_dim",
}  # fmt: skip
_REALS = {"attention.layer_norm_rms_epsilon": "rms_norm_eps", "attention.layer_norm_epsilon": "norm_epsilon"}


def folder_source(folder: Path) -> Source:
    """Open a model's folder in Hugging Face's layout.

    Raises:
        MergeError: its architecture, its rotary embedding or its tokenizer has no known form in GGUF, or its weights
            are not plain floats.
        ModelRejectedError: a file is damaged.
    """
    config = _config(folder)
    architecture = MODEL_TYPES.get(str(config.get("model_type")), str(config.get("model_type")))
    fields = _fields(folder, config, architecture)
    names = Names(architecture, {name: field.value for name, field in fields.items()})
    stored = stored_tensors(folder)
    tied = bool(config.get("tie_word_embeddings", HF_HEAD not in stored))
    tensors: dict[str, SourceTensor] = {}
    for name, tensor in stored.items():
        if tied and name == HF_HEAD:
            continue
        gguf_name = names.gguf(name)
        order = names.order(gguf_name, tensor.shape[0])
        tensors[gguf_name] = _source_tensor(gguf_name, tensor, order)
    if HF_EMBEDDING not in stored or (not tied and HEAD not in tensors):
        raise MergeError(f"{folder} lacks its embedding or its output head; fetch the model again.")
    return Source(architecture, fields, tensors)


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MergeError(f"{folder / 'config.json'} cannot be read: {error}") from error
    if config.get("quantization_config"):
        raise MergeError(f"{folder} is quantized already; merge into the unquantized model.")
    return dict(config)


def _fields(folder: Path, config: dict[str, Any], architecture: str) -> dict[str, Field]:
    name = config.get("_name_or_path") or folder.name
    fields = {
        "general.architecture": Field(architecture.encode(), _STRING),
        "general.type": Field(b"model", _STRING),
        "general.name": Field(Path(str(name)).name.encode(), _STRING),
        "general.quantization_version": Field(2, _UINT32),
    }
    sizes = dict(config)
    if "hidden_size" in config and "num_attention_heads" in config:
        sizes["head_dim"] = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
    for kind, table in ((_UINT32, _SIZES), (_FLOAT32, _REALS)):
        for key, own in table.items():
            if sizes.get(own) is not None:
                fields[f"{architecture}.{key}"] = Field(sizes[own], kind)
    fields[f"{architecture}.rope.freq_base"] = Field(_rope_base(folder, config), _FLOAT32)
    return {**fields, **tokenizer_fields(folder, int(config["vocab_size"]))}


def _rope_base(folder: Path, config: dict[str, Any]) -> float:
    parameters = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = parameters.get("rope_type", parameters.get("type", "default"))
    if kind != "default" or config.get("attention_bias"):
        cause = "biases in its attention" if kind == "default" else f"scaled rotary embeddings ({kind})"
        raise MergeError(f"{folder} has {cause}, which cannot be written as GGUF here; use the transformers runtime.")
    return float(parameters.get("rope_theta", config.get("rope_theta", 10000.0)))


def _source_tensor(name: str, tensor: StoredTensor, order: Order | None) -> SourceTensor:
    def rows(start: int, stop: int) -> Floats:
        return tensor.floats()[order[start:stop]] if order is not None else tensor.rows(start, stop)

    def raw() -> npt.NDArray[Any]:
        kind = {0: np.float32, 1: np.float16}.get(_FILE_KINDS[tensor.dtype])
        if kind is not None:
            return rows(0, tensor.shape[0]).astype(kind)
        # bfloat16 is exact in float32, so its upper half is the stored value.
        return (rows(0, tensor.shape[0]).view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)

    return SourceTensor(name, tensor.shape, _FILE_KINDS[tensor.dtype], rows, raw)
