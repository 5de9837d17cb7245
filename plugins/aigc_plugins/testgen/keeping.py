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
_RERUNS = 5
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
            chosen = self._selected(usable)
            self._job.report(f"Running {len(chosen)} tests", 75 + 8 * attempt)
            self.written = writing.write(self._subject, chosen)
            if not self.written.tests:
                return
            faults = self._faults(max(end - time.monotonic(), 1.0))
            if not faults:
                return
            self._leave_out(faults)
            if attempt == _MOST_ATTEMPTS - 1 or time.monotonic() > end:
                break
        self._settle(max(end - time.monotonic(), 1.0))

    def _selected(self, recorded: Sequence[Recorded]) -> list[Recorded]:
        branches = frozenset().union(*(one.branches for one in recorded)) - self._known_branches
        kills = frozenset().union(*(one.kills for one in recorded)) - self._known_kills
        wanted = {number for (kind, number) in self._owners if kind == "branch"}
        mutants = {number for (kind, number) in self._owners if kind == "kill"}
        return select(recorded, Wish(branches & wanted, kills & mutants, self._owners, _DEPTH))

    def _settle(self, seconds: float) -> None:
        """Write once more without what failed, until nothing fails; an empty file holds."""
        end = time.monotonic() + seconds
        while self.written.tests:
            faults = self._faults(max(end - time.monotonic(), 1.0))
            if not faults:
                return
            self._leave_out(faults)

    def _leave_out(self, faults: dict[Row, str]) -> None:
        for (name, row), reason in faults.items():
            self.dropped[reason] += 1
            test = next(one for one in self.written.tests if one.name == name)
            scenario = test.rows[row].scenario
            self._bad.add((scenario.arrange, scenario.act))
        self.written = writing.without(self.written, self._subject, faults.keys())

    def _faults(self, seconds: float) -> dict[Row, str]:
        """Return the rows of the written file that do not hold, each with the reason."""
        rows = [(test.name, row) for test in self.written.tests for row in range(len(test.rows))]
        checked = checking.check(self._subject, self._copy, self.written, seconds=seconds, cancelled=self._cancelled)
        if checked.error:
            self.notes.append(f"The written file could not be run: {checked.error}")
            return dict.fromkeys(rows, "the file cannot be collected")
        faults: dict[Row, str] = {}
        for row in rows:
            result = checked.results.get(row)
            if result is None or not result.passed:
                faults[row] = "fails under pytest"
            elif not result.kills and not checked.late:
                faults[row] = "catches no fault"
        if not faults:
            failing = checking.shuffled(
                self._subject, self._copy, self.written, runs=_RERUNS, seed=self._options.seed,
                cancelled=self._cancelled,
            )  # fmt: skip
            faults = {row: "fails in another order or with another hash seed" for row in rows if row in failing}
        if not faults:
            self.checked = checked
        return faults

    def _cancelled(self) -> bool:
        self._job.check()
        return False


def _owners(subject: Subject, search: Search) -> dict[Goal, str | None]:
    """Return whose each branch and mutant is that tests are wanted for."""
    wanted = Wanted(subject)
    found: dict[Goal, str | None] = {}
    places = [("branch", one) for one in search.branches], [("kill", one) for one in search.mutants]
    for kind, one in (*places[0], *places[1]):
        if wanted(one.function):
            target = wanted.target(one.function)
            found[kind, one.number] = target.name if target is not None else None
    return found
