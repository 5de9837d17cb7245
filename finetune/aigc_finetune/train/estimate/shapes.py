"""The sizes of a model's parts, from its configuration alone: no weight is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_models.catalog.load import load_catalog
from aigc_models.store import api
from aigc_models.store.gguf import read_gguf
from aigc_models.types import AigcError


@dataclass(frozen=True, slots=True)
class Shape:
    """A decoder of the llama kind: attention with `heads` queries and `groups` keys, and a gated MLP.

    `hidden`, `inner` and `head` (of one head) are widths; `tied` says that the output head is the embedding. `experts`
    above 1 is a mixture: `inner` is then the width of one expert, of which `active` work on each token.
    """

    layers: int
    hidden: int
    inner: int
    heads: int
    groups: int
    head: int
    vocabulary: int
    tied: bool
    bias: bool = False
    experts: int = 1
    active: int = 1

    def linear(self, name: str) -> tuple[int, int]:
        """Return (inputs, outputs) of a linear layer of a block, by its module's name; (0, 0) for an unknown one."""
        queries, keys = self.heads * self.head, self.groups * self.head
        return {
            "q_proj": (self.hidden, queries),
            "k_proj": (self.hidden, keys),
            "v_proj": (self.hidden, keys),
            "o_proj": (queries, self.hidden),
            "gate_proj": (self.hidden, self.inner),
            "up_proj": (self.hidden, self.inner),
            "down_proj": (self.inner, self.hidden),
        }.get(name, (0, 0))

    @property
    def block_linear(self) -> int:
        """Return the number of weights in the linear layers of all blocks, experts included; without biases."""
        attention = sum(_area(self.linear(name)) for name in ("q_proj", "k_proj", "v_proj", "o_proj"))
        mlp = sum(_area(self.linear(name)) for name in ("gate_proj", "up_proj", "down_proj"))
        return self.layers * (attention + mlp * self.experts)

    @property
    def block_active(self) -> int:
        """Return the number of those weights that work on a token."""
        mlp = sum(_area(self.linear(name)) for name in ("gate_proj", "up_proj", "down_proj"))
        return self.block_linear - self.layers * mlp * (self.experts - self.active)

    @property
    def embeddings(self) -> int:
        """Return the number of weights of the embedding and, where it has its own, the output head."""
        return self.vocabulary * self.hidden * (1 if self.tied else 2)

    @property
    def parameters(self) -> int:
        """Return the number of all parameters (norms and the biases of queries, keys and values included)."""
        biases = (self.heads + 2 * self.groups) * self.head if self.bias else 0
        routers = self.hidden * self.experts if self.experts > 1 else 0
        return self.block_linear + self.embeddings + self.layers * (2 * self.hidden + biases + routers) + self.hidden


# Shapes of models that may not be on this machine when one plans for them: (layers, hidden, inner, heads, groups, head
# size, vocabulary, tied), from their `config.json`. A test holds them against the catalog's numbers of parameters.
_KNOWN = {
    "qwen2.5-coder-0.5b": Shape(24, 896, 4864, 14, 2, 64, 151936, True, bias=True),
    "qwen2.5-coder-1.5b": Shape(28, 1536, 8960, 12, 2, 128, 151936, True, bias=True),
    "qwen2.5-coder-3b": Shape(36, 2048, 11008, 16, 2, 128, 151936, True, bias=True),
    "qwen2.5-coder-7b": Shape(28, 3584, 18944, 28, 4, 128, 152064, False, bias=True),
    "qwen2.5-coder-7b-instruct": Shape(28, 3584, 18944, 28, 4, 128, 152064, False, bias=True),
    "smollm2-135m": Shape(30, 576, 1536, 9, 3, 64, 49152, True),
}


def model_shape(name: str) -> Shape:
    """Return the shape of a model by name, URI or path: from its files where they are here, else from what is known.

    Raises:
        AigcError: the model is neither here nor one whose shape is known; the text says what to do.
    """
    found = api.find(name)
    if found is not None and found.path.suffix == ".gguf":
        return gguf_shape(found.path)
    if found is not None and (found.path / "config.json").is_file():
        return config_shape(json.loads((found.path / "config.json").read_text(encoding="utf-8")))
    known = load_catalog().model(name)
    if known is not None and known.name in _KNOWN:
        return _KNOWN[known.name]
    raise AigcError(f"What {name} takes cannot be told before it is here: run `aigc-lsp models pull {name}`.")


def config_shape(config: Mapping[str, Any]) -> Shape:
    """Return the shape that a `config.json` (or a configuration's `to_dict()`) tells.

    Raises:
        AigcError: it lacks a size, so this is no decoder of the llama kind.
    """
    config = config.get("text_config") or config
    try:
        heads, hidden = int(config["num_attention_heads"]), int(config["hidden_size"])
        experts = int(config.get("num_experts") or config.get("num_local_experts") or 1)
        return Shape(
            layers=int(config["num_hidden_layers"]),
            hidden=hidden,
            inner=int((config.get("moe_intermediate_size") if experts > 1 else None) or config["intermediate_size"]),
            heads=heads,
            groups=int(config.get("num_key_value_heads") or heads),
            head=int(config.get("head_dim") or hidden // heads),
            vocabulary=int(config["vocab_size"]),
            tied=bool(config.get("tie_word_embeddings", False)),
            bias=bool(config.get("attention_bias")) or str(config.get("model_type", "")).startswith("qwen2"),
            experts=experts,
            active=int(config.get("num_experts_per_tok") or 1) if experts > 1 else 1,
        )
    except KeyError as error:
        raise AigcError(f"The model's configuration has no {error}: its memory cannot be estimated.") from None


def gguf_shape(path: Path) -> Shape:
    """Return the shape that the header of a GGUF file tells.

    Raises:
        AigcError: a size is missing, or the file is damaged.
    """
    header = read_gguf(path)
    kind = str(header.metadata.get("general.architecture", ""))

    def value(name: str, default: int | None = None) -> int:
        found = header.metadata.get(f"{kind}.{name}", default)
        if not isinstance(found, int):
            raise AigcError(f"{path.name} does not say its {name}: its memory cannot be estimated.")
        return found

    heads, hidden = value("attention.head_count"), value("embedding_length")
    tokens = header.metadata.get("tokenizer.ggml.tokens")
    shape = Shape(
        layers=value("block_count"),
        hidden=hidden,
        inner=value("feed_forward_length"),
        heads=heads,
        groups=value("attention.head_count_kv", heads),
        head=value("attention.key_length", hidden // heads),
        vocabulary=value("vocab_size", len(tokens) if tokens else None),
        tied=True,
        bias=kind == "qwen2",
        experts=value("expert_count", 1),
        active=value("expert_used_count", 1),
    )
    if header.parameters > shape.parameters:  # only a head of its own can be more
        return Shape(**{**{name: getattr(shape, name) for name in Shape.__dataclass_fields__}, "tied": False})
    return shape


def _area(sizes: tuple[int, int]) -> int:
    return sizes[0] * sizes[1]
