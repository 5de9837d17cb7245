"""Two processes train what one trains: the same losses, the same adapter; only rank 0 writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from safetensors.torch import load_file

from aigc_finetune.distributed.run import main
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe_text import save_recipe
from aigc_finetune.train.loop import train
from aigc_finetune.train.report.hooks import reporting
from aigc_finetune.train.report.log import read_history, read_log
from train_helpers.tiny import make_run

from .launching import copy_run, launch

pytestmark = pytest.mark.timeout(500)  # processes start slowly where others use the machine


def losses(run: RunFolder) -> list[float]:
    """Return the losses of a run's steps and evaluations."""
    history = read_history(run.log)
    return [loss for _, loss in (*history.train, *history.eval)]


def test_two_processes_equal_one(tmp_path: Path) -> None:
    recipe, one = make_run(tmp_path)
    two = copy_run(one, tmp_path / "two")
    with reporting(one, quiet=True, tensorboard=False) as hooks:
        train(recipe, one, resume=False, hooks=hooks)
    told = launch(recipe, two)
    assert len(losses(one)) == 12
    assert losses(two) == pytest.approx(losses(one), rel=1e-4)
    weights = [load_file(run.adapter / "adapter_model.safetensors") for run in (one, two)]
    assert weights[0].keys() == weights[1].keys()
    for name, weight in weights[0].items():  # in bf16
        assert (weight.float() - weights[1][name].float()).abs().max() < 0.01
    assert next(read_log(two.log))["processes"] == 2
    assert [entry["step"] for entry in read_log(two.log) if entry["event"] == "step"] == list(range(1, 11))
    assert told.stderr.count("× 2 processes") == 1


def test_what_is_wrong_is_told_by_each_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe, _ = make_run(tmp_path)
    save_recipe(tmp_path / "tiny.toml", recipe)
    monkeypatch.setenv("RANK", "1")  # no group is joined before there is data
    assert main([str(tmp_path / "tiny.toml"), str(tmp_path / "empty")]) == 1
    told = " ".join(capsys.readouterr().err.split())
    assert "rank 1: " in told
    assert "finetune encode" in told
