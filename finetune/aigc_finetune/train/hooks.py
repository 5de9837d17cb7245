"""What the training loop tells those who watch it, and the protocol by which they listen. Data only.

Hooks are called in the main process alone (rank 0), in the order in which they were given. A hook that raises ends the
run: the last checkpoint stays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StartFacts:
    """A run at its start. Sizes are in tokens, memory in bytes.

    `step` is the number of steps that are done already: above 0 it is a resumed run, and what a log holds beyond this
    step was never saved and will be told again. `total_steps` is None where a limit of minutes decides the end.
    """

    step: int
    total_steps: int | None
    max_minutes: float
    method: str
    precision: str
    device: str
    processes: int
    trained_parameters: int
    parameters: int
    train_samples: int
    train_tokens: int
    eval_samples: int
    batch_tokens: int
    micro_tokens: int


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One optimizer step, over all processes.

    `step` counts from 1; `loss` is the mean cross entropy in nats for each trained token, as it was before this step's
    update. `tokens` counts the tokens of all steps so far (none is padding) and `trained_tokens` those of them that
    were targets. `tokens_per_second` is this step's own speed; `seconds` is the run's time so far, resumed parts
    included and pauses between them not. `memory` is the process's peak in bytes (on a GPU: the device's). `grad_norm`
    is the norm before clipping. `progress` is the fraction of the run that is done, by steps or by time.
    """

    step: int
    total_steps: int | None
    loss: float
    learning_rate: float
    tokens: int
    trained_tokens: int
    tokens_per_second: float
    seconds: float
    memory: int
    grad_norm: float
    epoch: float
    progress: float


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How a run ended. `reason` is `finished`, `time`, `early` (early stopping) or `interrupted` (a signal).

    `train_loss` is the mean of the last steps (at most 20), `eval_loss` the last one, `best_eval_loss` the least one;
    both are None without evaluation data. `output` is the folder of the adapter or model, None where the run was
    interrupted: then `checkpoint` is where `resume` goes on.
    """

    step: int
    reason: str
    train_loss: float
    eval_loss: float | None
    best_eval_loss: float | None
    seconds: float
    tokens: int
    trained_tokens: int
    memory: int
    output: Path | None = None
    checkpoint: Path | None = None
    notes: tuple[str, ...] = field(default=())


class TrainHook(Protocol):
    """Someone who watches a run. `BaseHook` does nothing; override what is of interest."""

    def on_start(self, info: StartFacts) -> None:
        """Model and data are ready; the first step comes next."""

    def on_step(self, facts: StepFacts) -> None:
        """One optimizer step is done."""

    def on_eval(self, step: int, loss: float) -> None:
        """Tell the mean cross entropy in nats on the evaluation data after `step` steps; its perplexity is e^loss."""

    def on_checkpoint(self, path: Path) -> None:
        """Tell that a checkpoint is complete on disk."""

    def on_end(self, result: TrainResult) -> None:
        """The run ended, in one of the ways that `TrainResult.reason` names; not called after an error."""


class BaseHook:
    """A hook that does nothing."""

    def on_start(self, info: StartFacts) -> None:
        """Do nothing."""

    def on_step(self, facts: StepFacts) -> None:
        """Do nothing."""

    def on_eval(self, step: int, loss: float) -> None:
        """Do nothing."""

    def on_checkpoint(self, path: Path) -> None:
        """Do nothing."""

    def on_end(self, result: TrainResult) -> None:
        """Do nothing."""
