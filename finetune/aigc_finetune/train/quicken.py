"""Put the fused functions into a model of transformers and peft; parameters and their names stay where they are.

What is not known by its class, has a quantized base or DoRA keeps the forward that it has.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import torch
from torch import Tensor

from aigc_finetune.train.attention import packed_attention
from aigc_finetune.train.fused import Lora, gated_mlp, rms_norm, rotate, shared

# Classes of transformers whose forward is the one that is written again here: rotary halves, no norm of queries.
_ATTENTION = frozenset(("LlamaAttention", "MistralAttention", "Qwen2Attention"))
_MLP = frozenset(("LlamaMLP", "MistralMLP", "Qwen2MLP", "Qwen3MLP"))
_NORM = frozenset(("LlamaRMSNorm", "MistralRMSNorm", "Qwen2RMSNorm", "Qwen3RMSNorm"))


def quicken(causal: Any) -> int:
    """Replace forwards inside a causal model with LoRA; return how many."""
    done = 0
    for module in list(causal.modules()):
        kind = type(module).__name__
        forward: Any = None
        if kind in _NORM and not module.weight.requires_grad:
            forward = _norm
        elif kind in _ATTENTION and _all(module, "q_proj", "k_proj", "v_proj", "o_proj"):
            forward = _attention
        elif kind in _MLP and _is_gated(module):
            forward = _mlp
        elif _is_plain(module):
            forward = _linear
        if forward is not None:
            module.forward = MethodType(forward, module)
            done += 1
    return done


def _is_plain(layer: Any) -> bool:
    """Say whether a layer is peft's LoRA around an ordinary linear layer, with nothing that changes it further."""
    if not (hasattr(layer, "lora_A") and type(getattr(layer, "base_layer", None)) is torch.nn.Linear):
        return False
    return (
        list(layer.lora_A) == ["default"]
        and not layer.lora_variant
        and layer.lora_B["default"].bias is None
        and not layer.base_layer.weight.requires_grad
    )


def _all(module: Any, *names: str) -> bool:
    return all(_is_plain(getattr(module, name)) for name in names)


def _is_gated(module: Any) -> bool:
    names = ("gate_proj", "up_proj", "down_proj")
    silu = isinstance(module.act_fn, torch.nn.SiLU) or type(module.act_fn).__name__ == "SiLUActivation"
    return silu and _all(module, *names) and all(getattr(module, name).base_layer.bias is None for name in names)


def _lora(layer: Any) -> Lora:
    base = layer.base_layer
    return Lora(
        base.weight, base.bias, layer.lora_A["default"].weight, layer.lora_B["default"].weight,
        float(layer.scaling["default"]),
    )  # fmt: skip


def _drop(module: Any, layer: Any) -> float:
    """Return the dropout of a layer's low-rank part as it is now."""
    return float(getattr(layer.lora_dropout["default"], "p", 0.0)) if module.training else 0.0


def _norm(self: Any, hidden_states: Tensor) -> Tensor:
    return rms_norm(hidden_states, self.weight, self.variance_epsilon)


def _linear(self: Any, x: Tensor) -> Tensor:
    return shared(x.reshape(-1, x.shape[-1]), [_lora(self)], _drop(self, self))[0].view(*x.shape[:-1], -1)


def _mlp(self: Any, x: Tensor) -> Tensor:
    flat = x.reshape(-1, x.shape[-1])
    gate, up, down = (_lora(one) for one in (self.gate_proj, self.up_proj, self.down_proj))
    return gated_mlp(flat, gate, up, down, _drop(self, self.gate_proj)).view_as(x)


def _attention(
    self: Any,
    hidden_states: Tensor,
    position_embeddings: tuple[Tensor, Tensor],
    attention_mask: Tensor | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attend inside the samples of one packed row, (1, T, H)."""
    length, size = hidden_states.shape[1], self.head_dim
    drop = _drop(self, self.q_proj)
    layers = [_lora(self.q_proj), _lora(self.k_proj), _lora(self.v_proj)]
    query, key, value = (one.view(length, -1, size) for one in shared(hidden_states[0], layers, drop))
    cosine, sine = (one[0, :, None, : size // 2] for one in position_embeddings)
    query, key = rotate(query, cosine, sine), rotate(key, cosine, sine)
    found, _ = packed_attention(
        self, query.transpose(0, 1)[None], key.transpose(0, 1)[None], value.transpose(0, 1)[None], None,
        segment_lengths=kwargs.get("segment_lengths"), scaling=self.scaling,
        dropout=self.attention_dropout if self.training else 0.0, sliding_window=getattr(self, "sliding_window", None),
    )  # fmt: skip
    return shared(found.reshape(length, -1), [_lora(self.o_proj)], drop)[0][None], None
