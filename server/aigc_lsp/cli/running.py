"""Runs one task for the command line, from its words to the result on the screen or the disk."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

from aigc_lsp.cli.asked import work_of
from aigc_lsp.cli.outcome import Outcome, show, show_prompts
from aigc_plugins.api import WithheldError

if TYPE_CHECKING:
    from aigc_lsp.cli.asked import Options, Work
    from aigc_lsp.cli.engine_link import LazyEngine
    from aigc_lsp.cli.screen import Screen
    from aigc_lsp.settings import Settings
    from aigc_lsp.tasks import Host
    from aigc_plugins.api import Diagnostic

_LEAVE_S = 0.5  # what a task that was taken back may take to end its programs


def run(options: Options) -> int:
    """Carry out a command line and return its exit status.

    Raises:
        typer.BadParameter: something in it is wrong.
        AigcError: something else is; the text says what.
    """
    from aigc_lsp.cli import chosen

    settings = chosen.settings(model=options.model, runtime=options.runtime)
    work = work_of(options, settings)
    try:
        outcome = asyncio.run(_carry_out(work, options, settings))
    except WithheldError as error:
        if not options.json:
            raise
        outcome = Outcome(reason=str(error))
    if options.show_prompt:
        return show_prompts(outcome, options)
    return show(outcome, work, options)


async def _carry_out(work: Work, options: Options, settings: Settings) -> Outcome:
    from aigc_lsp.cli.choosing import find_place
    from aigc_lsp.cli.engine_link import LazyEngine
    from aigc_lsp.cli.screen import Screen
    from aigc_lsp.tasks import run_task

    timeout = options.timeout or settings.tasks.timeout_s
    began, outcome = time.perf_counter(), Outcome()
    screen = Screen(previews=not options.json and not options.show_prompt)
    engine = LazyEngine(settings, timeout, screen.report)
    host = _host(work, options, settings, engine, screen, outcome)
    try:
        found = await _diagnostics(work, host) if work.task.kind.startswith("quickfix") else []
        place = find_place(work.task, work.snapshot, work.ranges, found)
        outcome.result = await run_task(work.task, place, work.arguments, host, timeout_s=timeout)
    except WithheldError:
        if engine.waiting:
            raise engine.too_late() from None
        if not outcome.prompts:
            raise
    finally:
        screen.close()
        let_end()
        await engine.aclose()
    outcome.model, outcome.seconds = engine.model, time.perf_counter() - began
    return outcome


def _host(
    work: Work, options: Options, settings: Settings, engine: LazyEngine, screen: Screen, outcome: Outcome
) -> Host:
    from aigc_lsp.cli.surroundings import workspace
    from aigc_lsp.tasks import Host

    return Host(
        engine.client,
        workspace(settings, work.roots, work.snapshot),
        work.roots,
        options.trust,
        settings.completion.prompt == "chat",
        screen.report,
        screen.preview,
        outcome.prompts.append if options.show_prompt else None,
        work.test_proposers,
    )


async def _diagnostics(work: Work, host: Host) -> list[Diagnostic]:
    """Return what the checkers find in the document.

    Raises:
        WithheldError: they find nothing there, or there is no checker.
    """
    from aigc_lsp.tasks import TaskJob
    from aigc_plugins.api import Place
    from aigc_plugins.checkers import diagnostics_for

    host.report("Looking for something to fix", None)
    job = TaskJob(host, Place(work.snapshot, 0, len(work.snapshot.text)), {})
    try:
        found = await asyncio.to_thread(diagnostics_for, work.snapshot, job)
    finally:
        job.cancel()
    if not found:
        raise WithheldError(f"The checkers find nothing to fix in {work.file}.")
    return found


def let_end() -> None:
    """Wait a moment for a task that was taken back: it has programs to end."""
    for thread in threading.enumerate():
        if thread.name == "task":
            thread.join(_LEAVE_S)
