"""Writes the tests of a module: asks the proposers, has the sandbox try, selects, writes, and keeps what holds.

Each step is another part's; what becomes of the result (a diff, a file, an edit in an editor) is the caller's.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.action import Edit, FileEdit, NewFile
from aigc_plugins.testgen import checking, figures
from aigc_plugins.testgen.asking import Asking
from aigc_plugins.testgen.keeping import Keeping
from aigc_plugins.testgen.parts import Checked, Generated, Options, Origin
from aigc_plugins.testgen.project import copied, files, restore, sweep
from aigc_plugins.testgen.searching import Search

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject

_SHARE_OF_SEARCH = 0.55  # of the time; the rest is for running what was written
_LEAST_S = 2.0
_PREFIX = "aigc-testgen-"


def generate(subject: Subject, job: Job, options: Options, stop: Callable[[], bool] = lambda: False) -> Generated:
    """Write tests for the targets of a module, and say what they reach.

    Once `stop` returns true, the search ends and what is good so far is kept.

    Raises:
        SandboxUnavailableError: code cannot be run safely on this machine.
        WithheldError: the module cannot be loaded.
        CancelledError: the user took the task back.
    """
    sweep(_PREFIX)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        return _Generation(subject, job, options, stop, Path(folder)).run()


class _Generation:
    """One module's way through all parts, with one clock."""

    def __init__(self, subject: Subject, job: Job, options: Options, stop: Callable[[], bool], scratch: Path) -> None:
        self._subject, self._job, self._options, self._stop = subject, job, options, stop
        self._begun = time.monotonic()
        self._copy = scratch / "project"
        self._asking = Asking(subject, job, model=options.model)
        self._notes = list(dict.fromkeys(
            f"{target.name}: {target.untestable}" for target in subject.targets if target.untestable
        ))  # fmt: skip
        if subject.name in sys.stdlib_module_names:
            self._notes.append(
                f"Python has a module {subject.name} of its own, which tests may import instead: a package around this "
                "one, or another name, would tell them apart."
            )

    def run(self) -> Generated:
        """Do all of it."""
        subject, job = self._subject, self._job
        job.report("Copying the project", 0)
        self._notes += copied(subject, self._copy, job)
        before = self._baseline()
        there = files(self._copy)
        search = Search(subject, self._copy, job, self._asking, self._options, self._stop, _known_goals(before))
        search.run(until=self._begun + _SHARE_OF_SEARCH * self._options.seconds)
        restore(subject, self._copy, job, there)  # tests must not need what the search left there
        self._notes += [*search.notes, *self._asking.notes]
        keeping = Keeping(subject, self._copy, job, self._options, before, search)
        keeping.run(seconds=max(self._left(), _LEAST_S))
        return self._generated(search, keeping, before)

    def _baseline(self) -> Checked:
        self._job.report("Running the tests that there are", 2)
        return checking.baseline(
            self._subject, self._copy, seconds=0.2 * self._options.seconds, cancelled=self._cancelled
        )

    def _cancelled(self) -> bool:
        self._job.check()
        return False

    def _left(self) -> float:
        return self._begun + self._options.seconds - time.monotonic()

    def _generated(self, search: Search, keeping: Keeping, before: Checked) -> Generated:
        subject, written = self._subject, keeping.written
        reach = figures.Reach(subject, before, keeping.checked, search.branches, search.mutants)
        kept = [row for test in written.tests for row in test.rows]
        return Generated(
            subject=subject,
            change=_change(subject, written.text) if written.tests else None,
            text=written.text if written.tests else subject.conventions.text or "",
            tests=written.tests,
            before=reach.before,
            after=reach.after,
            covered=reach.covered,
            missed=reach.missed,
            killed=reach.killed,
            alive=reach.alive,
            missing=reach.missing,
            suspicions=search.suspicions,
            origins=_origins(self._asking, search, [row.scenario.origin for row in kept]),
            dropped=dict(sorted(keeping.dropped.items())),
            notes=tuple(dict.fromkeys((*self._notes, *keeping.notes, *_left_out(keeping)))),
            seconds=round(time.monotonic() - self._begun, 3),
            complete=search.complete and keeping.complete and not before.late,
        )


def _known_goals(before: Checked) -> tuple[frozenset[int], frozenset[int]]:
    """Return the branches and the mutants that the project's own tests take and kill."""
    passed = [one for one in before.results.values() if one.passed]
    return (
        frozenset().union(*(one.branches for one in passed)),
        frozenset().union(*(one.kills for one in passed)),
    )


def _change(subject: Subject, text: str) -> FileEdit | NewFile:
    conventions = subject.conventions
    if conventions.text is None:
        return NewFile(conventions.file, text)
    return FileEdit(conventions.file, conventions.text, (Edit(0, len(conventions.text), text),))


def _left_out(keeping: Keeping) -> list[str]:
    """Say what became of the tests that were written, where none of them was kept."""
    if keeping.written.tests:
        return []
    return [f"{count} written tests were left out: each of them {reason}." for reason, count in keeping.dropped.items()]


def _origins(asking: Asking, search: Search, kept: list[str]) -> tuple[Origin, ...]:
    names = dict.fromkeys((*asking.proposed, *search.ran, *kept))
    return tuple(
        Origin(name, asking.proposed.get(name, 0), search.ran.get(name, 0), kept.count(name)) for name in sorted(names)
    )
