"""A tiny random llama with a tokenizer, and shards of sequences that it can learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from aigc_finetune.layout import RunFolder  # noqa: E402
from aigc_finetune.recipe import Recipe, parse_recipe  # noqa: E402
from aigc_models.fim import FimTemplate  # noqa: E402

VOCABULARY = 97
TEMPLATE = FimTemplate(prefix="<t3>", suffix="<new>", middle="<t5>")


def write_base(folder: Path, *, tied: bool = True) -> Path:
    """Write a llama of two layers, always the same one."""
    from tokenizers import Tokenizer, models
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, tie_word_embeddings=tied,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words = {f"<t{place}>": place for place in range(VOCABULARY)}
    Tokenizer(models.WordLevel(words, unk_token="<t0>")).save(str(folder / "tokenizer.json"))
    return folder


def write_shards(run: RunFolder, *, train: int = 60, held_out: int = 10, all_trained: bool = False) -> None:
    """Write arithmetic sequences modulo the vocabulary, of 5 to 60 tokens; two thirds of the tokens are targets."""
    from aigc_finetune.encode.shards import ShardWriter

    random = np.random.default_rng(0)
    for split, count in (("train", train), ("eval", held_out)):
        writer = ShardWriter(run.data / split, 1000)
        for _ in range(count):
            length = int(random.integers(5, 60))
            tokens = (np.arange(length) * int(random.integers(1, 4)) + int(random.integers(0, VOCABULARY))) % VOCABULARY
            writer.add(tokens, np.ones(length) if all_trained else random.random(length) < 0.66)
        writer.finish({"template": asdict(TEMPLATE)})


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A model's folder."""
    return write_base(tmp_path / "base")


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run's folder with shards."""
    folder = RunFolder(tmp_path / "run")
    write_shards(folder)
    return folder


@pytest.fixture
def recipe(base: Path) -> Callable[..., Recipe]:
    """Make a recipe for the tiny model: keywords are of `train`, `model` is that table."""

    def make(model: dict[str, Any] | None = None, **train: Any) -> Recipe:
        section = {"rank": 4, "alpha": 8.0, "batch_tokens": 256, "micro_tokens": 128, "learning_rate": 1e-2, **train}
        return parse_recipe({"model": {"name": str(base), **(model or {})}, "train": section})

    return make
