"""A random model of the llama kind that is trained in a second, and data for it whose losses fall."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aigc_finetune.encode.shards import ShardWriter
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, parse_recipe

VOCABULARY = 96


def make_model(folder: Path, *, hidden: int = 32, layers: int = 2, inner: int = 64, tied: bool = True) -> Path:
    """Write a model of random weights as safetensors, with a tokenizer of single bytes; always the same one."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=tied,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words = {"<end>": 0, **{chr(31 + place): place for place in range(1, VOCABULARY)}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<end>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def make_data(run: RunFolder, *, samples: int = 48, longest: int = 60, seed: int = 3) -> None:
    """Write shards whose samples count upwards from a random token, so that the next one can be learnt."""
    rng = np.random.default_rng(seed)
    for split, count in (("train", samples), ("eval", 8)):
        writer = ShardWriter(run.data / split, 4096)
        trained = 0
        for _ in range(count):
            length = int(rng.integers(10, longest + 1))
            tokens = (int(rng.integers(VOCABULARY)) + np.arange(length)) % VOCABULARY
            mask = (rng.random(length) < 0.8).astype(np.uint8)
            writer.add(tokens.astype(np.int32), mask)
            trained += int(mask.sum())
        writer.finish({"template": None, "report": {"kinds": {"plain": count - 2, "psm-line": 2}, "trained": trained}})


def make_recipe(model: Path, **train: object) -> Recipe:
    """Return a recipe for a tiny run of ten steps."""
    settings = {
        "rank": 4, "alpha": 8.0, "batch_tokens": 256, "micro_tokens": 128, "max_steps": 10, "learning_rate": 0.01,
        "warmup": 0.0, "eval_steps": 5, "checkpoint_steps": 5, "precision": "fp32", **train,
    }  # fmt: skip
    return parse_recipe({"name": "tiny", "model": {"name": str(model)}, "train": settings})


def make_run(folder: Path, **train: object) -> tuple[Recipe, RunFolder]:
    """Return a recipe and a run's folder with its data, ready to be trained."""
    run = RunFolder(folder / "run")
    make_data(run)
    return make_recipe(make_model(folder / "model"), **train), run
