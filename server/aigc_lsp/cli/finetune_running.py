"""Carries out `aigc-lsp finetune PATH`: the stages in their order, the questions, and what becomes of the adapter."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli import finetune_folder, output
from aigc_lsp.cli.exits import ExitStatus
from aigc_lsp.cli.finetune_kept import keeps_data
from aigc_lsp.cli.finetune_options import plan

if TYPE_CHECKING:
    from aigc_finetune.layout import RunFolder
    from aigc_finetune.train.hooks import TrainResult
    from aigc_lsp.cli.finetune_options import Asked
    from aigc_lsp.cli.finetune_work import Work
    from aigc_lsp.evaluate.adapters import Comparison


@dataclass(frozen=True, slots=True)
class Choices:
    """What is to be done beside training. `use` is None where it is to be asked."""

    restart: bool = False
    dry_run: bool = False
    sweep: bool = False
    evaluate: bool = True
    allow_forgetting: bool = False
    use: bool | None = None
    yes: bool = False
    json: bool = False


def run(asked: Asked, choices: Choices) -> int:
    """Do all of it and return the exit status.

    Raises:
        AigcError: a stage failed; what the stages before it made stays in the run's folder.
    """
    from aigc_lsp.cli.finetune_work import Work
    from aigc_models import store

    finetune_folder.need_packages()
    wanted = plan(asked)
    store.locate(wanted.recipe.model.name)
    with finetune_folder.locked(wanted.run):
        if not choices.dry_run:
            finetune_folder.begin(wanted.run, resume=asked.resume, restart=choices.restart)
        kept = keeps_data(wanted.run, wanted.recipe, resume=asked.resume)
        work = Work(wanted.recipe, wanted.run, json=choices.json, kept=kept and not asked.resume)
        try:
            status = _stages(work, asked, choices)
        except KeyboardInterrupt:
            output.note(f"Interrupted; what is done stays in {wanted.run.root}.")
            output.note(_way_on(wanted.run) if finetune_folder.is_trained(wanted.run) else "The same command goes on.")
            raise
    if choices.json:
        output.say_json({**work.facts, "exit_status": status})
    return status


def _stages(work: Work, asked: Asked, choices: Choices) -> int:
    output.note(f"The run's folder: {work.run.root}")
    work.collect(keep=asked.resume)
    work.encode()
    estimate = work.estimate()
    if choices.dry_run:
        output.note("Nothing was trained: --dry-run. The data stays in the run's folder, for the run itself.")
        return ExitStatus.OK
    finetune_folder.need_room(work.run, estimate.disk_bytes)
    if not (choices.yes or asked.resume) and not agreed("Train now?", default=True):
        output.note("Nothing was trained.")
        return ExitStatus.OK
    if choices.sweep and not asked.resume:
        minutes = work.recipe.train.max_minutes  # the search takes as long as the training, each trial an eighth of it
        work.sweep(minutes=minutes or None, trial_minutes=minutes / 8)
        work.encode()
    result = work.train(resume=asked.resume)
    if result.reason == "interrupted":
        return interrupted(work, result)
    if not finetune_folder.is_main_process():
        return ExitStatus.OK
    return _afterwards(work, choices)


def interrupted(work: Work, result: TrainResult) -> int:
    """Say how a run that was interrupted goes on."""
    output.note(f"Interrupted at step {result.step}, which is kept.")
    output.note(_way_on(work.run))
    return ExitStatus.INTERRUPTED


def _way_on(run: RunFolder) -> str:
    return f"Go on with: aigc-lsp finetune --resume --run {shlex.quote(str(run.root))}"


def _afterwards(work: Work, choices: Choices) -> int:
    """Compare, register, use."""
    comparison = None
    if choices.evaluate and not work.facts["corpus"]["files"]["eval"]:
        output.note("Nothing was held out, so that the result is not measured.")
    elif choices.evaluate:
        comparison = work.evaluate()
    refusal = comparison.refusal(choices.allow_forgetting) if comparison is not None else None
    if refusal is not None:
        output.complain(refusal)
        work.facts["refused"] = refusal
        return ExitStatus.FAILED
    if not work.run.adapter.is_dir():
        output.note(f"The finished model: {work.run.model}. `aigc-lsp models pull` registers it from there, and")
        output.note(
            f"`aigc-lsp finetune extract FOLDER --run {shlex.quote(str(work.run.root))}` makes an adapter of it."
        )
        return ExitStatus.OK
    work.register()
    workspaces = [Path(source) for source in work.recipe.collect.sources if Path(source).is_dir()]
    if workspaces and _wanted(choices, comparison):
        work.use(workspaces)
    return ExitStatus.OK


def _wanted(choices: Choices, comparison: Comparison | None) -> bool:
    if choices.use is not None:
        return choices.use
    better = comparison is not None and comparison.verdict == "better"
    if not is_terminal():
        return False
    return agreed("Use it for completions in these folders from now on?", default=better)


def agreed(question: str, *, default: bool) -> bool:
    """Ask where there is a terminal; elsewhere the answer is yes."""
    return not is_terminal() or typer.confirm(question, default=default, err=True)


def is_terminal() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()
