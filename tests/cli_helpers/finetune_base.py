"""A base model of 20,000 random weights whose tokens are bytes, and a project to train it on in seconds."""

from __future__ import annotations

from pathlib import Path


def tiny_base(folder: Path) -> Path:
    """Write a random llama model with its tokenizer as a folder of safetensors, and return the folder."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM

    end = "<|endoftext|>"
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={byte: number for number, byte in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([end])
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=len(alphabet) + 1, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=4096, tie_word_embeddings=True, eos_token_id=len(alphabet),
        bos_token_id=None,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def project(folder: Path, files: int = 10) -> Path:
    """Write modules that are alike but not equal, and one that is not to be taken; return the folder."""
    folder.mkdir(parents=True)
    for number in range(files):
        name = "abcdefghijklmnopqrstuvwxyz"[number]
        (folder / f"{name}_prices.py").write_text(
            f'"""Prices of {name * 3}."""\n\n\n'
            + "\n\n\n".join(
                f"def {name}_price_{step}(count, {name}_rate):\n"
                f'    """Return what {step} of {name} cost."""\n'
                f"    total_{name} = count * {name}_rate + {number * 17 + step}\n"
                f"    return round(total_{name}, {step})"
                for step in range(4)
            )
            + "\n"
        )
    (folder / "minified.py").write_text("x = [" + "1," * 3000 + "]\n")
    return folder
