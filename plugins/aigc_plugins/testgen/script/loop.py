"""Writes the tests of a JavaScript or TypeScript module: proposes, tries, selects, writes, and keeps what holds."""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.action import Edit, FileEdit, NewFile, WithheldError
from aigc_plugins.testgen.asking import Asking
from aigc_plugins.testgen.parts import Figures, Generated, Options, Origin
from aigc_plugins.testgen.project import copied
from aigc_plugins.testgen.scenario import Goals, Recorded, Scenario
from aigc_plugins.testgen.script import running
from aigc_plugins.testgen.script.analysis import setup_of
from aigc_plugins.testgen.script.faults import Preparation, lines_of
from aigc_plugins.testgen.script.keeping import Keeping
from aigc_plugins.testgen.script.module import Module
from aigc_plugins.testgen.script.proposers import PROPOSERS, suspicions
from aigc_plugins.testgen.script.recording import trial
from aigc_plugins.testgen.script.vary import Variation
from aigc_plugins.testgen.wanted import Wanted

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject, Written
    from aigc_plugins.testgen.select import Goal

_MOST_ROUNDS = 8
_VARIED = 400  # variations in a round
_ENOUGH_KILLS = 5
_IDLE = 2  # rounds without anything new, after which the search ends
_STRIPS_TYPES = (22, 18)
_SHARE_OF_SEARCH = 0.6


def generate(subject: Subject, job: Job, options: Options, stop: Callable[[], bool] = lambda: False) -> Generated:
    """Write tests for the targets of a module, as `aigc_plugins.testgen.loop.generate` does for Python.

    Raises:
        SandboxUnavailableError: code cannot be run safely on this machine.
        WithheldError: the module cannot be loaded, or node is too old.
        CancelledError: the user took the task back.
    """
    with tempfile.TemporaryDirectory(prefix="aigc-testgen-") as folder:
        return _Generation(subject, job, options, stop, Path(folder).resolve()).run()


