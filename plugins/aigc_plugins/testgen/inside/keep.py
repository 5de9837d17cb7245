"""Records scenarios, each in a child forked from a process in which nothing ran: what ran before decides nothing."""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.archive import MISUSED, Archive, Entry, rank_of
from aigc_plugins.testgen.inside.choose import chosen
from aigc_plugins.testgen.inside.deadline import deadline
from aigc_plugins.testgen.inside.explore_mutants import hurried
from aigc_plugins.testgen.inside.forked import forked
from aigc_plugins.testgen.inside.shrink import shrunk
from aigc_plugins.testgen.inside.trial import Trial
from aigc_plugins.testgen.scenario import Recorded, Scenario, Suspicion, from_json, to_json

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor

_LONGEST_S = 8.0
_KILLERS = 2  # of each mutant: enough to choose from
_SHRINKS, _SHRINK_S = 90, 3.0
_SMALL = 26
_ENDLESS = ("time", "EndlessError")
_ROUNDS = 3
_OWN_TRIES = 4
_SHARE_OF_RECORDS = 0.75


class Keeper:
    """Records what is worth it; `send` gets each record as JSON at once. `until` ends it early."""

    def __init__(
        self, executor: Executor, archive: Archive, send: Callable[[dict[str, Any]], None], until: float
    ) -> None:
        self._executor, self._archive, self._send, self._until = executor, archive, send, until
        self.branches: set[int] = set()
        self.kills: Counter[int] = Counter()
        self._cut = False
        self._own: set[int] = set()  # mutants that a test of their own target kills
        self.skipped: Counter[str] = Counter()
        self.scenarios: dict[Scenario, Recorded] = {}
        self._slow: set[int] = set()
        self._done: dict[tuple[str, tuple[str, ...]], Recorded | None] = {}

    @property
    def timely(self) -> bool:
        """Whether there was time for all, up to now."""
        return not self._cut and time.monotonic() < deadline.kept_until(self._until)

    def promised(self, scenarios: Iterable[Scenario]) -> None:
        """Record the scenarios of which documentation promises something: possible bugs come out."""
        for scenario in scenarios:
            if (scenario.expected or scenario.raises) and self.timely:
                self.record(scenario)

    def keep(self, branches: frozenset[int], mutants: frozenset[int]) -> None:
        """Record a set that reaches all that the archive does, of these branches and mutants; then make it smaller."""
        killable = mutants - self._archive.alive  # what nothing killed in the search, nothing kills here
        until, now = self._until, time.monotonic()
        self._until = now + _SHARE_OF_RECORDS * max(until - now, 0)  # the rest is for reading well
        self._record_all(branches, killable)
        self._of_their_own(killable)
        cut, self._until = not self.timely, until
        self._smaller(branches, killable)
        self._cut = cut

    def _record_all(self, branches: frozenset[int], killable: frozenset[int]) -> None:
        entries = self._archive.entries()
        for _ in range(_ROUNDS):
            missing_branches = {one for entry in entries for one in entry.branches} & branches - self.branches
            missing_kills = killable - self.kills.keys()
            waiting = [one for one in entries if _key(one.scenario) not in self._done]
            for entry, _ in chosen(waiting, missing_branches, missing_kills):
                if not self.timely:
                    return
                self.record(entry.scenario, killable)

    def _of_their_own(self, killable: frozenset[int]) -> None:
        """Record scenarios of those targets whose mutants only others' tests kill: readers expect a test of each."""
        waiting = killable - self._own
        mutants: dict[str, set[int]] = {}
        for one in self._executor.loaded.mutants:
            if one.number in waiting:
                mutants.setdefault(one.function.removesuffix(".__init__"), set()).add(one.number)
        for target, missing in sorted(mutants.items()):
            candidates = [one for one in self._archive.of(target) if one.rank != MISUSED and one.reached & missing]
            for entry in candidates[:_OWN_TRIES]:
                wanted = (entry.reached & missing) - self._own
                if not wanted or not self.timely:
                    break
                self.record(entry.scenario, killable, frozenset(wanted))

    def _smaller(self, branches: frozenset[int], mutants: frozenset[int]) -> None:
        """Shrink those records that a small set needs, the largest first."""
        rank = {one.scenario: one.rank for one in self._archive.entries()}
        entries = [
            Entry(scenario, rank[scenario], one.branches & branches, frozenset(), "", one.kills & mutants)
            for scenario, one in self.scenarios.items()
            if scenario in rank
        ]
        for entry, goals in sorted(chosen(entries, self.branches, self.kills), key=lambda one: -one[0].scenario.size):
            if not self.timely:
                return
            wanted_branches = frozenset(number for kind, number in goals if kind == "branch")
            wanted_kills = frozenset(number for kind, number in goals if kind == "kill")
            small = self._shrunk(entry, wanted_branches, wanted_kills)
            if small is not None:
                self.record(small, mutants, wanted_kills)

    def _owned(self, target: str, kills: frozenset[int]) -> set[int]:
        """Return those of the mutants that lie in the target itself."""
        mutants = self._executor.loaded.mutants
        return {one for one in kills if mutants[one - 1].function.removesuffix(".__init__") == target}

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
            with hurried(executor, ran.seconds):
                recorded = executor.record(scenario) if kills <= ran.reached else None
                return isinstance(recorded, Recorded) and kills <= executor.kills(recorded, kills)

        def work(answer: Callable[[Any], None]) -> None:
            until = min(time.monotonic() + _SHRINK_S, deadline.kept_until(self._until))
            answer(to_json(shrunk(entry.scenario, lambda one: time.monotonic() < until and holds(one), _SHRINKS)))

        for answer in forked(work, 2 * _SHRINK_S).answers:
            small = from_json(Scenario, answer)
            return small if small != entry.scenario else None
        return None

    def record(
        self, scenario: Scenario, mutants: frozenset[int] = frozenset(), wanted: frozenset[int] = frozenset()
    ) -> Recorded | None:
        """Record a scenario as if nothing had run before, and send what came of it.

        It is tried on those of `mutants` that too few others kill, and on the `wanted` ones.
        """
        key = _key(scenario)
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
                kills, slow = _kills(
                    executor, recorded, sorted(((ran.reached & mutants) - enough) | wanted), ran.seconds
                )
                full = dataclasses.replace(recorded, branches=recorded.branches or ran.branches, kills=kills)
                answer({"recorded": to_json(full), "slow": slow})

        result = None
        for answer in forked(work, _LONGEST_S).answers:
            if "recorded" in answer:
                result = from_json(Recorded, answer["recorded"])
                self.branches |= result.branches
                self.kills.update(result.kills)
                self._own.update(self._owned(scenario.target, result.kills))
                self._slow.update(answer["slow"])
                self.scenarios[scenario] = result
            elif "skipped" in answer:
                self.skipped[answer["skipped"]] += 1
                continue
            self._send(answer)
        self._done[key] = result
        return result


def _kills(
    executor: Executor, recorded: Recorded, mutants: list[int], seconds: float
) -> tuple[frozenset[int], list[int]]:
    """Return the mutants that a test kills, and those of them that take long to kill: once is enough for these."""
    kills, slow = set(), []
    trial = Trial(executor, recorded, ())
    with hurried(executor, seconds):
        for one in mutants:
            verdict = trial.run(one, {})
            if not verdict.passed:
                kills.add(one)
                if verdict.why in _ENDLESS:
                    slow.append(one)
    return frozenset(kills), slow


def _key(scenario: Scenario) -> tuple[str, tuple[str, ...]]:
    return scenario.act, scenario.arrange
