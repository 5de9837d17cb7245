"""A search keeps what is done, goes on after a kill, and returns a recipe that is no worse than the first."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, load_recipe
from aigc_finetune.recipe_text import save_recipe
from aigc_finetune.sweep.search import SweepError, sweep
from aigc_finetune.sweep.space import Dimension
from train_helpers.tiny import make_run

_RATES = (Dimension("train.learning_rate", choices=(1e-5, 1e-3, 2e-2)), Dimension("train.rank", choices=(2, 4)))


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[Recipe, RunFolder]:
    """Give a recipe whose learning rate is far too low, and its run."""
    return make_run(tmp_path / "a run#1", learning_rate=1e-5)


def test_the_best_recipe_is_better_than_one_with_a_bad_rate(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny
    told: list[str] = []
    found = sweep(recipe, run, trials=6, steps=6, space=_RATES, progress=lambda stage, part, text: told.append(text))
    assert found.reason == "finished"
    assert len(found.trials) == 6
    assert found.trials[0].values == {"train.learning_rate": 1e-5, "train.rank": 4}
    assert found.best_loss is not None
    assert found.own_loss is not None
    assert found.best_loss < found.own_loss - 0.05
    assert found.best.train.learning_rate == 2e-2
    assert found.best.train.max_steps == recipe.train.max_steps
    assert load_recipe(run.root / "sweep" / "best.toml") == found.best
    assert len(json.loads((run.root / "sweep" / "trials.json").read_text(encoding="utf-8"))["trials"]) == 6
    columns, rows = found.table()
    assert columns == ["trial", "state", "held-out loss", "steps", "learning_rate", "rank"]
    assert rows[0][2] == f"{found.best_loss:.4g}"
    assert told[0] == "trial 1 of 6: learning_rate 1e-05, rank 4"
    assert not list(run.root.rglob("checkpoints"))
    assert not run.checkpoints.exists()


def test_a_signal_keeps_what_is_done_and_the_search_goes_on(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny

    def interrupt(stage: str, part: float | None, text: str) -> None:
        if text.startswith("trial 3"):
            raise KeyboardInterrupt

    first = sweep(recipe, run, trials=4, steps=4, space=_RATES, progress=interrupt)
    assert first.reason == "interrupted"
    assert [trial.state for trial in first.trials] == ["done", "done", "open"]
    second = sweep(recipe, run, trials=4, steps=4, space=_RATES)
    assert second.reason == "finished"
    assert [trial.number for trial in second.trials] == [0, 1, 2, 3]
    assert second.trials[:2] == first.trials[:2]
    assert second.trials[2].values == first.trials[2].values
    assert "open" not in {trial.state for trial in second.trials}


_KILLED = """
import os, signal, sys
from pathlib import Path
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import load_recipe
from aigc_finetune.sweep import search, trial
from aigc_finetune.sweep.space import Dimension
told = trial._Report.on_eval
def on_eval(self, step, loss):
    told(self, step, loss)
    if self._trial.number == 1 and step >= 3:
        os.kill(os.getpid(), signal.SIGKILL)
trial._Report.on_eval = on_eval
run = RunFolder(Path(sys.argv[1]))
space = (Dimension("train.learning_rate", choices=(1e-5, 1e-3, 2e-2)), Dimension("train.rank", choices=(2, 4)))
search.sweep(load_recipe(run.recipe), run, trials=3, steps=6, space=space)
"""


def test_a_killed_search_goes_on_with_the_trial_that_was_cut(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny
    save_recipe(run.recipe, recipe)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(run.root)], check=False, env=environment)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(run.root.glob("sweep/*/trial-0001/seed-1/checkpoints/step-*"))) == 1
    found = sweep(recipe, run, trials=3, steps=6, space=_RATES)
    assert [trial.state for trial in found.trials].count("open") == 0
    assert len(found.trials) == 3
    assert found.trials[1].steps in range(1, 7)


def test_a_hopeless_trial_is_pruned(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny
    good = recipe.model_copy(update={"train": recipe.train.model_copy(update={"learning_rate": 2e-2})})
    space = (Dimension("train.learning_rate", choices=(1e-7, 1e-2, 2e-2, 3e-2)),)
    found = sweep(good, run, trials=8, steps=10, space=space)
    pruned = [trial for trial in found.trials if trial.state == "pruned"]
    assert pruned
    assert all(trial.steps < 10 for trial in pruned)
    assert found.best_loss is not None
    assert all(trial.loss is not None and trial.loss > found.best_loss for trial in pruned)


def test_seeds_are_averaged(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny
    space = (Dimension("train.learning_rate", choices=(1e-5, 2e-2)),)
    alone = [sweep(recipe, run, trials=1, steps=2, seeds=(seed,), space=space).own_loss for seed in (1, 2)]
    both = sweep(recipe, run, trials=1, steps=2, seeds=(1, 2), space=space).own_loss
    assert both == pytest.approx(sum(loss for loss in alone if loss is not None) / 2)


def test_time_ends_a_search(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny
    with pytest.raises(SweepError, match="the time was over"):
        sweep(recipe, run, trials=3, steps=2, minutes=0.0, space=_RATES)
    assert len(sweep(recipe, run, trials=1, steps=2, space=_RATES).trials) == 1
    found = sweep(recipe, run, trials=9, steps=2, minutes=0.0, space=_RATES)
    assert (found.reason, len(found.trials)) == ("time", 1)


def test_trials_that_cannot_be_trained_are_told(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny
    space = (Dimension("train.targets", choices=(("no_proj",),)),)
    with pytest.raises(SweepError, match="no layers named no_proj"):
        sweep(recipe, run, trials=2, steps=2, space=space)


def test_without_held_out_data_there_is_no_search(tiny: tuple[Recipe, RunFolder]) -> None:
    recipe, run = tiny
    (run.data / "eval" / "manifest.json").unlink()
    with pytest.raises(SweepError, match=r"collect\.split"):
        sweep(recipe, run, trials=1)


def test_several_processes_do_not_search(tiny: tuple[Recipe, RunFolder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(SweepError, match="one process"):
        sweep(*tiny, trials=1)
