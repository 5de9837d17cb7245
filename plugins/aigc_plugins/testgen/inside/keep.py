"""Records scenarios, each in a child forked from a process in which nothing ran: what ran before decides nothing."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.archive import MISUSED, Archive, Entry, rank_of
from aigc_plugins.testgen.inside.choose import chosen
from aigc_plugins.testgen.inside.forked import forked
from aigc_plugins.testgen.inside.shrink import shrunk
from aigc_plugins.testgen.scenario import Recorded, Scenario, Suspicion, from_json, to_json

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor

_LONGEST_S = 8.0
_KILLERS = 3  # of each mutant: enough to choose from
_SHRINKS = 90
_SMALL = 26
_ROUNDS = 3


class Keeper:
    """Records what is worth it; `send` gets each record as JSON at once. `until` ends it early."""

    def __init__(
        self, executor: Executor, archive: Archive, send: Callable[[dict[str, Any]], None], until: float
    ) -> None:
        self._executor, self._archive, self._send, self._until = executor, archive, send, until
        self.branches: set[int] = set()
        self.kills: Counter[int] = Counter()
        self.skipped: Counter[str] = Counter()
        self._slow: set[int] = set()
        self._done: dict[tuple[str, tuple[str, ...]], Recorded | None] = {}

    @property
    def timely(self) -> bool:
        """Whether there is time left."""
        return time.monotonic() < self._until

    def promised(self, scenarios: Iterable[Scenario]) -> None:
        """Record the scenarios of which documentation promises something: possible bugs come out."""
        for scenario in scenarios:
            if (scenario.expected or scenario.raises) and self.timely:
                self.record(scenario)

    def keep(self, branches: frozenset[int], mutants: frozenset[int]) -> None:
        """Record a set that reaches all that the archive does, of these branches and mutants."""
        entries = self._archive.entries()
        for number in range(_ROUNDS):
            kills = {one for entry in entries for one in entry.kills} & mutants
            missing_branches = {one for entry in entries for one in entry.branches} & branches - self.branches
            missing_kills = kills - self.kills.keys()
            waiting = [one for one in entries if self._key(one.scenario) not in self._done]
            for entry in chosen(waiting, missing_branches, missing_kills):
                if not self.timely:
                    return
                if number == 0 or entry.branches - self.branches or entry.kills - self.kills.keys():
                    self._kept(entry, branches, mutants)

    def _key(self, scenario: Scenario) -> tuple[str, tuple[str, ...]]:
        return scenario.act, scenario.arrange

    def _kept(self, entry: Entry, branches: frozenset[int], mutants: frozenset[int]) -> None:
        wanted_branches = (entry.branches & branches) - self.branches
        wanted_kills = (entry.kills & mutants) - self.kills.keys()
        small = self._shrunk(entry, wanted_branches, wanted_kills)
        if small is not None:
            recorded = self.record(small, mutants)
            if recorded and wanted_branches <= recorded.branches and wanted_kills <= recorded.kills:
                return
        self.record(entry.scenario, mutants)

    def _shrunk(self, entry: Entry, branches: frozenset[int], kills: frozenset[int]) -> Scenario | None:
        """Return something smaller that reaches the same of what it is wanted for, None where nothing is found."""
        if entry.scenario.size <= _SMALL or entry.rank == MISUSED or entry.scenario.origin != "search":
            return None
        executor = self._executor

        def holds(scenario: Scenario) -> bool:
            ran = executor.run(scenario)
            if ran.kind == "problem" or rank_of(ran) != entry.rank or not branches <= ran.branches:
                return False
            if not kills:
                return True
            recorded = executor.record(scenario) if kills <= ran.reached else None
            return isinstance(recorded, Recorded) and kills <= executor.kills(recorded, kills)

        def work(answer: Callable[[Any], None]) -> None:
            until = min(time.monotonic() + 0.8, self._until)
            answer(to_json(shrunk(entry.scenario, lambda one: time.monotonic() < until and holds(one), _SHRINKS)))

        for answer in forked(work, 4.0).answers:
            small = from_json(Scenario, answer)
            return small if small != entry.scenario else None
        return None

    def record(self, scenario: Scenario, mutants: frozenset[int] = frozenset()) -> Recorded | None:
        """Record a scenario as if nothing had run before, and send what came of it."""
        key = self._key(scenario)
        if key in self._done:
            return self._done[key]
        enough = {one for one, count in self.kills.items() if count >= _KILLERS or one in self._slow}
        executor = self._executor

        def work(answer: Callable[[Any], None]) -> None:
            recorded = executor.record(scenario)
            if isinstance(recorded, Suspicion):
                answer({"suspicion": to_json(recorded)})
            elif isinstance(recorded, str):
                answer({"skipped": recorded})
            else:
                ran = executor.run(scenario)
                tried = (ran.reached & mutants) - enough
                kills = executor.kills(recorded, tried) if tried else frozenset()
                full = dataclasses.replace(recorded, branches=recorded.branches or ran.branches, kills=kills)
                answer({"recorded": to_json(full)})

        result = None
        for answer in forked(work, _LONGEST_S).answers:
            if "recorded" in answer:
                result = from_json(Recorded, answer["recorded"])
                self.branches |= result.branches
                self.kills.update(result.kills)
            elif "skipped" in answer:
                self.skipped[answer["skipped"]] += 1
                continue
            self._send(answer)
        self._done[key] = result
        return result
