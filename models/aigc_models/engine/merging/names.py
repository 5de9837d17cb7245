"""How a weight that is known by its name in Hugging Face's layout is called in GGUF, and how its rows lie there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from aigc_models.engine.merging.changes import Order
from aigc_models.engine.merging.errors import MergeError

# GGUF architectures whose matrices are those of the Hugging Face model, one to one; True: the rows of the query and key
# projections are interleaved for llama.cpp's rotary embedding (`LlamaModel.permute` in its convert_hf_to_gguf.py).
ARCHITECTURES = {"llama": True, "smollm3": True, "qwen2": False, "qwen3": False, "starcoder2": False}
# `model_type` of Hugging Face's config.json: the GGUF architecture.
MODEL_TYPES = {
    "llama": "llama", "mistral": "llama", "smollm3": "smollm3", "qwen2": "qwen2", "qwen3": "qwen3",
    "starcoder2": "starcoder2",
}  # fmt: skip
EMBEDDING, HEAD = "token_embd.weight", "output.weight"
HF_EMBEDDING, HF_HEAD = "model.embed_tokens.weight", "lm_head.weight"


class Names:
    """Translate the weights' names of one model and tell how their rows are ordered.

    `metadata` holds the GGUF keys of the architecture: `{architecture}.block_count`, `.attention.head_count` and
    `.attention.head_count_kv`.

    Raises:
        MergeError: the architecture's conversion is not known here.
    """

    def __init__(self, architecture: str, metadata: Mapping[str, Any]) -> None:
        from gguf import MODEL_ARCH_NAMES, get_tensor_name_map

        if architecture not in ARCHITECTURES:
            known = ", ".join(sorted(ARCHITECTURES))
            raise MergeError(
                f"Adapters for the architecture {architecture!r} cannot be merged into GGUF, only those for {known}. "
                "Use the adapter with the transformers runtime."
            )
        self._permuted = ARCHITECTURES[architecture]
        blocks = int(metadata[f"{architecture}.block_count"])
        heads = int(metadata[f"{architecture}.attention.head_count"])
        self._heads = {"attn_q": heads, "attn_k": int(metadata.get(f"{architecture}.attention.head_count_kv", heads))}
        kind = next(kind for kind, name in MODEL_ARCH_NAMES.items() if name == architecture)
        self._map = get_tensor_name_map(kind, blocks)

    def gguf(self, name: str) -> str:
        """Return the GGUF name of a weight named as in Hugging Face's layout."""
        found = self.known(name)
        if found is None:
            raise MergeError(f"The model's architecture has no weight {name}: this belongs to another model.")
        return found

    def known(self, name: str) -> str | None:
        """Return the GGUF name, None where the architecture has no such weight."""
        found = self._map.get_name(name, try_suffixes=(".weight", ".bias"))
        return str(found) if found is not None else None

    def order(self, gguf_name: str, rows: int) -> Order | None:
        """Return the row of the Hugging Face tensor that each row of the GGUF tensor is, None where they are the same.

        llama.cpp wants the two halves of each head's rows interleaved.
        """
        heads = self._heads.get(gguf_name.split(".")[-2])
        if not self._permuted or heads is None:
            return None
        return np.arange(rows).reshape(heads, 2, rows // heads // 2).swapaxes(1, 2).reshape(rows)
