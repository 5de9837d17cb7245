"""Weights split among two processes (FSDP2 over gloo) are trained as in one: losses, checkpoints, results."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from aigc_finetune.layout import RunFolder
from aigc_finetune.train import checkpoint
from aigc_finetune.train.loop import train
from aigc_finetune.train.report.hooks import reporting
from aigc_finetune.train.report.log import read_history
from train_helpers.tiny import make_run

from .launching import copy_run, launch


def _losses(run: RunFolder) -> list[float]:
    history = read_history(run.log)
    return [loss for _, loss in (*history.train, *history.eval)]


@pytest.mark.timeout(500)  # processes start slowly where others use the machine
@pytest.mark.parametrize(
    "settings",
    [
        {"method": "lora", "dropout": 0.0, "gradient_checkpointing": True},
        {"method": "full", "learning_rate": 1e-3, "weight_decay": 0.1, "ema": 0.5, "early_stopping": 4},
    ],
    ids=["lora", "full"],
)
def test_split_weights_train_as_whole_ones(settings: dict[str, object], tmp_path: Path) -> None:
    recipe, one = make_run(tmp_path, schedule="constant", **settings)
    two = copy_run(one, tmp_path / "two")
    with reporting(one, quiet=True, tensorboard=False) as hooks:
        train(recipe, one, resume=False, hooks=hooks)
    split = recipe.model_copy(update={"train": recipe.train.model_copy(update={"parallel": "fsdp"})})
    resumed = recipe.train.method == "full"
    if resumed:  # one process begins; two go on from its checkpoint, whose states they split
        short = split.model_copy(update={"train": split.train.model_copy(update={"max_steps": 5})})
        with reporting(two, quiet=True, tensorboard=False) as hooks:
            train(short, two, resume=False, hooks=hooks)
    launch(split, two, *(["--resume"] if resumed else []))
    assert len(_losses(one)) == 12
    assert _losses(two) == pytest.approx(_losses(one), rel=1e-4)
    result = "model/model.safetensors" if recipe.train.method == "full" else "adapter/adapter_model.safetensors"
    whole, other = load_file(one.root / result), load_file(two.root / result)
    assert whole.keys() == other.keys()
    if resumed:
        ours, theirs = (checkpoint.load(run.checkpoints / "step-00000010")[0] for run in (one, two))
        for file in ("weights", "optimizer", "average"):  # gathered whole
            for name, held in ours[file].items():
                torch.testing.assert_close(theirs[file][name], held, rtol=0.05, atol=0.01)
    for name, weight in whole.items():
        assert weight.shape == other[name].shape
        assert (weight.float() - other[name].float()).abs().max() < 0.02


def test_four_bits_are_not_split(tmp_path: Path) -> None:
    from aigc_finetune.distributed.sharding import shard
    from aigc_models.types import AigcError

    with pytest.raises(AigcError, match=r'train\.parallel = "data"'):
        shard(object(), "qlora", "fp32", torch.device("cpu"), 2)
