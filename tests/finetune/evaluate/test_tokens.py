"""Figures over samples: they are the model's own cross entropy, on what counts in the loss alone."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from aigc_finetune.encode.shards import ShardReader, ShardWriter
from aigc_finetune.evaluate.reading import said
from aigc_finetune.evaluate.tokens import token_figures
from aigc_models.types import AigcError
from tests.finetune.encode.helpers import CODE, small_tokenizer
from tests.finetune.evaluate.learnt import learn, untrained

TOKENS = small_tokenizer()


def shards(folder: Path, masks: list[int]) -> ShardReader:
    writer = ShardWriter(folder, 4096)
    ids = TOKENS.encode(CODE)
    for number, mask in enumerate(masks):
        part = np.array(ids[number * 40 : number * 40 + 40], dtype=np.int32)
        writer.add(part, np.full(40, mask, dtype=np.uint8))
    writer.finish({})
    return ShardReader(folder)


def test_the_loss_is_that_of_the_model_itself(tmp_path: Path) -> None:
    model, reader = untrained(TOKENS), shards(tmp_path, [1])
    found = token_figures(model, reader)
    ids = torch.tensor([reader.sample(0)[0].tolist()])
    with torch.no_grad():
        expected = model(input_ids=ids, labels=ids)
    right = (expected.logits[0, :-1].argmax(-1) == ids[0, 1:]).float().mean()
    assert found["loss"] == pytest.approx(float(expected.loss), rel=1e-5)
    assert found["perplexity"] == pytest.approx(math.exp(found["loss"]))
    assert found["accuracy"] == pytest.approx(float(right))
    assert found["tokens"] == 39


def test_what_does_not_count_in_the_loss_does_not_count_here(tmp_path: Path) -> None:
    model = untrained(TOKENS)
    both, one = shards(tmp_path / "a", [1, 0]), shards(tmp_path / "b", [1])
    assert token_figures(model, both)["loss"] == token_figures(model, one)["loss"]
    with pytest.raises(AigcError, match="no token that counts"):
        token_figures(model, shards(tmp_path / "c", [0, 0]))


def test_figures_get_better_by_training_and_the_mode_of_the_model_is_kept(tmp_path: Path) -> None:
    model, reader = untrained(TOKENS), shards(tmp_path, [1, 1, 1])
    before = token_figures(model, reader, samples=2)
    learn(model, [TOKENS.encode(CODE)], 30)
    model.train()
    after = token_figures(model, reader, samples=2)
    assert model.training
    assert after["samples"] == 2
    assert after["loss"] < before["loss"] - 1
    assert after["accuracy"] > before["accuracy"]


def test_what_is_said_does_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    model, ids = untrained(TOKENS), TOKENS.encode(CODE)[:70]
    whole = said(model, ids)
    monkeypatch.setattr("aigc_finetune.evaluate.reading._CHUNK", 16)
    parts = said(model, ids)
    assert (whole.best == parts.best).all()
    assert np.allclose(whole.logprob, parts.logprob)
