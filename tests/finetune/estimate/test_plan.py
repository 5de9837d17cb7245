"""What a user is told before a run: the data there is, what fits, how long it takes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import TrainSection
from aigc_finetune.train.estimate import estimate
from aigc_finetune.train.estimate.shapes import Shape
from aigc_finetune.train.estimate.speed import token_operations
from aigc_models.types import AigcError
from train_helpers.tiny import make_run


def test_data_steps_and_memory_are_told(tmp_path: Path) -> None:
    recipe, run = make_run(tmp_path, max_steps=0, epochs=2.0)
    found = estimate(recipe, run)
    reader = ShardReader(run.data / "train")
    assert (found.data.samples, found.data.tokens) == (len(reader), int(reader.lengths.sum()))
    assert 0.7 < found.data.trained / found.data.tokens < 0.9
    assert found.data.kinds == {"plain": 46, "psm-line": 2}
    assert found.steps == pytest.approx(2 * found.data.tokens / 256, rel=0.25)
    assert (found.fits, found.micro_tokens, found.batch_tokens) == (True, 128, 256)
    assert list(found.by_micro.values()) == sorted(found.by_micro.values())
    assert found.seconds > 0
    assert not run.checkpoints.exists()
    json.dumps(asdict(found), allow_nan=False)


def test_the_text_names_what_matters(tmp_path: Path) -> None:
    recipe, run = make_run(tmp_path)
    text = "\n".join(estimate(recipe, run).lines())
    for part in ("48 samples", "46 plain, 2 psm-line", "lora trains", "Memory: about", "10 steps of 256 tokens"):
        assert part in text
    assert "does not fit" not in text


def test_memory_that_does_not_suffice_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import aigc_finetune.train.memory as device_memory

    recipe, run = make_run(tmp_path, micro_tokens=0)
    monkeypatch.setattr(device_memory, "free", lambda device: 10_000_000)
    found = estimate(recipe, run)
    assert not found.fits
    assert found.micro_tokens == found.data.longest
    assert "This does not fit" in found.lines()[-1]


def test_minutes_limit_the_steps(tmp_path: Path) -> None:
    recipe, run = make_run(tmp_path, max_steps=0, epochs=20.0, max_minutes=1e-6, eval_steps=0)
    found = estimate(recipe, run)
    assert found.seconds == pytest.approx(6e-5)
    assert 0 < found.steps_in_time < found.steps
    assert "0 s that the recipe gives" in "\n".join(found.lines())


def test_a_probe_runs_steps_and_leaves_nothing(tmp_path: Path) -> None:
    recipe, run = make_run(tmp_path)
    before = sorted(run.root.rglob("*"))
    found = estimate(recipe, run, probe=True)
    assert found.measured == "probe"
    assert found.tokens_per_second > 0
    assert sorted(run.root.rglob("*")) == before


def test_without_data_one_is_told_to_encode(tmp_path: Path) -> None:
    recipe, _ = make_run(tmp_path)
    with pytest.raises(AigcError, match="finetune encode"):
        estimate(recipe, RunFolder(tmp_path / "other"))


def test_the_operations_of_a_token() -> None:
    shape = Shape(layers=2, hidden=8, inner=16, heads=2, groups=2, head=4, vocabulary=10, tied=True)
    linear = 2 * (4 * 8 * 8 + 3 * 8 * 16)
    attention = 2 * 2 * 8 * 100 / 2
    full = token_operations(shape, TrainSection(method="full"), 100)
    assert full == 6 * (linear + 80 + attention)
    again = token_operations(shape, TrainSection(method="full", gradient_checkpointing=True), 100)
    assert again - full == 2 * (linear + attention)
    lora = token_operations(shape, TrainSection(rank=1, targets=("q_proj",)), 100)
    assert lora == 4 * (linear + 80) + 6 * attention + 6 * 2 * (8 + 8)
