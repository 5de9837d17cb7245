"""The stages of `aigc-lsp finetune` as commands: collect, encode, train, sweep, evaluate."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from aigc_lsp.cli import finetune_folder, output
from aigc_lsp.cli.finetune_kept import keeps_data
from aigc_lsp.cli.finetune_options import (
    Asked,
    Base,
    Folder,
    Minutes,
    Name,
    Pairs,
    Paths,
    RecipeName,
    Restart,
    Resume,
    Steps,
    plan,
)
from aigc_lsp.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_finetune.compress.recovery import Teacher
    from aigc_lsp.cli.finetune_work import Work


def collect(
    paths: Paths = None,
    recipe: RecipeName = None,
    folder: Folder = None,
    name: Name = None,
    pairs: Pairs = None,
    json: Json = False,
) -> None:
    """Collect and clean source files; show which were taken, and why the others were not."""
    asked = Asked(tuple(paths or ()), recipe, folder, name, None, tuple(pairs or ()))
    with work_of(asked, json) as work:
        work.collect()


def encode(
    paths: Paths = None,
    recipe: RecipeName = None,
    folder: Folder = None,
    name: Name = None,
    model: Base = None,
    pairs: Pairs = None,
    json: Json = False,
) -> None:
    """Make the samples of a run's corpus, and encode them for its model; collects first where that was not done."""
    asked = Asked(tuple(paths or ()), recipe, folder, name, model, tuple(pairs or ()))
    with work_of(asked, json) as work:
        work.collect()
        work.encode()


def train(
    paths: Paths = None,
    recipe: RecipeName = None,
    folder: Folder = None,
    name: Name = None,
    model: Base = None,
    pairs: Pairs = None,
    minutes: Minutes = None,
    steps: Steps = None,
    resume: Resume = False,
    restart: Restart = False,
    keep_zeros: Annotated[
        bool, typer.Option("--keep-zeros", help="Weights that `prune --sparsity` set to 0 stay 0.")
    ] = False,
    json: Json = False,
) -> None:
    """Train on a run's data, and stop there; collects and encodes first where that was not done."""
    asked = Asked(tuple(paths or ()), recipe, folder, name, model, tuple(pairs or ()), minutes, steps, resume)
    trained(asked, restart=restart, json=json, keep_zeros=keep_zeros)


def trained(
    asked: Asked, *, restart: bool, json: bool, keep_zeros: bool = False, teacher: Teacher | None = None
) -> None:
    """Train what a command line asks for, and stop there."""
    from aigc_lsp.cli.finetune_running import interrupted

    status = 0
    with work_of(asked, json, restart=restart) as work:
        work.data(keep=asked.resume)
        result = work.train(resume=asked.resume, teacher=teacher, keep_zeros=keep_zeros)
        if result.reason == "interrupted":
            status = interrupted(work, result)
        elif result.output is not None and finetune_folder.is_main_process():
            output.note(f"The result: {result.output}")
    if status:
        raise typer.Exit(status)


def sweep(
    paths: Paths = None,
    recipe: RecipeName = None,
    folder: Folder = None,
    name: Name = None,
    model: Base = None,
    pairs: Pairs = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials in all, those of an earlier search counted.")] = 12,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps of a trial; else a share of all.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.1, help="Longest time of the whole search.")] = None,
    json: Json = False,
) -> None:
    """Search learning rate, rank and mixing in short trials; a search that was ended goes on where it was."""
    asked = Asked(tuple(paths or ()), recipe, folder, name, model, tuple(pairs or ()))
    with work_of(asked, json) as work:
        work.data()
        best = work.sweep(trials=trials, steps=steps, minutes=minutes)
        output.note(f"Train with it: aigc-lsp finetune --recipe {shlex.quote(str(best))}")


def evaluate(
    folder: Folder = None,
    name: Name = None,
    pairs: Pairs = None,
    allow_forgetting: Annotated[
        bool, typer.Option("--allow-forgetting", help="Take an adapter that is worse on general code than the base.")
    ] = False,
    json: Json = False,
) -> None:
    """Compare a run's adapter with its base on what was held out: exact match, edit similarity, perplexity."""
    from aigc_lsp.cli.finetune_options import run_of

    asked = Asked(run=run_of(folder, name).root, pairs=tuple(pairs or ()))
    refusal = None
    with work_of(asked, json) as work:
        refusal = work.evaluate().refusal(allow_forgetting)
        work.facts["refused"] = refusal
    if refusal is not None:
        output.complain(refusal)
        raise typer.Exit(1)


def add_commands(app: typer.Typer) -> None:
    """Add the stages to the group."""
    for command in (collect, encode, train, sweep, evaluate):
        app.command()(command)


@contextmanager
def work_of(asked: Asked, json: bool, *, restart: bool | None = None) -> Iterator[Work]:
    """Give the work of a command line, its folder held; print its facts at the end where JSON is wanted.

    `restart` says what becomes of an earlier training where there shall be another one; None: there shall be none.
    """
    from aigc_lsp.cli.finetune_work import Work

    finetune_folder.need_packages()
    wanted = plan(asked)
    with finetune_folder.locked(wanted.run):
        if restart is not None:
            finetune_folder.begin(wanted.run, resume=asked.resume, restart=restart)
        kept = keeps_data(wanted.run, wanted.recipe, resume=asked.resume)
        work = Work(wanted.recipe, wanted.run, json=json, kept=kept and not asked.resume)
        yield work
    if json and finetune_folder.is_main_process():
        output.say_json(work.facts)
