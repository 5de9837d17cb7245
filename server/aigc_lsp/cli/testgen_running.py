"""Runs `aigc-lsp testgen`: modules one after the other or at the same time, with a model where there is one, until they
are done or Ctrl-C says that it is enough."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_lsp.cli import output
from aigc_lsp.cli.testgen_one import One, Setting
from aigc_lsp.cli.testgen_screen import Screen
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_lsp.cli.engine_link import LazyEngine
    from aigc_lsp.cli.testgen_options import Options
    from aigc_lsp.cli.testgen_subjects import Module
    from aigc_lsp.settings import Settings
    from aigc_plugins.testgen.parts import TestProposer
    from aigc_plugins.testgen.report.base import Entry, Report

_WARNING = (
    "No sandbox works on this machine, and --unsafe was given: the code of the project and all that is tried of it "
    "runs WITH YOUR RIGHTS. It can read and delete your files, and use the network."
)
_SHOWN = 12  # names in a line
_FOLDERS_WITHOUT = "There is no module to write tests for in {}."


def run(options: Options) -> int:
    """Carry out a command line and return its exit status.

    Raises:
        typer.BadParameter: something in it is wrong.
        AigcError: something else is; the text says what.
    """
    from aigc_lsp.cli import chosen, testgen_shown

    options.check()
    settings = chosen.settings(model=options.model, runtime=options.runtime)
    with ExitStack() as stack:
        _check_sandbox(options, stack)
        modules = _modules(options)
        if not modules and options.since is None:
            raise AigcError(_FOLDERS_WITHOUT.format(", ".join(options.words)))
        try:
            report = asyncio.run(_Run(options, settings, modules).carry_out())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    report = replace(report, failures=testgen_shown.failures(report, options))
    return testgen_shown.show(report, options)


def _check_sandbox(options: Options, stack: ExitStack) -> None:
    """See to it that code can be run at all.

    Raises:
        SandboxUnavailableError: it cannot be.
    """
    from aigc_plugins.sandbox import SandboxUnavailableError, rungs, which_rung

    if options.unsafe:
        stack.enter_context(rungs.unsafe())
    try:
        rung = which_rung()
    except SandboxUnavailableError as error:
        raise SandboxUnavailableError(f"{error} `--unsafe` runs the code with all your rights instead.") from None
    if rung.name == "none":
        output.note("!" * 79)
        output.complain(f"{_WARNING} Why: {rung.reason}.")
        output.note("!" * 79)
    elif options.unsafe and not options.quiet:
        output.note(f"--unsafe has no effect: the sandbox works here ({rung.name}).")


def _modules(options: Options) -> list[Module]:
    from aigc_lsp.cli.testgen_since import Since
    from aigc_lsp.cli.testgen_subjects import open_module
    from aigc_lsp.cli.testgen_words import modules

    since = Since(options.since) if options.since is not None else None
    found = [open_module(one, since) for one in modules(options.words or (".",))]
    return [one for one in found if one is not None]


class _Run:
    """One run: what all modules share, and what became of each."""

    def __init__(self, options: Options, settings: Settings, modules: Sequence[Module]) -> None:
        self._options, self._settings, self._modules = options, settings, modules
        self._stop, self._begun, self._interrupted = threading.Event(), False, False
        self._screen = Screen(quiet=options.quiet)

    async def carry_out(self) -> Report:
        """Do all of it, and return what came of it."""
        from aigc_lsp.cli.engine_link import LazyEngine
        from aigc_lsp.cli.running import let_end
        from aigc_plugins.manager import load_plugins

        began = time.perf_counter()
        hooks = ("aigc_languages", "aigc_test_proposers")
        proposers = load_plugins(self._settings.plugins.disabled, hooks).test_proposers()
        tell = lambda message, percentage=None: self._screen.report("", message)  # noqa: E731
        engine = LazyEngine(self._settings, self._settings.tasks.timeout_s, tell)
        with self._screen, self._interruptible():
            try:
                model = await self._model(engine, proposers)
                setting = Setting(
                    self._options,
                    self._settings,
                    engine.client,
                    proposers,
                    bool(model),
                    self._stop.is_set,
                    self._screen,
                )
                entries = await self._all(setting)
            finally:
                let_end()
                await engine.aclose()
        return self._report(entries, model, proposers, time.perf_counter() - began)

    async def _model(self, engine: LazyEngine, proposers: Sequence[TestProposer]) -> str:
        """Return the name of the model that is ready to be asked, empty where none is to be or can be."""
        if not self._options.ask_model or not self._modules or not any(one.model for one in proposers):
            return ""
        try:
            await engine.client()
        except AigcError as error:
            self._screen.say(f"No model is asked: {error}")
        finally:
            self._screen.finish("")
        return engine.model or ""

    async def _all(self, setting: Setting) -> list[Entry]:
        ones = [One(module, setting) for module in self._modules]
        self._begun = True
        for one in ones:
            await one.analyse()
        self._screen.expect(sum(one.subject is not None for one in ones))
        room = asyncio.Semaphore(self._options.jobs)
        await asyncio.gather(*(self._chain(chain, room) for chain in _chains(ones)))
        return self._told(ones)

    def _told(self, ones: Sequence[One]) -> list[Entry]:
        """Return the entries without modules that nobody named and that have nothing to test: a line names these."""
        since = self._options.since is not None
        left_out = [one for one in ones if one.empty and (since or not one.module.wanted.named)]
        if len(left_out) == len(ones) and not since:
            left_out = []
        if since and len(left_out) == len(ones):
            self._screen.say(f"No function that could be tested changed since {self._options.since}.")
        elif left_out:
            names = [one.module.shown for one in left_out]
            more = ", …" if len(names) > _SHOWN else ""
            self._screen.say(f"No public function to test in {', '.join(names[:_SHOWN])}{more}.")
        return [one.entry for one in ones if one not in left_out]

    async def _chain(self, chain: Sequence[One], room: asyncio.Semaphore) -> None:
        """Do modules whose tests go into the same file, each on top of the ones before."""
        texts: dict[Path, str] = {}
        for one in chain:
            async with room:
                await one.run(texts)

    def _interruptible(self) -> ExitStack:
        """Have the first Ctrl-C end the search, and the second one everything."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def interrupt() -> None:
            if self._begun and not self._interrupted:
                self._interrupted = True
                self._stop.set()
                self._screen.say("Ending; keeps what is good so far. Ctrl-C again ends at once.")
            elif task is not None:
                task.cancel()

        stack = ExitStack()
        with suppress(NotImplementedError, RuntimeError, ValueError):  # no signals: Windows, or another thread
            loop.add_signal_handler(signal.SIGINT, interrupt)
            stack.callback(loop.remove_signal_handler, signal.SIGINT)
        return stack

    def _report(
        self, entries: Sequence[Entry], model: str, proposers: Sequence[TestProposer], seconds: float
    ) -> Report:
        from aigc_models import __version__
        from aigc_plugins.testgen.report.base import Report

        return Report(
            tuple(entries),
            self._options.seed,
            seconds,
            model,
            frozenset(one.name for one in proposers if one.model),
            __version__,
            self._interrupted,
        )


def _chains(ones: Sequence[One]) -> list[list[One]]:
    """Group modules by the file that their tests go into."""
    chains: dict[object, list[One]] = {}
    for one in ones:
        if one.subject is not None:
            chains.setdefault(one.subject.conventions.file, []).append(one)
    return list(chains.values())
