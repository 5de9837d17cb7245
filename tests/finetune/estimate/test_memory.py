"""The memory that is estimated is the memory that is taken: what autograd keeps, and what a process holds at most."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_finetune.recipe import TrainSection
from aigc_finetune.train.estimate.memory import (
    activations,
    choose_micro_tokens,
    estimate_memory,
    trained_parameters,
)
from aigc_finetune.train.estimate.shapes import Shape, config_shape
from aigc_models.types import AigcError
from train_helpers.tiny import make_data, make_model, make_recipe, make_run

_SHAPE = Shape(layers=28, hidden=3584, inner=18944, heads=28, groups=4, head=128, vocabulary=152064, tied=False)


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "lora", "rank": 8},
        {"method": "lora", "rank": 8, "dropout": 0.1},
        {"method": "dora", "rank": 8},
        {"method": "full"},
        {"method": "lora", "gradient_checkpointing": True},
    ],
    ids=["lora", "dropout", "dora", "full", "checkpointing"],
)
def test_activations_are_what_autograd_keeps(settings: dict[str, object], tmp_path: Path) -> None:
    import torch

    from aigc_finetune.encode.shards import ShardReader
    from aigc_finetune.layout import RunFolder
    from aigc_finetune.train.model import build
    from aigc_finetune.train.packing import pack

    recipe = make_recipe(make_model(tmp_path / "model", hidden=128, inner=384, layers=6), **settings)
    run = RunFolder(tmp_path / "run")
    make_data(run)
    network = build(recipe, torch.device("cpu"))
    if recipe.train.gradient_checkpointing:
        network.causal.gradient_checkpointing_enable({"use_reentrant": False})
    network.outer.train()
    row = pack(ShardReader(run.data / "train"), range(16), torch.device("cpu"))
    held = {one.untyped_storage().data_ptr() for one in network.outer.parameters()}
    kept: dict[int, int] = {}

    def pack_hook(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in held:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack_hook, lambda tensor: tensor):
        hidden = network.hidden(row)
    tokens = row.tokens.shape[1]
    shape = config_shape(network.causal.config.to_dict())
    found = activations(shape, recipe.train, tokens, 4)
    if recipe.train.gradient_checkpointing:  # the layer that is made again is not there yet
        found -= activations(shape, recipe.train.model_copy(update={"gradient_checkpointing": False}), tokens, 4) // 6
    assert hidden.requires_grad
    assert found == pytest.approx(sum(kept.values()), rel=0.25)


def test_trained_parameters_are_those_of_the_network(tmp_path: Path) -> None:
    import torch

    from aigc_finetune.train.model import build

    model = make_model(tmp_path / "model")
    shape = config_shape(json.loads((model / "config.json").read_text(encoding="utf-8")))
    for method in ("lora", "dora", "full"):
        recipe = make_recipe(model, method=method)
        network = build(recipe, torch.device("cpu"))
        found = sum(one.numel() for one in network.trained().values())
        assert trained_parameters(shape, recipe.train) == found


_TRAIN = """
import json, sys
from pathlib import Path
import torch
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import load_recipe
from aigc_finetune.train.loop import train
run = RunFolder(Path(sys.argv[1]))
print(json.dumps(train(load_recipe(run.recipe), run, resume=False).memory))
"""


@pytest.mark.timeout(600)
def test_the_peak_of_a_process_is_within_a_factor_of_two(tmp_path: Path) -> None:
    from aigc_finetune.recipe_text import save_recipe

    recipe, run = make_run(tmp_path, max_steps=1, batch_tokens=2048, micro_tokens=2048, eval_steps=0)
    wide = make_model(tmp_path / "wide", hidden=512, inner=2048, layers=8)
    recipe = recipe.model_copy(update={"model": recipe.model.model_copy(update={"name": str(wide)})})
    save_recipe(run.recipe, recipe)
    command = [sys.executable, "-c", _TRAIN, str(run.root)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment())
    measured = int(told.stdout.splitlines()[-1])
    shape = config_shape(json.loads((wide / "config.json").read_text(encoding="utf-8")))
    found = estimate_memory(shape, recipe.train, micro_tokens=2048, precision="fp32")
    assert found.total > 1.3 * found.process  # else the process alone would decide
    assert measured / 2 < found.total < measured * 2


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}


def test_each_method_takes_less_than_the_one_before() -> None:
    def total(**settings: object) -> int:
        section = TrainSection.model_validate(settings)
        return estimate_memory(_SHAPE, section, micro_tokens=4096, precision="bf16", device="cuda").total

    full, lora = total(method="full", gradient_checkpointing=True), total(method="lora", gradient_checkpointing=True)
    qlora = total(method="qlora", gradient_checkpointing=True)
    assert full > 100e9
    assert 16e9 < lora < 30e9
    assert 6e9 < qlora < 16e9
    assert total(method="lora") > 1.2 * lora
    assert total(method="lora", optimizer="paged_adamw8bit", gradient_checkpointing=True) < lora


def test_sharding_divides_the_blocks() -> None:
    section = TrainSection(method="full", gradient_checkpointing=True)
    one = estimate_memory(_SHAPE, section, micro_tokens=4096, precision="bf16", device="cuda")
    many = estimate_memory(
        _SHAPE, section, micro_tokens=4096, precision="bf16", device="cuda", processes=8, sharded=True
    )
    whole = _SHAPE.embeddings  # is in each process
    assert many.optimizer == 8 * (whole + (_SHAPE.parameters - whole) // 8)
    assert many.trained < one.trained / 3
    assert many.activations == one.activations


def test_a_pass_grows_with_what_is_free() -> None:
    section = TrainSection(method="qlora", gradient_checkpointing=True, batch_tokens=65536)

    def chosen(free: float) -> int:
        return choose_micro_tokens(
            _SHAPE, section, precision="bf16", longest=512, free=int(free), device="cuda", loaded=False
        )

    sizes = [chosen(free) for free in (11e9, 12e9, 16e9, 24e9)]
    assert sizes == sorted(sizes)
    assert sizes[0] >= 512
    assert sizes[-1] > 2 * sizes[0]
    for free, tokens in zip((12e9, 16e9, 24e9), sizes[1:], strict=True):
        memory = estimate_memory(_SHAPE, section, micro_tokens=tokens, precision="bf16", device="cuda")
        assert 0.6 * free < memory.total < free


def test_a_pass_is_no_larger_than_the_batch_and_no_smaller_than_a_sample() -> None:
    section = TrainSection(batch_tokens=1024)
    shape = Shape(2, 32, 64, 4, 2, 8, 96, True)
    assert choose_micro_tokens(shape, section, precision="fp32", longest=100, free=10**11) == 1024
    assert choose_micro_tokens(shape, section, precision="fp32", longest=100, free=10**11, processes=2) == 512
    assert choose_micro_tokens(shape, section, precision="fp32", longest=1500, free=10**11) == 1500


def test_what_does_not_fit_is_told_with_what_helps() -> None:
    with pytest.raises(AigcError, match=r"needs about .* GB and 8\.0 GB are free: set train\.gradient_checkpointing"):
        choose_micro_tokens(
            _SHAPE, TrainSection(), precision="bf16", longest=4096, free=8 * 10**9, device="cuda", loaded=False
        )
