"""Live progress of a run on standard error: a bar where there is a terminal, plain lines where there is none."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from aigc_finetune.train.hooks import BaseHook, StartFacts, StepFacts, TrainResult

_REASONS = {
    "finished": "finished",
    "time": "finished: the time given is over",
    "early": "finished early: the evaluation's loss no longer falls",
    "interrupted": "interrupted",
}
# Between two plain lines, in seconds: a log of an hour's run then has some hundred lines.
_EVERY = 30.0
_WEIGHT = 0.9  # of what is shown of speed and loss, moving averages


class ProgressHook(BaseHook):
    """Show loss, speed, time left, memory and learning rate. Use it as a context: an error, too, frees the terminal.

    Without a terminal a plain line is written at most every `every` seconds, at each evaluation, and at the end.
    `quiet` shows nothing at all.
    """

    def __init__(
        self,
        console: Console | None = None,
        *,
        quiet: bool = False,
        every: float = _EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console or Console(stderr=True)
        self._quiet, self._every, self._clock = quiet, every, clock
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._told = -math.inf
        self._loss = self._speed = math.nan
        self._eval: float | None = None

    def __enter__(self) -> ProgressHook:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away and give the cursor back; it may be called twice."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_start(self, info: StartFacts) -> None:
        """Say what is trained, and begin the bar."""
        if self._quiet:
            return
        self._say(start_line(info))
        if self._console.is_terminal:
            columns = (BarColumn(20), TaskProgressColumn(), TextColumn("{task.description}"))
            self._bar = Progress(*columns, console=self._console, refresh_per_second=4)
            self._task = self._bar.add_task("first step …", total=1.0)
            self._bar.start()

    def on_step(self, facts: StepFacts) -> None:
        """Show the step."""
        if self._quiet:
            return
        self._loss = _average(self._loss, facts.loss)
        self._speed = _average(self._speed, facts.tokens_per_second)
        line = step_line(facts, self._loss, self._speed, self._eval)
        if self._bar is not None:
            self._bar.update(self._task, completed=facts.progress, description=line)
        elif self._clock() - self._told >= self._every:
            self._say(f"{facts.progress:4.0%} {line}")

    def on_eval(self, step: int, loss: float) -> None:
        """Show an evaluation."""
        better = "" if self._eval is None else f" ({loss - self._eval:+.4f})"
        self._eval = loss
        if not self._quiet:
            self._say(f"step {step}: evaluation loss {loss:.4f}{better}, perplexity {math.exp(min(loss, 700.0)):.3f}")

    def on_end(self, result: TrainResult) -> None:
        """Show how the run ended and where its result is."""
        self.close()
        if not self._quiet:
            for line in end_lines(result):
                self._say(line)

    def _say(self, line: str) -> None:
        self._told = self._clock()
        console = self._bar.console if self._bar is not None else self._console
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def start_line(info: StartFacts) -> str:
    """Return what a run starts with, in a line."""
    share = info.trained_parameters / info.parameters if info.parameters else 0.0
    steps = f"{info.total_steps:,} steps" if info.total_steps is not None else f"{info.max_minutes:g} minutes"
    again = f"; goes on after step {info.step:,}" if info.step else ""
    many = f" × {info.processes} processes" if info.processes > 1 else ""
    return (
        f"{info.method} in {info.precision} on {info.device}{many}: {info.trained_parameters:,} of {info.parameters:,} "
        f"parameters ({share:.2%}); {info.train_tokens:,} tokens in {info.train_samples:,} samples, "
        f"{info.batch_tokens:,} a step, {info.micro_tokens:,} at a time; {steps}{again}"
    )


def step_line(facts: StepFacts, loss: float, speed: float, eval_loss: float | None) -> str:
    """Return a step in a line; `loss` and `speed` are the averages to show."""
    steps = f"{facts.step:,}" + (f"/{facts.total_steps:,}" if facts.total_steps is not None else "")
    judged = f" · eval {eval_loss:.3f}" if eval_loss is not None else ""
    return (
        f"step {steps} · loss {loss:.3f}{judged} · {speed:,.0f} tokens/s · {duration(time_left(facts))} left · "
        f"{size(facts.memory)} · lr {facts.learning_rate:.2e}"
    )


def end_lines(result: TrainResult) -> list[str]:
    """Return how a run ended: why, with which losses, and where the result is."""
    judged = f", evaluation loss {result.eval_loss:.4f}" if result.eval_loss is not None else ""
    reason = _REASONS.get(result.reason, result.reason)
    lines = [
        f"{reason} after {result.step:,} steps, {duration(result.seconds)}, "
        f"{result.tokens:,} tokens: train loss {result.train_loss:.4f}{judged}; at most {size(result.memory)}",
        *result.notes,
    ]
    if result.output is not None:
        lines.append(f"written to {result.output}")
    elif result.checkpoint is not None:
        lines.append(f"`--resume` goes on from {result.checkpoint.name}")
    return lines


def time_left(facts: StepFacts) -> float | None:
    """Return the seconds that a run still takes by what is done so far; None before anything is done."""
    return facts.seconds * (1 - facts.progress) / facts.progress if facts.progress > 0 else None


def duration(seconds: float | None) -> str:
    """Return a duration as one reads it: `42 s`, `3:07`, `1:02:03`; `?` where it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return "?"
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(count: float) -> str:
    """Return a number of bytes in GB or MB (powers of 1,000)."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _average(held: float, value: float) -> float:
    if not math.isfinite(held):
        return value
    return _WEIGHT * held + (1 - _WEIGHT) * value
