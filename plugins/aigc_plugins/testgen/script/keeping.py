"""Keeps of what was recorded the tests that hold: selected, written, run by the project's runner, again and again."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from aigc_plugins.testgen.parts import Written
from aigc_plugins.testgen.script.writing import Writer
from aigc_plugins.testgen.select import Wish, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Recorded
    from aigc_plugins.testgen.script.analysis import Setup
    from aigc_plugins.testgen.script.module import Module
    from aigc_plugins.testgen.script.running import Runner
    from aigc_plugins.testgen.select import Goal

_RERUNS = 5
_DEPTH = 2
_MOST_ATTEMPTS = 4


class Keeping:
    """The tests that are kept; `dropped` counts the others by reason. `owners` tells whose each goal is."""

    def __init__(
        self, subject: Subject, setup: Setup, module: Module, job: Job, owners: Mapping[Goal, str | None]
    ) -> None:
        self._subject, self._setup, self._module, self._job, self._owners = subject, setup, module, job, owners
        self.dropped: Counter[str] = Counter()
        self.notes: list[str] = []

    def kept(self, recorded: Iterable[Recorded], runner: Runner) -> Written:
        """Write the tests that hold: they pass under the runner, in other orders and time zones, too."""
        keyed = [((one.scenario.arrange, one.scenario.act), one) for one in recorded]
        writer = Writer(self._subject, self._setup, self._module)
        usable = {key: one for key, one in keyed if not self._known(one)}
        written = Written(self._subject.conventions.text or "", ())
        for attempt in range(_MOST_ATTEMPTS):
            written = writer.written(self._selected(list(usable.values())))
            if not written.tests:
                return written
            self._job.report(f"Running {len(written.tests)} tests", 70 + 5 * attempt)
            failing = self._failing(runner, written)
            if not failing:
                return written
            for test in written.tests:
                if test.name in failing:
                    self.dropped[failing[test.name]] += 1
                    scenario = test.rows[0].scenario
                    usable.pop((scenario.arrange, scenario.act), None)
        self.notes.append("The written tests did not hold: none is kept.")
        return Written(self._subject.conventions.text or "", ())

    def _failing(self, runner: Runner, written: Written) -> dict[str, str]:
        for number in range(_RERUNS + 1):
            ran = runner.run(written.text, number=number)
            if ran.error:
                self.notes.append(f"The written file could not be run: {ran.error}")
                return {one.name: "the file cannot be run" for one in written.tests}
            reason = f"fails under {self._setup.runner}" if not number else "fails in another order or time zone"
            failing = {one.name: reason for one in written.tests if ran.results.get(one.name, "it is not there")}
            if failing:
                return failing
        return {}

    def _known(self, one: Recorded) -> bool:
        """Tell whether the project's tests have that call already."""
        text = "".join((self._subject.conventions.text or "").split())
        return not one.scenario.arrange and "".join(one.scenario.act.split()) in text

    def _selected(self, recorded: list[Recorded]) -> list[Recorded]:
        owners = self._owners
        branches = frozenset().union(*(one.branches for one in recorded))
        kills = frozenset().union(*(one.kills for one in recorded))
        return select(
            recorded,
            Wish(
                {one for one in branches if ("branch", one) in owners},
                {one for one in kills if ("kill", one) in owners}, owners, _DEPTH,
            ),
        )  # fmt: skip
