"""Recovery and distillation use the training loop: a student nears its teacher, zeros stay, and a stop is made good."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

pytest.importorskip("torch")

import numpy as np
import torch

from aigc_finetune.compress.loss import Taught
from aigc_finetune.compress.magnitude import prune_magnitude
from aigc_finetune.compress.recovery import Teacher, distill, recover
from aigc_finetune.encode.shards import ShardReader, ShardWriter
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train.checkpoint import CheckpointError
from aigc_finetune.train.model import build
from aigc_finetune.train.packing import pack
from tests.models.engine.merging.tiny import load, tiny_folder, tiny_model


def data(root: Path) -> RunFolder:
    run = RunFolder(root)
    writer = ShardWriter(run.data / "train", 10_000)
    draw = np.random.default_rng(0)
    for _ in range(12):
        writer.add(draw.integers(1, 90, 24).astype(np.int32), np.ones(24, np.uint8))
    writer.finish({})
    return run


def recipe(model: Path, **train: Any) -> Recipe:
    settings = {
        "method": "full", "max_steps": 6, "batch_tokens": 96, "learning_rate": 0.003, "eval_steps": 0,
        "checkpoint_steps": 2, "precision": "fp32", "schedule": "constant", "warmup": 0.0, **train,
    }  # fmt: skip
    return Recipe.model_validate({"model": {"name": str(model)}, "train": settings})


@pytest.fixture
def student(tmp_path: Path) -> Path:
    return tiny_folder(tmp_path / "student", tiny_model("llama", seed=1))


@pytest.fixture
def teacher(tmp_path: Path) -> ModelRef:
    return ModelRef("wise", tiny_folder(tmp_path / "teacher", tiny_model("llama", seed=2)), "safetensors", None, "")


def test_the_mixed_loss_is_cross_entropy_and_divergence(tmp_path: Path, student: Path, teacher: ModelRef) -> None:
    run = data(tmp_path / "run")
    row = pack(ShardReader(run.data / "train"), [0, 1], torch.device("cpu"))
    network = build(recipe(student), torch.device("cpu"))
    wise = build(recipe(teacher.path), torch.device("cpu"))
    taught = Taught.of(network, wise, 0.25, 2.0)
    loss, plain = taught.loss(row, 0.1)
    loss.backward()
    logits = (network.hidden(row) @ network.head.T).detach()
    there = (wise.hidden(row) @ wise.head.T).detach()
    entropy = torch.nn.functional.cross_entropy(logits, row.targets, reduction="sum")
    p, q = torch.softmax(there / 2, -1), torch.log_softmax(logits / 2, -1)
    apart = (p * (p.log() - q)).sum() * 4
    assert float(loss) == pytest.approx(0.1 * float(0.75 * entropy + 0.25 * apart), rel=1e-4)
    assert float(plain) == pytest.approx(float(entropy), rel=1e-5)
    assert network.causal.model.layers[0].mlp.up_proj.weight.grad.abs().sum() > 0
    assert wise.causal.model.layers[0].mlp.up_proj.weight.grad is None


def apart(one: Path, other: Path) -> float:
    ids = torch.arange(1, 60)[None]
    with torch.no_grad():
        p, q = (torch.log_softmax(load(path)(ids).logits, -1) for path in (other, one))
    return float((p.exp() * (p - q)).sum(-1).mean())


def test_a_student_nears_its_teacher(tmp_path: Path, student: Path, teacher: ModelRef) -> None:
    run = data(tmp_path / "run")
    before = apart(student, teacher.path)
    result = distill(recipe(student, max_steps=30), run, Teacher(teacher, share=1.0))
    assert result.output == run.model
    assert apart(run.model, teacher.path) < 0.8 * before


def test_a_resumed_distillation_goes_on_and_keeps_its_teacher(tmp_path: Path, student: Path, teacher: ModelRef) -> None:
    whole, parts = data(tmp_path / "whole"), data(tmp_path / "parts")
    distill(recipe(student), whole, Teacher(teacher))
    distill(recipe(student, max_steps=4), parts, Teacher(teacher))
    with pytest.raises(CheckpointError, match=r"train\.teacher"):
        distill(recipe(student), parts, Teacher(teacher, temperature=3.0), resume=True)
    distill(recipe(student), parts, Teacher(teacher), resume=True)
    one, other = load(whole.model).state_dict(), load(parts.model).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_pruned_weights_stay_zero_while_the_others_recover(tmp_path: Path, student: Path) -> None:
    run = data(tmp_path / "run")
    prune_magnitude(ModelRef("s", student, "safetensors", None, ""), tmp_path / "pruned", sparsity=0.5, dtype="F32")
    result = recover(recipe(student), run, model=tmp_path / "pruned", keep_zeros=True)
    old, new = load(tmp_path / "pruned").state_dict(), load(run.model).state_dict()
    name = "model.layers.0.mlp.up_proj.weight"
    assert torch.equal(new[name] == 0, old[name] == 0)
    assert not torch.equal(new[name], old[name])
    assert result.step == 6


def test_what_does_not_fit_is_refused(tmp_path: Path, student: Path, teacher: ModelRef) -> None:
    run = data(tmp_path / "run")
    with pytest.raises(AigcError, match="only in full fine-tuning"):
        recover(recipe(student, method="lora"), run, keep_zeros=True)
    with pytest.raises(AigcError, match="share above 0"):
        distill(recipe(student), run, Teacher(teacher, share=0.0))
    other = tiny_model("llama")
    other.resize_token_embeddings(100, mean_resizing=False)
    wide = ModelRef("wide", tiny_folder(tmp_path / "wide", other), "safetensors", None, "")
    with pytest.raises(AigcError, match="vocabulary of 100 tokens"):
        distill(recipe(student), run, Teacher(wide))
