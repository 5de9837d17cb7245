"""TensorBoard: the same figures as the log, by step."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from aigc_finetune.train.hooks import BaseHook, StartFacts, StepFacts, TrainResult


class TensorBoardHook(BaseHook):
    """Write scalars for TensorBoard. A resumed run hides the steps that it does again (`purge_step`)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None

    def on_start(self, info: StartFacts) -> None:
        """Open the folder; a new run removes what an older one left there, so that two curves do not lie in one."""
        from torch.utils.tensorboard import SummaryWriter  # slow to import, and not needed to read a log

        self._folder.mkdir(parents=True, exist_ok=True)
        if info.step == 0:
            for path in self._folder.glob("events.out.tfevents.*"):
                path.unlink()
        self._writer = SummaryWriter(str(self._folder), purge_step=info.step + 1 if info.step else None, flush_secs=30)

    def on_step(self, facts: StepFacts) -> None:
        """Write a step's scalars."""
        for name in ("loss", "learning_rate", "grad_norm", "tokens_per_second", "memory", "epoch"):
            self._writer.add_scalar(f"train/{name}", getattr(facts, name), facts.step)

    def on_eval(self, step: int, loss: float) -> None:
        """Write an evaluation's loss."""
        self._writer.add_scalar("eval/loss", loss, step)

    def on_checkpoint(self, path: Path) -> None:
        """See that the curve reaches as far as the checkpoint."""
        self._writer.flush()

    def on_end(self, result: TrainResult) -> None:
        """Close the file."""
        with contextlib.suppress(OSError):  # a full disk at the very end loses a plot, not the adapter
            self._writer.close()