class _Generation:
    def __init__(self, subject: Subject, job: Job, options: Options, stop: Callable[[], bool], scratch: Path) -> None:
        self._subject, self._job, self._options, self._stop, self._scratch = subject, job, options, stop, scratch
        self._begun = time.monotonic()
        self._copy = scratch / "project"
        self._module = Module(subject.path, subject.text)
        self._setup = setup_of(subject.path, subject.root, self._module)
        self._prepared = Preparation(self._module).prepared()
        self._wanted = Wanted(subject)
        self._asking = Asking(subject, job, model=options.model, proposers=PROPOSERS)
        self._recorded: dict[tuple[tuple[str, ...], str], Recorded] = {}
        self._ran: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._notes = [f"{one.name}: {one.untestable}" for one in subject.targets if one.untestable]
        self._complete = True
        self._slow: set[int] = set()

    def run(self) -> Generated:
        """Do all of it."""
        subject, job = self._subject, self._job
        job.report("Copying the project", 0)
        self._notes += copied(subject, self._copy, job)
        runner = running.Runner(subject, self._setup, self._copy, self._cancelled)
        runner.link()
        strips = self._setup.runner == "node" and self._module.typed
        if strips and running.version(self._setup, self._scratch)[:2] < _STRIPS_TYPES:
            raise WithheldError("TypeScript needs vitest, or node 22.18 and later: `npm install --save-dev vitest`.")
        self._search()
        keeping = Keeping(subject, self._setup, self._module, job, self._owners())
        written = keeping.kept(self._recorded.values(), runner)
        self._dropped, self._notes = keeping.dropped, [*self._notes, *keeping.notes]
        return self._generated(written)

    def _cancelled(self) -> bool:
        self._job.check()
        return False

    def _left(self) -> float:
        return self._begun + self._options.seconds - time.monotonic()

    def _search(self) -> None:
        until = self._begun + _SHARE_OF_SEARCH * self._options.seconds
        goals = Goals(seed=self._options.seed)
        from_model: list[Scenario] = []
        idle = 0
        for number in range(_MOST_ROUNDS):
            before = self._reached()
            self._asking.begin_model(goals, self._stop)
            scenarios = [*from_model, *self._asking.programs(goals), *self._varied(number)]
            self._try(scenarios, max((until - time.monotonic()) * 0.6, 3.0))
            left = until - time.monotonic()
            from_model, answered = self._asking.end_model(max(left - 2.0, 0.0))
            self._complete = self._complete and answered
            goals = self._goals(number + 1)
            if self._stop() or until - time.monotonic() < 1.0:
                break
            idle = idle + 1 if self._reached() == before else 0
            if not from_model and (idle >= _IDLE or not (goals.branches or goals.mutants)):
                break
        if from_model:
            self._try(from_model, 3.0)

    def _try(self, scenarios: list[Scenario], seconds: float) -> None:
        if not scenarios:
            return
        found = trial(
            self._subject, self._setup, self._module, self._prepared, self._copy, scenarios,
            killed=self._killed_often(), left_out=self._slow, seconds=seconds, cancelled=self._cancelled,
        )  # fmt: skip
        self._complete = self._complete and found.complete
        self._slow |= found.slow
        self._ran.update(one.origin for one in scenarios)
        for one in found.recorded:
            self._recorded.setdefault((one.scenario.arrange, one.scenario.act), one)
        branches, kills = self._reached()
        self._job.report(f"{branches} branches, {kills} mutants, {sum(self._ran.values())} tried", 40)

    def _varied(self, number: int) -> list[Scenario]:
        """Return variations of what came furthest: for each branch and mutant, the smallest that reaches it."""
        best: dict[Goal, Recorded] = {}
        for one in sorted(self._recorded.values(), key=lambda one: one.scenario.size):
            for goal in [*(("branch", n) for n in one.branches), *(("kill", n) for n in one.kills)]:
                best.setdefault(goal, one)
        parents = list({(one.scenario.arrange, one.scenario.act): one for one in best.values()}.values())
        chance = random.Random(f"{self._options.seed} {number}")  # noqa: S311 - no secret
        made = {(one.arrange, one.act): one for one in Variation(self._module, chance).of(parents, _VARIED)}
        return [one for key, one in made.items() if key not in self._recorded]

    def _killed_often(self) -> set[int]:
        counts = Counter(number for one in self._recorded.values() for number in one.kills)
        return {number for number, count in counts.items() if count > _ENOUGH_KILLS}

    def _sets(self) -> tuple[frozenset[int], frozenset[int]]:
        every = self._recorded.values()
        return (
            frozenset().union(*(one.branches for one in every)), frozenset().union(*(one.kills for one in every))
        )  # fmt: skip

    def _reached(self) -> tuple[int, int]:
        branches, kills = self._sets()
        return len(branches), len(kills)

    def _goals(self, number: int) -> Goals:
        branches, kills = self._sets()
        return Goals(
            tuple(one for one in self._prepared.branches if one.number not in branches and self._wanted(one.function)),
            tuple(
                one.mutant
                for one in self._prepared.faults
                if one.mutant.number not in kills and self._wanted(one.mutant.function)
            ),
            number,
            self._options.seed,
        )

    def _owners(self) -> dict[Goal, str | None]:
        found: dict[Goal, str | None] = {}
        places = [(("branch", one.number), one.function) for one in self._prepared.branches]
        places += [(("kill", one.mutant.number), one.mutant.function) for one in self._prepared.faults]
        for goal, function in places:
            if self._wanted(function):
                target = self._wanted.target(function)
                found[goal] = target.name if target is not None else None
        return found

    def _generated(self, written: Written) -> Generated:
        subject, owners = self._subject, self._owners()
        rows = [row for test in written.tests for row in test.rows]
        taken = frozenset().union(*(one.branches for one in rows))
        killed = frozenset().union(*(one.kills for one in rows))
        branches = [one for one in self._prepared.branches if ("branch", one.number) in owners]
        mutants = [one.mutant for one in self._prepared.faults if ("kill", one.mutant.number) in owners]
        wanted = {one.number for one in branches}
        lines = {line: probe for line, probe in lines_of(self._module, self._prepared).items() if probe in wanted}
        covered = frozenset(line for line, probe in lines.items() if probe in taken)
        count = (len(lines), len(branches), len(mutants))
        conventions = subject.conventions
        if conventions.text is not None and conventions.text.strip():
            self._notes.append("What the tests that there were reach was not measured.")
        return Generated(
            subject=subject,
            change=_change(subject, written.text) if written.tests else None,
            text=written.text,
            tests=written.tests,
            before=Figures((0, count[0]), (0, count[1]), (0, count[2])),
            after=Figures(
                (len(covered), count[0]), (sum(one.number in taken for one in branches), count[1]),
                (sum(one.number in killed for one in mutants), count[2]),
            ),
            covered=covered,
            missed=frozenset(lines) - covered,
            killed=tuple(one for one in mutants if one.number in killed),
            alive=tuple(one for one in mutants if one.number not in killed),
            missing=tuple(one for one in branches if one.number not in taken),
            suspicions=suspicions(self._module, subject, list(self._recorded.values())),
            origins=self._origins([one.scenario.origin for one in rows]),
            dropped=dict(sorted(self._dropped.items())),
            notes=tuple(dict.fromkeys((*self._notes, *self._asking.notes))),
            seconds=round(time.monotonic() - self._begun, 3),
            complete=self._complete,
        )  # fmt: skip

    def _origins(self, kept: list[str]) -> tuple[Origin, ...]:
        asked = self._asking.proposed
        names = sorted(dict.fromkeys((*asked, *self._ran, *kept)))
        return tuple(Origin(name, asked.get(name, 0), self._ran.get(name, 0), kept.count(name)) for name in names)


def _change(subject: Subject, text: str) -> FileEdit | NewFile:
    conventions = subject.conventions
    if conventions.text is None:
        return NewFile(conventions.file, text)
    return FileEdit(conventions.file, conventions.text, (Edit(0, len(conventions.text), text),))
