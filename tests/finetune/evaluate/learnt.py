"""A tiny llama that has learnt one text by heart in a few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from aigc_finetune.encode.tokenizer import Tokenizer


def untrained(tokenizer: Tokenizer, seed: int = 3) -> Any:
    """Return a model of two layers with random weights, always the same ones."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=tokenizer.size, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=1024, tie_word_embeddings=True, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return LlamaForCausalLM(config).eval()


def learn(model: Any, texts: Sequence[Sequence[int]], steps: int) -> None:
    """Train on whole texts, one after the other."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    model.train()
    for step in range(steps):
        ids = torch.tensor([list(texts[step % len(texts)])])
        model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
