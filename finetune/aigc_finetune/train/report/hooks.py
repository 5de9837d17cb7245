"""The hooks that a run has as a rule, together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from aigc_finetune.layout import RunFolder
from aigc_finetune.train.hooks import TrainHook
from aigc_finetune.train.report.board import TensorBoardHook
from aigc_finetune.train.report.curve import CurveHook
from aigc_finetune.train.report.log import LogHook
from aigc_finetune.train.report.progress import ProgressHook


@contextmanager
def reporting(
    run: RunFolder, *, title: str = "", quiet: bool = False, console: Console | None = None, tensorboard: bool = True
) -> Iterator[list[TrainHook]]:
    """Give the hooks for a run: the log first (the plot reads it), TensorBoard, the plot, progress on `console`.

    `console` is standard error where none is given. At the end of the context the terminal is as it was before.
    """
    with ProgressHook(console, quiet=quiet) as progress:
        hooks: list[TrainHook] = [LogHook(run.log)]
        if tensorboard:
            hooks.append(TensorBoardHook(run.tensorboard))
        yield [*hooks, CurveHook(run.log, run.curve, title), progress]
