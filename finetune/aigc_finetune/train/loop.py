"""The training loop: from shards to an adapter, with checkpoints on the way."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from aigc_finetune.distributed import sharding
from aigc_finetune.encode.shards import MANIFEST, ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train import checkpoint, memory
from aigc_finetune.train.checkpoint import CheckpointError
from aigc_finetune.train.estimate.memory import choose_micro_tokens
from aigc_finetune.train.estimate.shapes import config_shape
from aigc_finetune.train.evaluation import evaluation_loss
from aigc_finetune.train.finish import fim_template, write_adapter, write_model
from aigc_finetune.train.hooks import StartFacts, StepFacts, TrainHook, TrainResult
from aigc_finetune.train.model import Network, build
from aigc_finetune.train.optimizer import Average, build_optimizer
from aigc_finetune.train.packing import StepPlan
from aigc_finetune.train.schedule import factor
from aigc_finetune.train.state import Standing, check_stamp, dump, parse, stamp
from aigc_finetune.train.step import Outcome, Stepper
from aigc_finetune.train.stop import StopRequest
from aigc_finetune.train.world import World, join
from aigc_models.types import AigcError

_BEST = "best"


def train(recipe: Recipe, run: RunFolder, *, resume: bool, hooks: Sequence[TrainHook] = ()) -> TrainResult:
    """Train what a recipe says on the shards in `run.data`, and write `run.adapter` (full fine-tuning: `run.model`).

    With `resume` it goes on from the last whole checkpoint, exactly as if it had not stopped; a run that has none
    begins, and one that is at its end writes its result again. SIGINT and SIGTERM end it after the step that runs,
    with a checkpoint. Under `torchrun` or `accelerate launch` each process calls this; rank 0 writes.

    Raises:
        AigcError: no data, a model that cannot be trained, settings that changed since the checkpoint, a disk that is
            full, a loss that is no number; the text says what to do.
    """
    reader = ShardReader(run.data / "train")
    if not resume and checkpoint.complete(run.checkpoints):
        raise CheckpointError(
            f"{run.checkpoints} holds checkpoints of an earlier run: go on with --resume, or use another folder."
        )
    world = join()
    try:
        return _Loop(recipe, run, reader, world, hooks if world.main else ()).run(resume)
    finally:
        world.leave()


class _Loop:
    def __init__(
        self, recipe: Recipe, run: RunFolder, reader: ShardReader, world: World, hooks: Sequence[TrainHook]
    ) -> None:
        self._recipe, self._section, self._run = recipe, recipe.train, run
        self._reader, self._lengths, self._world, self._hooks = reader, reader.lengths, world, hooks
        has_eval = (run.data / "eval" / MANIFEST).is_file()
        self._held_out = ShardReader(run.data / "eval") if has_eval and self._section.eval_steps else None
        if self._held_out is not None and not len(self._held_out):
            self._held_out = None
        if self._section.method != "full":
            fim_template(recipe, run)  # what the adapter will not be able to say ends the run here, not after it
        self._network: Network = build(recipe, world.device)
        if self._section.gradient_checkpointing:
            self._network.causal.gradient_checkpointing_enable({"use_reentrant": False})
        self._network.outer.train()
        if self._section.parallel == "fsdp" and world.grouped:
            sharding.shard(
                self._network.causal, self._section.method, self._network.precision, world.device, world.size
            )
            self._network.split = True
        self._trained = self._network.trained()
        self._optimizer = build_optimizer(self._section, self._trained)
        self._average = Average(self._section.ema, self._trained) if self._section.ema else None
        self._standing = Standing()
        self._stamp = stamp(recipe, run)
        self._batch, self._row = self._section.batch_tokens, 0
        self._saved: Path | None = None

    def run(self, resume: bool) -> TrainResult:
        """Train to the end, or to a signal."""
        if resume:
            self._restore()
        row = self._section.micro_tokens or self._world.least(self._fitting_row())
        self._batch = self._batch or int(self._world.from_main(max(4096, row * self._world.size)))
        self._plan = StepPlan(self._lengths, self._batch, self._section.seed)
        self._total = self._section.max_steps or self._plan.steps_of(self._section.epochs)
        self._stepper = Stepper(
            self._section, self._network, self._optimizer, self._average, self._world, min(row, self._batch)
        )
        for hook in self._hooks:
            hook.on_start(self._start_facts())
        with StopRequest() as request:
            reason = self._steps(request)
        return self._end(reason)

    def _fitting_row(self) -> int:
        """Return how many tokens fit a forward pass; a sample that may not fit is tried all the same.

        A resumed run keeps what it had, as long as that fits: another cut into passes would drop other numbers out.
        """
        longest, device = int(self._lengths.max()), self._world.device
        try:
            fitting = choose_micro_tokens(
                config_shape(self._network.causal.config.to_dict()), self._section, precision=self._network.precision,
                longest=longest, free=memory.free(device) // self._world.sharing,
                device="cuda" if device.type == "cuda" else "cpu", processes=self._world.size,
                sharded=self._network.split,
            )  # fmt: skip
        except AigcError:
            return longest
        return min(self._row, fitting) if self._row >= longest else fitting

    def _steps(self, request: StopRequest) -> str:
        standing, section = self._standing, self._section
        before, began = standing.seconds, time.monotonic()
        while True:
            standing.seconds = before + time.monotonic() - began
            seconds = self._world.from_main(standing.seconds) if section.max_minutes else standing.seconds
            timed = seconds / (60 * section.max_minutes) if section.max_minutes else 0.0
            if reason := self._over(timed):
                self._evaluate()
                self._save()
                return reason
            rate = section.learning_rate * factor(section, max((standing.step + 0.5) / self._total, timed))
            started = time.monotonic()
            done = self._stepper.step(
                self._reader, self._lengths, self._plan.samples(standing.step), standing.step, rate
            )
            standing.take(done.loss, done.tokens, done.targets)
            standing.seconds = before + time.monotonic() - began
            self._tell(done, rate, time.monotonic() - started, timed)
            if section.eval_steps and standing.step % section.eval_steps == 0:
                self._evaluate()
            if self._world.sum([float(request.asked)])[0]:
                self._save()
                return "interrupted"
            if standing.step % section.checkpoint_steps == 0:
                standing.seconds = before + time.monotonic() - began
                self._save()

    def _over(self, timed: float) -> str:
        if self._section.early_stopping and self._standing.waited >= self._section.early_stopping:
            return "early"
        if self._standing.step >= self._total:
            return "finished"
        return "time" if timed >= 1.0 else ""

    def _evaluate(self) -> None:
        """Measure the held-out loss, once for a step, with the averaged weights where there are any."""
        standing = self._standing
        if self._held_out is None or standing.evaluated == standing.step:
            return
        if self._average is not None:
            self._average.swap()
        loss = evaluation_loss(self._network, self._held_out, self._stepper.row, self._world)
        better = standing.judge(loss)
        if better and self._section.early_stopping:
            self._keep_best()
        if self._average is not None:
            self._average.swap()
        for hook in self._hooks:
            hook.on_eval(standing.step, loss)

    def _keep_best(self) -> None:
        weights = sharding.gather(self._trained, self._world.main)
        if self._world.main:
            step = {"step.json": self._standing.step}
            checkpoint.write_whole(self._run.checkpoints / _BEST, {"weights": weights}, step)

    def _save(self) -> None:
        """Write a checkpoint, unless the one of this step is there."""
        place = self._run.checkpoints / f"step-{self._standing.step:08d}"
        main = self._world.main
        if self._saved != place and (main or self._network.split):
            tensors, values = checkpoint.flatten_optimizer(self._optimizer)
            files = {"weights": sharding.gather(self._trained, main), "optimizer": sharding.gather(tensors, main)}
            if self._average is not None:
                files["average"] = sharding.gather(self._average.held, main)
        if self._saved != place and main:
            state = dump(self._standing, self._stamp, optimizer=values, batch_tokens=self._batch, row=self._stepper.row)
            checkpoint.save(self._run.checkpoints, self._standing.step, files, state, self._section.keep_checkpoints)
            for hook in self._hooks:
                hook.on_checkpoint(place)
        self._saved = place
        self._world.wait()

    def _restore(self) -> None:
        found = checkpoint.complete(self._run.checkpoints)
        if not found:
            return
        path = found[-1][1]
        tensors, state = checkpoint.load(path)
        if missing := {"weights", "optimizer"} - tensors.keys():
            raise CheckpointError(f"The checkpoint {path} lacks {', '.join(sorted(missing))}: remove it, then resume.")
        self._standing = parse(state, path)
        check_stamp(state["stamp"], self._stamp, path)
        self._put(tensors["weights"], path)
        states = sharding.scatter_states(self._optimizer, tensors["optimizer"])
        checkpoint.restore_optimizer(self._optimizer, states, state["optimizer"])
        if self._average is not None:
            for name, one in self._average.held.items():
                one.copy_(sharding.like(one, tensors["average"][name]))
        self._batch, self._row = int(state["batch_tokens"]), int(state.get("row", 0))
        self._saved = path
        if self._section.early_stopping and not (self._run.checkpoints / _BEST).is_dir():
            self._standing.best, self._standing.waited = None, 0  # whose weights nobody kept

    def _put(self, weights: dict[str, torch.Tensor], path: Path) -> None:
        if weights.keys() != self._trained.keys():
            raise CheckpointError(f"{path} holds other weights than the recipe trains: start anew in another folder.")
        with torch.no_grad():
            for name, one in self._trained.items():
                one.copy_(sharding.like(one, weights[name]))

    def _end(self, reason: str) -> TrainResult:
        standing = self._standing
        output = None
        if reason != "interrupted":
            self._take_best()
            output = self._write()
            self._world.wait()
        result = TrainResult(
            standing.step, reason, sum(standing.losses) / max(1, len(standing.losses)), standing.eval_loss,
            standing.best, standing.seconds, standing.tokens, standing.trained_tokens, memory.peak(self._world.device),
            output, self._saved, self._network.notes,
        )  # fmt: skip
        for hook in self._hooks:
            hook.on_end(result)
        return result

    def _write(self) -> Path | None:
        """Write the result, in the main process; all of them gather it."""
        if self._section.method != "full":
            return write_adapter(self._recipe, self._run, self._network) if self._world.main else None
        weights = sharding.gather(self._network.causal.state_dict(), self._world.main)
        return write_model(self._run, self._network, weights) if self._world.main else None

    def _take_best(self) -> None:
        """Put the weights into the network that are to be kept: the best ones, the average, or the last ones."""
        best = self._run.checkpoints / _BEST
        # Without an evaluation of this run, what lies there is another's.
        if self._section.early_stopping and self._standing.best is not None and best.is_dir():
            self._put(checkpoint.load(best, "step.json")[0]["weights"], best)
        elif self._average is not None:
            self._average.swap()

    def _start_facts(self) -> StartFacts:
        section, causal = self._section, self._network.causal
        return StartFacts(
            self._standing.step, self._total, section.max_minutes, section.method, self._network.precision,
            str(self._world.device), self._world.size, sum(one.numel() for one in self._trained.values()),
            sum(one.numel() for one in causal.parameters()), len(self._reader), int(self._lengths.sum()),
            len(self._held_out) if self._held_out is not None else 0, self._batch, self._stepper.row,
        )  # fmt: skip

    def _tell(self, done: Outcome, rate: float, seconds: float, timed: float) -> None:
        standing = self._standing
        facts = StepFacts(
            standing.step, self._total, done.loss, rate, standing.tokens, standing.trained_tokens,
            done.tokens / max(seconds, 1e-9), standing.seconds, memory.peak(self._world.device), done.norm,
            self._plan.progress(standing.step), min(1.0, max(standing.step / self._total, timed)),
        )  # fmt: skip
        for hook in self._hooks:
            hook.on_step(facts)


def launched() -> bool:
    """Say whether this process is one of several that `torchrun` or `accelerate launch` started."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1
