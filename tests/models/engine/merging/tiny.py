"""Tiny random models as GGUF files, written with the gguf library alone, and adapters for them made by peft."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

HIDDEN, LAYERS, HEADS, KV_HEADS, VOCABULARY = 64, 2, 4, 2, 96
_KINDS = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
_TENSORS = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
}  # fmt: skip
ALL_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def _head_size(kind: str) -> int:
    return 128 if kind == "qwen3" else HIDDEN // HEADS  # the reader in transformers ignores another size for qwen3


def tiny_model(kind: str = "llama", tied: bool = True, seed: int = 0) -> Any:
    """Return a random model of transformers in float32."""
    import torch
    import transformers

    torch.manual_seed(seed)
    config = transformers.AutoConfig.for_model(
        kind, hidden_size=HIDDEN, intermediate_size=128, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        num_key_value_heads=KV_HEADS, head_dim=_head_size(kind), vocab_size=VOCABULARY, max_position_embeddings=128,
        tie_word_embeddings=tied,
    )  # fmt: skip
    model = getattr(transformers, _KINDS[kind])(config).float().eval()
    for name, weight in model.named_parameters():
        if "norm" not in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model


def tiny_tokenizer() -> Any:
    """Return a byte-level BPE tokenizer of VOCABULARY tokens, which splits texts as SmolLM2's does."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    letters = [*"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=()[]{}:,.+-*/_#'\"", "Ġ", "Ċ"]
    merges = [("a", "b"), ("c", "d"), ("Ġ", "Ġ"), ("ĠĠ", "ĠĠ"), ("Ġ", "=")]
    tokens = ["<|endoftext|>", *letters, *(left + right for left, right in merges)]
    tokens += [f"t{number}" for number in range(VOCABULARY - len(tokens))]
    built = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, merges))
    digits, whole = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    built.pre_tokenizer = pre_tokenizers.Sequence([digits, whole])
    built.decoder = decoders.ByteLevel()
    built.add_special_tokens([AddedToken("<|endoftext|>", special=True, normalized=False)])
    return built


def tiny_folder(folder: Path, model: Any) -> Path:
    """Write a model and its tokenizer as a folder in Hugging Face's layout."""
    model.config.eos_token_id = model.generation_config.eos_token_id = 0
    model.save_pretrained(folder)
    tiny_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def write_base(model: Any, path: Path, quantization: str = "F32", tokenizer: Path | None = None) -> Path:
    """Write a model as GGUF: the interleaving of query and key rows as llama.cpp's converter has it.

    `tokenizer` is the folder of a `tiny_folder`; without it the tokens are t0, t1 … and encode nothing.
    """
    import gguf

    config, kind = model.config, model.config.model_type
    writer = gguf.GGUFWriter(str(path), kind)
    writer.add_name("Tiny")
    writer.add_block_count(LAYERS)
    writer.add_context_length(128)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(128)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(_head_size(kind))
    writer.add_value_length(_head_size(kind))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_dimension_count(_head_size(kind))
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(VOCABULARY)
    writer.add_tokenizer_model("gpt2")
    _add_tokens(writer, tokenizer)
    for name, weight in model.state_dict().items():
        if name != "lm_head.weight" or not config.tie_word_embeddings:
            _add(writer, _gguf_name(name), weight.numpy().astype(np.float32), kind, quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokens(writer: Any, folder: Path | None) -> None:
    if folder is None:
        writer.add_token_list([f"t{number}" for number in range(VOCABULARY)])
        writer.add_token_types([1] * VOCABULARY)
        return
    data = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(sorted(data["vocab"], key=data["vocab"].get))
    writer.add_token_types([3, *[1] * (VOCABULARY - 1)])
    writer.add_token_merges([" ".join(one) for one in data["merges"]])
    writer.add_eos_token_id(0)


def _add(writer: Any, name: str, array: Any, kind: str, quantization: str) -> None:
    import gguf

    heads = {"attn_q": HEADS, "attn_k": KV_HEADS}.get(name.split(".")[-2])
    if kind == "llama" and heads:
        array = array.reshape(heads, 2, len(array) // heads // 2, *array.shape[1:]).swapaxes(1, 2).reshape(array.shape)
    chosen = gguf.GGMLQuantizationType[quantization if array.ndim > 1 else "F32"]
    writer.add_tensor(name, gguf.quantize(np.ascontiguousarray(array), chosen), raw_dtype=chosen)


def _gguf_name(name: str) -> str:
    outer = {"model.embed_tokens.weight": "token_embd", "model.norm.weight": "output_norm", "lm_head.weight": "output"}
    if name in outer:
        return f"{outer[name]}.weight"
    _, _, layer, rest = name.split(".", 3)
    module, _, part = rest.rpartition(".")
    return f"blk.{layer}.{_TENSORS[module]}.{part}"


def load(path: Path) -> Any:
    """Return the model that transformers reads from a GGUF file or a folder, in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    if path.is_dir():
        return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    return AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()


def adapted(model: Any, folder: Path, seed: int = 1, **settings: Any) -> Any:
    """Put a random LoRA on a model, save it to `folder` and return peft's model."""
    import torch
    from peft import LoraConfig, get_peft_model

    given: dict[str, Any] = {"r": 4, "lora_alpha": 8, "target_modules": list(ALL_LINEAR), **settings}
    wrapped = get_peft_model(model, LoraConfig(**given))
    torch.manual_seed(seed)
    for name, weight in wrapped.named_parameters():
        if "lora_" in name or "trainable_tokens" in name or "modules_to_save" in name:
            base = weight.data if "magnitude" in name else torch.zeros_like(weight)
            weight.data = base + 0.2 * torch.randn_like(weight).abs()
    wrapped.save_pretrained(str(folder))
    return wrapped
