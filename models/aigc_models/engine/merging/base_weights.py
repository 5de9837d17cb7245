"""A base model's weights by their names in Hugging Face's layout, one at a time, in float32, without torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.names import EMBEDDING, HF_EMBEDDING, HF_HEAD, Names
from aigc_models.engine.merging.sources import gguf_source
from aigc_models.engine.merging.tensor_files import Floats, stored_tensors
from aigc_models.store.types import ModelRef

_ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj", "q_norm", "k_norm")
_BLOCK = ("input_layernorm", "post_attention_layernorm", *(f"self_attn.{one}" for one in _ATTENTION))
_GATED, _PLAIN = ("gate_proj", "up_proj", "down_proj"), ("c_fc", "c_proj")


class BaseWeights:
    """The weights of a GGUF file or of a safetensors folder. A tied head is left out, as in most folders.

    Raises:
        MergeError: the weights cannot be read, or the architecture of a GGUF file is not known here.
    """

    def __init__(self, ref: ModelRef) -> None:
        if ref.format == "gguf":
            self._readers = _gguf_readers(ref)
        elif ref.format == "safetensors":
            self._readers = {name: (one.shape, one.floats) for name, one in stored_tensors(ref.path).items()}
        else:
            raise MergeError(f"{ref.id} has the format {ref.format}: its weights cannot be read.")

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __contains__(self, name: str) -> bool:
        return name in self._readers

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a weight's shape; a head that is tied has that of the embedding."""
        return tuple(self._reader(name)[0])

    def floats(self, name: str) -> Floats:
        """Return a weight in float32, its rows in the order that transformers has."""
        return np.asarray(self._reader(name)[1](), np.float32)

    def _reader(self, name: str) -> Any:
        found = self._readers.get(name) or (self._readers.get(HF_EMBEDDING) if name == HF_HEAD else None)
        if found is None:
            raise MergeError(f"The base model has no weight {name}: what was trained belongs to another model.")
        return found


def _gguf_readers(ref: ModelRef) -> dict[str, Any]:
    source = gguf_source(ref.path)
    names = Names(source.architecture, source.numbers)
    blocks = int(source.numbers[f"{source.architecture}.block_count"])
    modules = (*_BLOCK, *(f"mlp.{one}" for one in (_PLAIN if source.architecture == "starcoder2" else _GATED)))
    inner = (f"model.layers.{block}.{one}" for block in range(blocks) for one in modules)
    wanted = [name.removesuffix(".weight") for name in (HF_EMBEDDING, *inner, "model.norm", HF_HEAD)]
    readers: dict[str, Any] = {}
    for name in (f"{stem}.{part}" for stem in wanted for part in ("weight", "bias")):
        tensor = source.tensors.get(names.known(name) or "")
        if tensor is not None:
            order = names.order(tensor.name, tensor.shape[0])
            back = np.argsort(order) if order is not None else slice(None)
            readers[name] = (tensor.shape, lambda tensor=tensor, back=back: tensor.rows(0, tensor.shape[0])[back])
    left = set(source.tensors) - {names.known(name) for name in readers} - {"rope_freqs.weight"}
    if left or EMBEDDING not in source.tensors:
        raise MergeError(f"{ref.path} has weights whose names are not known here: {', '.join(sorted(left)[:3])}.")
    return readers
