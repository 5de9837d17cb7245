"""Keeps of what was recorded the tests that hold: selected, written, run, shuffled, each with a fault it catches."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from aigc_plugins.testgen import checking, writing
from aigc_plugins.testgen.parts import Checked, Written
from aigc_plugins.testgen.scenario import Recorded
from aigc_plugins.testgen.select import Wish, select
from aigc_plugins.testgen.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Options, Subject
    from aigc_plugins.testgen.searching import Search
    from aigc_plugins.testgen.select import Goal

Row = tuple[str, int]
_RERUNS, _JOBS = 5, 2
_LEAST_S = 1.0
_DEPTH = 2  # how many tests are to kill a mutant: independent faults at the same place are likelier to be seen, too
_MOST_ATTEMPTS = 3


class Keeping:
    """The tests that are kept; `dropped` counts the others by reason."""

    def __init__(
        self, subject: Subject, copy: Path, job: Job, options: Options, before: Checked, search: Search
    ) -> None:
        self._subject, self._copy, self._job, self._options = subject, copy, job, options
        self._recorded = search.recorded
        self._owners = _owners(subject, search)
        passed = [one for one in before.results.values() if one.passed]
        self._known_branches = frozenset().union(*(one.branches for one in passed))
        self._known_kills = frozenset().union(*(one.kills for one in passed))
        self._bad: set[tuple[tuple[str, ...], str]] = set()
        self.written = Written(subject.conventions.text or "", ())
        self.checked = before
        self.dropped: Counter[str] = Counter()
        self.notes: list[str] = []
        self.complete = True

    def run(self, seconds: float) -> None:
        """Select, write and check until all that is written holds.

        What fails is left out, and what it alone reached is looked for among the others.

        Raises:
            SandboxUnavailableError: code cannot be run safely on this machine.
            CancelledError: the user took the task back.
        """
        end = time.monotonic() + seconds
        for attempt in range(_MOST_ATTEMPTS):
            usable = [one for one in self._recorded if (one.scenario.arrange, one.scenario.act) not in self._bad]
            self.written = writing.write(self._subject, self._selected(usable))
            rows = sum(len(test.rows) for test in self.written.tests)
            if not rows:
                return
            self._job.report(f"Running {rows} tests in {_RERUNS} orders", 70 + 5 * attempt)
            if not self._without_failing() or time.monotonic() > end:
                break
        self._settle(end)

    def _selected(self, recorded: Sequence[Recorded]) -> list[Recorded]:
        branches = frozenset().union(*(one.branches for one in recorded)) - self._known_branches
        kills = frozenset().union(*(one.kills for one in recorded)) - self._known_kills
        wanted = {number for (kind, number) in self._owners if kind == "branch"}
        mutants = {number for (kind, number) in self._owners if kind == "kill"}
        return select(recorded, Wish(branches & wanted, kills & mutants, self._owners, _DEPTH))

    def _settle(self, end: float) -> None:
        """Measure what is written, and write it without what catches no fault; an empty file holds."""
        rows = sum(len(test.rows) for test in self.written.tests)
        self._job.report(f"Planting faults for {rows} tests", 90)
        while self.written.tests:
            left = max(end - time.monotonic(), _LEAST_S)
            checked = checking.check(self._subject, self._copy, self.written, seconds=left, cancelled=self._cancelled)
            if checked.error:
                self.notes.append(f"The written file could not be run: {checked.error}")
            faults = self._faults(checked)
            if not faults:
                self.checked = checked
                self.complete = self.complete and not checked.late
                return
            self._leave_out(faults)

    def _without_failing(self) -> bool:
        """Write again without the tests that do not pass in each of some runs; tell whether there were any."""
        failing = checking.shuffled(
            self._subject, self._copy, self.written, runs=_RERUNS, seed=self._options.seed,
            cancelled=self._cancelled, jobs=_JOBS,
        )  # fmt: skip
        self._leave_out(dict.fromkeys(sorted(failing), "does not pass every time"))
        return bool(failing)

    def _leave_out(self, faults: dict[Row, str]) -> None:
        for (name, row), reason in faults.items():
            self.dropped[reason] += 1
            test = next(one for one in self.written.tests if one.name == name)
            scenario = test.rows[row].scenario
            self._bad.add((scenario.arrange, scenario.act))
        if faults:
            self.written = writing.without(self.written, self._subject, faults.keys())

    def _faults(self, checked: Checked) -> dict[Row, str]:
        """Return the rows of the written file that do not hold, each with the reason."""
        faults: dict[Row, str] = {}
        for test in self.written.tests:
            for row in range(len(test.rows)):
                result = checked.results.get((test.name, row))
                if result is None or not result.passed:
                    faults[test.name, row] = "does not pass every time"
                elif not result.kills and not checked.late:
                    faults[test.name, row] = "catches no fault"
        return faults

    def _cancelled(self) -> bool:
        self._job.check()
        return False


def _owners(subject: Subject, search: Search) -> dict[Goal, str | None]:
    """Return whose each branch and mutant is that tests are wanted for."""
    wanted = Wanted(subject)
    found: dict[Goal, str | None] = {}
    places = [(("branch", one.number), one.function) for one in search.branches]
    places += [(("kill", one.number), one.function) for one in search.mutants]
    for goal, function in places:
        if wanted(function):
            target = wanted.target(function)
            found[goal] = target.name if target is not None else None
    return found
