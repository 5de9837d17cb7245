"""Training on a GPU: each method learns, and what only a GPU does equals what a CPU does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe_text import save_recipe
from aigc_finetune.train.report.hooks import reporting
from aigc_finetune.train.report.log import read_history
from train_helpers.tiny import make_data, make_model, make_recipe


def _trained(folder: Path, model: Path, **settings: object) -> list[float]:
    """Train in `folder` and return the losses of the steps."""
    from aigc_finetune.train.loop import train

    run = RunFolder(folder)
    make_data(run)
    with reporting(run, quiet=True, tensorboard=False) as hooks:
        train(make_recipe(model, **settings), run, resume=False, hooks=hooks)
    return [loss for _, loss in read_history(run.log).train]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Give a model wide enough for 4-bit blocks and fused kernels."""
    return make_model(tmp_path / "model", hidden=128, inner=256)


@pytest.mark.parametrize(
    "settings",
    [
        {"precision": "bf16"},
        {"precision": "bf16", "method": "full", "learning_rate": 1e-3},
        {"precision": "bf16", "method": "dora", "gradient_checkpointing": True},
        {"precision": "bf16", "method": "qlora", "optimizer": "paged_adamw8bit"},
        {"precision": "bf16", "method": "lora", "optimizer": "adamw8bit"},
    ],
    ids=["bf16", "full", "dora", "qlora-paged", "8bit"],
)
def test_each_method_learns(settings: dict[str, object], tmp_path: Path, model: Path) -> None:
    if settings.get("optimizer", "adamw") != "adamw" or settings.get("method") == "qlora":
        pytest.importorskip("bitsandbytes")
    losses = _trained(tmp_path / "run", model, max_steps=20, schedule="constant", **settings)
    assert losses[-1] < losses[0] - 0.1


def test_bf16_starts_where_fp32_starts(tmp_path: Path, model: Path) -> None:
    half = _trained(tmp_path / "half", model, precision="bf16", max_steps=1)
    whole = _trained(tmp_path / "whole", model, precision="fp32", max_steps=1)
    assert half == pytest.approx(whole, rel=0.01)


def test_fsdp_on_one_gpu_equals_no_fsdp(tmp_path: Path, model: Path) -> None:
    settings: dict[str, object] = {"method": "full", "learning_rate": 1e-3, "precision": "fp32"}
    alone = _trained(tmp_path / "alone", model, **settings)
    run = RunFolder(tmp_path / "split")
    make_data(run)
    recipe_file = tmp_path / "split.toml"
    save_recipe(recipe_file, make_recipe(model, **settings))
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1",
        "-m", "aigc_finetune.distributed.run", str(recipe_file), str(run.root), "--parallel", "fsdp", "--quiet",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(command, check=True, env=environment, timeout=110)
    assert [loss for _, loss in read_history(run.log).train] == pytest.approx(alone, rel=1e-3)


@pytest.mark.parametrize("kind", ["float32", "bfloat16"])
def test_packed_attention_equals_attention_by_sample(kind: str) -> None:
    import torch

    from aigc_finetune.train.attention import packed_attention

    torch.manual_seed(1)
    lengths, heads, groups, size = (7, 64, 64, 129), 8, 2, 64
    total, dtype = sum(lengths), getattr(torch, kind)
    query = torch.randn(1, heads, total, size, device="cuda", dtype=dtype)
    key, value = (torch.randn(1, groups, total, size, device="cuda", dtype=dtype) for _ in range(2))
    found, _ = packed_attention(torch.nn.Identity(), query, key, value, None, segment_lengths=lengths)
    expected = []
    for q, k, v in zip(query.split(lengths, 2), key.split(lengths, 2), value.split(lengths, 2), strict=True):
        k, v = (one.repeat_interleave(heads // groups, 1).double() for one in (k, v))
        scores = q.double() @ k.transpose(2, 3) / size**0.5
        future = torch.ones(q.shape[2], q.shape[2], device="cuda", dtype=torch.bool).triu(1)
        expected.append((scores.masked_fill(future, -torch.inf).softmax(-1) @ v).transpose(1, 2))
    difference = (found.double() - torch.cat(expected, 1)).abs().max()
    assert float(difference) < (1e-4 if kind == "float32" else 2e-2)


def test_the_memory_estimate_is_within_a_factor_of_two(tmp_path: Path) -> None:
    import json

    from aigc_finetune.train.estimate.memory import estimate_memory
    from aigc_finetune.train.estimate.shapes import config_shape
    from aigc_finetune.train.loop import train

    model = make_model(tmp_path / "model", hidden=1024, inner=4096, layers=12)
    recipe = make_recipe(model, precision="bf16", max_steps=2, batch_tokens=2048, micro_tokens=2048, eval_steps=0)
    run = RunFolder(tmp_path / "run")
    make_data(run)
    measured = train(recipe, run, resume=False).memory
    shape = config_shape(json.loads((model / "config.json").read_text(encoding="utf-8")))
    found = estimate_memory(shape, recipe.train, micro_tokens=1700, precision="bf16", device="cuda")
    assert measured / 2 < found.total - found.process < measured * 2  # torch counts its own tensors alone
