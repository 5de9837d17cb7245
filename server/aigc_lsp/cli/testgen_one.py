"""One module of a run of `aigc-lsp testgen`: analysed, tested, and what came of it written or told."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import testgen_subjects
from aigc_models.types import AigcError
from aigc_plugins.api import CancelledError, Change, FileEdit, NewFile, Place, WithheldError, applied
from aigc_plugins.testgen.report.base import Entry, percent, rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aigc_lsp.cli.testgen_options import Options
    from aigc_lsp.cli.testgen_screen import Screen
    from aigc_lsp.cli.testgen_subjects import Module
    from aigc_lsp.settings import Settings
    from aigc_lsp.tasks import TaskJob
    from aigc_plugins.testgen.parts import Generated, Subject, TestProposer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setting:
    """What all modules of a run share. `engine` returns the client of a model that is ready."""

    options: Options
    settings: Settings
    engine: Callable[[], Awaitable[Any]]
    proposers: tuple[TestProposer, ...]
    model: bool
    stop: Callable[[], bool]
    screen: Screen


class One:
    """One module, from its text to its entry in the report."""

    def __init__(self, module: Module, setting: Setting) -> None:
        self.module, self._setting = module, setting
        self.subject: Subject | None = None
        self.entry = Entry(module.shown, reason="it was not begun.", skipped=True)
        self.empty = False  # whether there is nothing in it that could be tested

    async def analyse(self) -> None:
        """Find out what is to be tested."""
        from aigc_lsp.tasks.runner import in_thread

        if self._setting.stop():
            return
        module, python = self.module, self._setting.options.python
        try:
            self.subject = await in_thread(lambda: testgen_subjects.subject_of(module, python))
        except WithheldError as error:
            self.entry, self.empty = Entry(module.shown, reason=str(error)), True
        except AigcError as error:
            self.entry = Entry(module.shown, reason=str(error), failed=True)

    async def run(self, texts: dict[Path, str]) -> None:
        """Write tests; `texts` are those of test files as modules before this one left them."""
        subject, screen = self.subject, self._setting.screen
        if subject is None or self._setting.stop():
            return
        began, text = time.perf_counter(), texts.get(subject.conventions.file)
        if text is not None:
            subject = replace(subject, conventions=replace(subject.conventions, text=text))
        try:
            generated = await self._generated(subject)
            self.entry = self._entry(generated, texts)
        except WithheldError as error:
            self.entry = Entry(self.module.shown, reason=str(error))
        except AigcError as error:
            self.entry = Entry(self.module.shown, reason=str(error), failed=True)
        except Exception as error:
            logger.exception("Generating tests for %s failed", self.module.shown)
            reason = f"Generating tests failed: {type(error).__name__}: {error}"
            self.entry = Entry(self.module.shown, reason=reason, failed=True)
        screen.finish(self.module.shown, self._words(time.perf_counter() - began))

    async def _generated(self, subject: Subject) -> Generated:
        from aigc_lsp.tasks.runner import in_thread
        from aigc_plugins.testgen.parts import Options as Limits

        setting, job = self._setting, self._job()
        limits = Limits(seconds=setting.options.seconds, seed=setting.options.seed, model=setting.model)
        try:
            return await in_thread(
                lambda: testgen_subjects.generated_of(self.module, subject, job, limits, setting.stop)
            )
        except CancelledError:
            raise WithheldError("It was taken back.") from None
        finally:
            job.cancel()

    def _job(self) -> TaskJob:
        from aigc_lsp.cli.surroundings import workspace
        from aigc_lsp.tasks import Host, TaskJob

        setting, module = self._setting, self.module
        roots, name = (module.root,), module.shown
        host = Host(
            setting.engine,
            workspace(setting.settings, roots, module.snapshot),
            roots,
            chat_only=setting.settings.completion.prompt == "chat",
            report=lambda message, percentage: setting.screen.report(name, message),
            test_proposers=setting.proposers,
        )
        return TaskJob(host, Place(module.snapshot, 0, len(module.snapshot.text)), {})

    def _entry(self, generated: Generated, texts: dict[Path, str]) -> Entry:
        """Return the entry, after its test file was written where that was asked for.

        Raises:
            AigcError: a file is not as it was read, or may not be written.
        """
        from aigc_lsp.cli import patch, writing
        from aigc_lsp.tasks.files import check_files
        from aigc_lsp.tasks.job import text_of

        change, module = generated.change, self.module
        if change is None or not isinstance(change, FileEdit | NewFile):
            return Entry(module.shown, generated)
        text, whole = module.snapshot.text, Change(files=(change,))
        writes = self._setting.options.write
        check_files((change,), (module.root,), text_of if writes else lambda path: texts.get(path, text_of(path)))
        if text_of(module.path) != text:
            raise AigcError(f"{module.shown} changed while its tests were written. Run it again.")
        base = patch.base_of(whole, module.path, module.root)
        diff = patch.diff(whole, module.path, text, base)
        if writes:
            writing.write(whole, module.path, text)
        texts[change.path] = change.text if isinstance(change, NewFile) else applied(change.before, change.edits)
        file = change.path.relative_to(base) if change.path.is_relative_to(base) else change.path
        return Entry(module.shown, generated, file.as_posix(), diff, writes)

    def _words(self, seconds: float) -> str:
        """Return what came of it in a line."""
        one = self.entry.generated
        if one is None:
            return self.entry.reason
        after = one.after
        return (
            f"{rows(one)} tests, lines {percent(after.lines)} %, branches {percent(after.arcs)} %, "
            f"mutants {percent(after.mutants)} %, {seconds:.0f} s"
        )
