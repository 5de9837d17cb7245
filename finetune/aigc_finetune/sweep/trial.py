"""One trial: a short training of a changed recipe, in a folder of its own below the run's."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna

from aigc_finetune.encode.shards import MANIFEST
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.sweep.space import with_values
from aigc_finetune.train.hooks import BaseHook
from aigc_finetune.train.loop import train
from aigc_finetune.types import Progress

_EVALUATIONS = 5  # in a trial: as often it may be pruned


class InterruptedSweep(Exception):  # noqa: N818 - no error: the user asked for it
    """A signal ended a trial; its checkpoint is there, and the trial goes on when the search does."""


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """What each trial has: steps, minutes (0: no limit), and the seeds that its loss is averaged over."""

    steps: int
    minutes: float
    seeds: tuple[int, ...]


class _Report(BaseHook):
    """Tell optuna the losses of the first seed; end the training where others were better at the same step."""

    def __init__(self, trial: optuna.Trial) -> None:
        self._trial = trial

    def on_eval(self, step: int, loss: float) -> None:
        """Report a loss.

        Raises:
            optuna.TrialPruned: it is worse than the median of the other trials at this step.
        """
        self._trial.report(loss, step)
        if self._trial.should_prune():
            raise optuna.TrialPruned(f"at step {step}")


def run_trial(
    trial: optuna.Trial, recipe: Recipe, run: RunFolder, aside: Path, plan: TrialPlan, progress: Progress
) -> float:
    """Train a trial's recipe for each seed, going on from checkpoints that are there; return the mean loss in nats.

    `aside` is the trial's own folder.

    Raises:
        InterruptedSweep: a signal came.
        optuna.TrialPruned: others were better.
        AigcError: it cannot be trained; the text says why.
    """
    changed = with_values(recipe, trial.params)
    data = trial_data(changed, recipe, run, progress)
    losses: list[float] = []
    for place, seed in enumerate(plan.seeds):
        folder = RunFolder(aside / f"seed-{seed}")
        _link(data, folder)
        hooks = [_Report(trial)] if place == 0 else []
        result = train(_short(changed, plan, seed), folder, resume=True, hooks=hooks)
        if result.reason == "interrupted":
            raise InterruptedSweep
        if result.best_eval_loss is not None:
            losses.append(result.best_eval_loss)
        trial.set_user_attr("steps", result.step)
    return sum(losses) / len(losses)


def clear_trial(aside: Path) -> None:
    """Remove what a finished trial leaves in its folder."""
    for folder in aside.glob("seed-*"):
        one = RunFolder(folder)
        for path in (one.checkpoints, one.adapter, one.model):
            shutil.rmtree(path, ignore_errors=True)
        with contextlib.suppress(OSError):
            one.data.unlink()
            folder.rmdir()
    with contextlib.suppress(OSError):
        aside.rmdir()


def trial_data(changed: Recipe, recipe: Recipe, run: RunFolder, progress: Progress) -> RunFolder:
    """Return the folder whose `data` a trial trains on: the run's own, or one with samples made by other rates.

    Whatever the rates, the held-out samples are those of the run, so that losses can be compared.
    """
    if changed.digest("augment", "encode") == recipe.digest("augment", "encode"):
        return run
    from aigc_finetune import pipeline

    made = RunFolder(run.root / "sweep" / f"data-{changed.digest('model', 'augment', 'encode')[:16]}")
    if not made.corpus.exists():
        made.root.mkdir(parents=True, exist_ok=True)
        made.corpus.symlink_to(os.path.relpath(run.corpus, made.root), target_is_directory=True)
    pipeline.encode(changed, made, progress)
    mixed = RunFolder(made.root / "mixed")
    mixed.data.mkdir(parents=True, exist_ok=True)
    for split, source in (("train", made), ("eval", run)):
        link = mixed.data / split
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(source.data / split, mixed.data), target_is_directory=True)
    return mixed


def can_mix(run: RunFolder) -> bool:
    """Say whether samples can be made anew: the corpus is there."""
    return (run.corpus / "train.jsonl").is_file() and (run.data / "eval" / MANIFEST).is_file()


def _link(data: RunFolder, folder: RunFolder) -> None:
    folder.root.mkdir(parents=True, exist_ok=True)
    if not folder.data.is_symlink():
        folder.data.symlink_to(os.path.relpath(data.data, folder.root), target_is_directory=True)


def _short(recipe: Recipe, plan: TrialPlan, seed: int) -> Recipe:
    """Return the recipe as a trial trains it: its whole schedule within the trial's steps."""
    often = max(1, plan.steps // _EVALUATIONS)
    limits: dict[str, Any] = {
        "max_steps": plan.steps,
        "max_minutes": plan.minutes,
        "eval_steps": often,
        "checkpoint_steps": often,
        "keep_checkpoints": 1,
        "early_stopping": 0,
        "seed": seed,
    }
    return recipe.model_copy(update={"train": recipe.train.model_copy(update=limits)})
