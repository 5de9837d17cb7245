"""The search: Optuna's tree-structured Parzen estimator over short trials, kept in the run's folder.

What is done survives a kill at any moment: trials stand in an SQLite file, a trial that was cut short goes on from its
checkpoint. The sampler is Bergstra et al. 2011 ("Algorithms for Hyper-Parameter Optimization"); a trial is pruned when
its loss on held-out data is above the median of the others at the same step.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from aigc_finetune.encode.shards import MANIFEST, ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.sweep.result import SweepResult, Trial
from aigc_finetune.sweep.space import Dimension, default_space, values_of, with_values
from aigc_finetune.sweep.trial import InterruptedSweep, TrialPlan, can_mix, clear_trial, run_trial
from aigc_finetune.train.loop import launched
from aigc_finetune.train.packing import StepPlan
from aigc_finetune.types import Progress
from aigc_models.types import AigcError

_STATES = {TrialState.COMPLETE: "done", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
_SHARE, _FEWEST, _MOST = 4, 10, 200  # a trial has a quarter of the steps, within these bounds


class SweepError(AigcError):
    """A search that cannot be done; the text says what to do."""


def sweep(
    recipe: Recipe,
    run: RunFolder,
    *,
    trials: int = 12,
    steps: int | None = None,
    minutes: float | None = None,
    trial_minutes: float = 0.0,
    seeds: Sequence[int] = (),
    space: Sequence[Dimension] | None = None,
    progress: Progress = lambda stage, fraction, text: None,
) -> SweepResult:
    """Search on a run's encoded data, and write `sweep/best.toml` and `sweep/trials.json` in its folder.

    `trials` counts those of an earlier search in the same folder; `steps` are those of a trial (None: a quarter of the
    recipe's); `minutes` limits the whole search, `trial_minutes` a trial. The first trial is the recipe itself, where
    it lies in the space. A signal ends the search after a step; what is done is kept, and the next call goes on. Other
    data, another recipe or another space begin a new search beside the old one.

    Raises:
        SweepError: no held-out data, several processes, or no trial that could be trained.
        AigcError: no encoded data.
    """
    if launched():
        raise SweepError("A search runs in one process: start it without torchrun or accelerate.")
    if not (run.data / "eval" / MANIFEST).is_file() or not len(ShardReader(run.data / "eval")):
        raise SweepError("A search compares losses on held-out data, and there is none: set collect.split to file.")
    reader = ShardReader(run.data / "train")
    whole = StepPlan(reader.lengths, recipe.train.batch_tokens or 4096, recipe.train.seed)
    total = recipe.train.max_steps or whole.steps_of(recipe.train.epochs)
    plan = TrialPlan(
        steps or min(max(total // _SHARE, _FEWEST), _MOST), trial_minutes, tuple(seeds) or (recipe.train.seed,)
    )
    dimensions = tuple(space) if space is not None else default_space(recipe, mixing=can_mix(run))
    return _Search(recipe, run, dimensions, plan, progress).run(trials, minutes)


class _Search:
    def __init__(
        self, recipe: Recipe, run: RunFolder, space: tuple[Dimension, ...], plan: TrialPlan, progress: Progress
    ) -> None:
        self._recipe, self._run, self._space, self._plan, self._progress = recipe, run, space, plan, progress
        self._folder = run.root / "sweep"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._study = self._open()

    def run(self, trials: int, minutes: float | None) -> SweepResult:
        """Do trials until there are `trials`, or the time is over, or a signal comes."""
        began, reason = time.monotonic(), "finished"
        for trial in self._unfinished():
            if self._spent(began, minutes):
                break
            if not self._do(trial, trials):
                return self._result("interrupted")
        while self._count() < trials:
            if self._spent(began, minutes):
                reason = "time"
                break
            if not self._do(self._study.ask(), trials):
                return self._result("interrupted")
        found = self._result(reason)
        if found.best_loss is None:
            why = "; ".join(dict.fromkeys(trial.reason for trial in found.trials if trial.reason))
            raise SweepError(f"No trial could be trained: {why or 'the time was over before the first one ended'}.")
        return found

    def _do(self, trial: optuna.Trial, trials: int) -> bool:
        """Do one trial and keep what came of it; return False where a signal ended it."""
        self._suggest(trial)
        text = ", ".join(f"{key.partition('.')[2]} {_short(value)}" for key, value in trial.params.items())
        aside = self._folder / self._study.study_name / f"trial-{trial.number:04d}"
        try:
            self._progress("sweep", trial.number / max(1, trials), f"trial {trial.number + 1} of {trials}: {text}")
            loss = run_trial(trial, self._recipe, self._run, aside, self._plan, self._progress)
        except (InterruptedSweep, KeyboardInterrupt):
            return False
        except optuna.TrialPruned:
            self._study.tell(trial, state=TrialState.PRUNED)
        except AigcError as error:
            trial.set_user_attr("reason", str(error))
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            self._study.tell(trial, loss)
        clear_trial(aside)
        self._result("unfinished")
        return True

    def _suggest(self, trial: optuna.Trial) -> None:
        for one in self._space:
            if one.choices:
                trial.suggest_categorical(one.key, one.choices)
            else:
                trial.suggest_float(one.key, one.low, one.high, log=True)

    def _open(self) -> optuna.Study:
        from sqlalchemy.engine import URL

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        path = self._folder / "trials.sqlite"
        url = URL.create("sqlite", database=str(path.resolve())).render_as_string()
        name = self._name()
        storage = optuna.storages.RDBStorage(url, engine_kwargs={"connect_args": {"timeout": 60}})
        known = name in {one.study_name for one in storage.get_all_studies()}
        # A sampler does not keep its state: seeded by the trials so far, a resumed search draws new points.
        done = len(optuna.load_study(study_name=name, storage=storage).trials) if known else 0
        study = optuna.create_study(
            storage=storage,
            study_name=name,
            direction="minimize",
            load_if_exists=True,
            sampler=optuna.samplers.TPESampler(seed=self._recipe.train.seed * 1000 + done, n_startup_trials=5),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=max(1, self._plan.steps // 4)),
        )
        own = values_of(self._recipe, self._space)
        if not done and all(own[one.key] in one.choices for one in self._space if one.choices):
            study.enqueue_trial(own)
        return study

    def _name(self) -> str:
        """Return a name that changes with whatever makes losses incomparable."""
        data = b"".join((self._run.data / split / MANIFEST).read_bytes() for split in ("train", "eval"))
        facts = repr((self._recipe.digest("model", "augment", "encode", "train"), self._space, self._plan)).encode()
        return hashlib.sha256(data + facts).hexdigest()[:16]

    def _unfinished(self) -> list[optuna.Trial]:
        """Return the trials that a kill or a signal cut short."""
        cut = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return [optuna.Trial(self._study, one._trial_id) for one in cut]

    def _count(self) -> int:
        return len(self._study.get_trials(deepcopy=False, states=tuple(_STATES)))

    @staticmethod
    def _spent(began: float, minutes: float | None) -> bool:
        return minutes is not None and time.monotonic() - began >= minutes * 60

    def _result(self, reason: str) -> SweepResult:
        """Return what there is so far, and write it."""
        done = self._study.get_trials(deepcopy=False)
        held = tuple(_told(one) for one in done if one.state != TrialState.WAITING)
        finished = [one for one in held if one.state == "done" and one.loss is not None]
        best = min(finished, key=lambda one: one.loss or 0.0, default=None)
        values = values_of(self._recipe, self._space)
        own = next((one for one in finished if one.values == values), None)
        found = SweepResult(
            with_values(self._recipe, best.values) if best is not None else self._recipe,
            best.loss if best is not None else None, own.loss if own is not None else None, held, reason,
            self._folder / "best.toml",
        )  # fmt: skip
        if best is not None:
            found.write(self._folder / "trials.json")
        return found


def _told(one: FrozenTrial) -> Trial:
    last = one.intermediate_values[max(one.intermediate_values)] if one.intermediate_values else None
    loss = one.value if one.state == TrialState.COMPLETE else last
    steps = int(one.user_attrs.get("steps", max(one.intermediate_values, default=0)))
    return Trial(one.number, _STATES.get(one.state, "open"), one.params, loss, steps, one.user_attrs.get("reason", ""))


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
