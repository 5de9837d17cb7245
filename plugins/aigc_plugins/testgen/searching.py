"""Rounds of asking and trying: what the sandbox could not reach goes back to the proposers as goals."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from aigc_plugins.testgen import checking, exploring
from aigc_plugins.testgen.scenario import Branch, Goals, Mutant, Recorded, Scenario, Suspicion
from aigc_plugins.testgen.wanted import Wanted, percent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aigc_plugins.action import Job
    from aigc_plugins.testgen.asking import Asking
    from aigc_plugins.testgen.parts import Options, Subject

_MOST_ROUNDS = 5
_LEAST_S = 1.0
_SHARE_OF_MODEL = 0.2  # of all time


class Search:
    """All that was tried for one module, and what came of it.

    `known` are the branches and mutants that the project's own tests reach: nobody needs to look for these.
    """

    def __init__(
        self,
        subject: Subject,
        copy: Path,
        job: Job,
        asking: Asking,
        options: Options,
        stop: Callable[[], bool],
        known: tuple[frozenset[int], frozenset[int]],
    ) -> None:
        self._subject, self._copy, self._job, self._asking = subject, copy, job, asking
        self._options, self._stop, self._known = options, stop, known
        self._wanted = Wanted(subject)
        self.recorded: tuple[Recorded, ...] = ()
        self.branches: tuple[Branch, ...] = ()
        self.mutants: tuple[Mutant, ...] = ()
        self.ran: Counter[str] = Counter()
        self.notes: list[str] = []
        self.complete = True
        self._model_s = 0.0
        self._suspicions: dict[tuple[str, str], Suspicion] = {}

    @property
    def suspicions(self) -> tuple[Suspicion, ...]:
        """The possible bugs, in the order of their lines; one call tells of a type that is not kept."""
        found: dict[tuple[str, ...], Suspicion] = {}
        for one in sorted(self._suspicions.values(), key=lambda one: (len(one.call), one.call)):
            key = (one.target, one.promised) if one.kind == "type" else (one.kind, one.call)
            found.setdefault((one.kind, *key), one)
        return tuple(sorted(found.values(), key=lambda one: (one.line, one.target, one.call)))

    def run(self, until: float) -> None:
        """Search until nothing new comes, or until a moment of `time.monotonic`.

        Raises:
            SandboxUnavailableError: code cannot be run safely on this machine.
            CancelledError: the user took the task back.
        """
        goals = Goals(seed=self._options.seed)
        from_model: list[Scenario] = []
        for number in range(_MOST_ROUNDS):
            reached = self._reached()
            scenarios = [*from_model, *self._asking.programs(goals)]
            left = until - time.monotonic()
            self._explore(scenarios, goals, max(left * (0.6 if number == 0 else 0.7), _LEAST_S))
            goals = self._goals(number + 1)
            if self._stop() or not (goals.branches or goals.mutants):
                break
            begun = time.monotonic()
            from_model = self._from_model(goals)
            until += time.monotonic() - begun  # it takes nothing from the search
            if until - time.monotonic() < _LEAST_S:
                self.complete = False
                break
            if not from_model and self._reached() == reached:
                return
        if from_model and not self._stop():  # answers that came last
            self._explore(from_model, goals, _LEAST_S)
        self.complete = self.complete and not self._stop()

    def _from_model(self, goals: Goals) -> list[Scenario]:
        """Ask the model for what programs did not find, while nothing else runs: it may need all of the machine."""
        left = _SHARE_OF_MODEL * self._options.seconds - self._model_s
        if left < _LEAST_S:
            return []
        begun = time.monotonic()
        self._asking.begin_model(goals, self._stop)
        found, done = self._asking.end_model(left)
        self._model_s += time.monotonic() - begun
        self.complete = self.complete and done
        return found

    def _explore(self, scenarios: list[Scenario], goals: Goals, seconds: float) -> None:
        with_fixtures = [one for one in scenarios if one.fixtures]
        found = exploring.explore(
            self._subject,
            self._copy,
            [one for one in scenarios if not one.fixtures],
            goals=goals,
            known=self.recorded,
            seed=self._options.seed + goals.round,
            executions=self._options.executions,
            seconds=seconds,
            cancelled=self._cancelled,
            report=self._job.report,
            stop=self._stop,
        )
        self.recorded, self.branches, self.mutants = found.recorded, found.branches, found.mutants
        self.ran.update(found.ran)
        self.complete = self.complete and found.complete
        self.notes += found.notes
        for suspicion in found.suspicions:
            self._suspicions.setdefault((suspicion.kind, suspicion.call), suspicion)
        self._forget_suspicious()
        if with_fixtures:
            self.recorded += checking.record_with_fixtures(
                self._subject, self._copy, with_fixtures, seconds=seconds, cancelled=self._cancelled
            )
        self._report(goals.round)

    def _forget_suspicious(self) -> None:
        """Leave out what would make a possible bug a test: the same call, whoever proposed it."""
        calls = {(one.target, one.call) for one in self._suspicions.values()}
        self.recorded = tuple(one for one in self.recorded if (one.scenario.target, one.scenario.act) not in calls)

    def _cancelled(self) -> bool:
        self._job.check()
        return False

    def _reached(self) -> tuple[int, int]:
        branches = frozenset().union(*(one.branches for one in self.recorded), self._known[0])
        kills = frozenset().union(*(one.kills for one in self.recorded), self._known[1])
        return len(branches), len(kills)

    def _goals(self, number: int) -> Goals:
        """Return what is missing in the targets."""
        branches = frozenset().union(*(one.branches for one in self.recorded), self._known[0])
        kills = frozenset().union(*(one.kills for one in self.recorded), self._known[1])
        return Goals(
            tuple(one for one in self.branches if one.number not in branches and self._wanted(one.function)),
            tuple(one for one in self.mutants if one.number not in kills and self._wanted(one.function)),
            number,
            self._options.seed,
        )

    def _report(self, number: int) -> None:
        missing = self._goals(number)
        branches = sum(self._wanted(one.function) for one in self.branches)
        mutants = sum(self._wanted(one.function) for one in self.mutants)
        self._job.report(
            f"branches {percent(branches - len(missing.branches), branches)} %, "
            f"mutants {percent(mutants - len(missing.mutants), mutants)} %, {sum(self.ran.values())} tried, "
            f"{len(self.recorded)} recorded",
            min(15 * (number + 1), 70),
        )
