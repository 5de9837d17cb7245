"""Divides a search among targets: each searches for a while in a forked child, what it finds is shared, and those with
something left to reach go on.

This process itself runs nothing of the module under test but its import, so that it stays as it was loaded.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.archive import Archive, Entry, entry_from_json, entry_to_json
from aigc_plugins.testgen.inside.deadline import deadline
from aigc_plugins.testgen.inside.explore import Budget, Search, dump
from aigc_plugins.testgen.inside.explore_mutants import MutantSearch
from aigc_plugins.testgen.inside.forked import Child, forked

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor
    from aigc_plugins.testgen.inside.generate import Knowledge
    from aigc_plugins.testgen.scenario import Scenario, Target

_GRACE_S, _SILENCE_S = 1.5, 2.0
_BRANCH_SHARE, _BRANCH_TIME, _MUTANT_TIME = 0.5, 0.35, 0.7
_PATIENCE = (90, 160, 300, 500)
_TRIES = (0, 4, 12, 30, 80, 200, 400)  # at first only what there is
_LEAST = 30


class Rounds:
    """The search of all targets: `executions` and `seconds` bound it, `note` is told which target runs next."""

    def __init__(
        self,
        executor: Executor,
        knowledge: Knowledge,
        archive: Archive,
        *,
        seed: int,
        executions: int,
        seconds: float,
        note: Callable[[str, str], None],
    ) -> None:
        self._executor, self._knowledge, self.archive, self._note = executor, knowledge, archive, note
        self._seed, self._executions, self._seconds = seed, executions, seconds
        self._begin = time.monotonic()
        self.timely = True
        self.used: float = 0
        self.ran: dict[str, int] = {}
        self.failed: dict[str, int] = {}
        self._measured: set[Scenario] = set()

    def branches(self, targets: list[Target], seeds: dict[str, list[Scenario]]) -> None:
        """Look for ways through the code, with all targets in turn."""
        until = self._begin + _BRANCH_TIME * self._seconds
        most = int(_BRANCH_SHARE * self._executions)
        open_targets = list(targets)
        for number, patience in enumerate(_PATIENCE):
            again = []
            for place, target in enumerate(open_targets):
                share = max(int((most - self.used) / max(len(open_targets) - place, 1)), _LEAST)
                budget = Budget(share, min(until, self._share_of_time(until, len(open_targets) - place)))
                given = seeds.get(target.name, []) if number == 0 else []
                progress = self._branch_slice(target, given, budget, patience, number)
                if progress or self.archive.beside(target.name):
                    again.append(target)
            open_targets = again
            if not open_targets or self.used >= most or deadline.now() >= until:
                break

    def _share_of_time(self, until: float, count: int) -> float:
        """Return the moment until which one of `count` targets may search: thrice its even share."""
        now = time.monotonic()
        return now + max(3 * (until - now) / max(count, 1), 0.3)

    def _branch_slice(self, target: Target, seeds: list[Scenario], budget: Budget, patience: int, number: int) -> bool:
        if self.failed.get(target.name, 0) > 1:
            return False
        seed = f"{self._seed} branches {target.name} {number}"

        def work(answer: Callable[[Any], None]) -> None:
            loaded: Any = self._executor.loaded
            loaded.watch_comparisons = True
            search = Search(self._executor, self._knowledge, target, self.archive, seed, budget)
            _attend(search, answer)
            found = search.branches(seeds, patience)
            answer({**dump(found), "used": budget.used, "timely": budget.timely, "learned": self._knowledge.learned()})

        return self._merged(self._forked("branches", target, work, budget), target)

    def mutants(self, targets: list[Target]) -> None:
        """Look for scenarios that kill what lives, with all targets in turn."""
        until = self._begin + _MUTANT_TIME * self._seconds
        for number, tries in enumerate(_TRIES):
            open_targets = [one for one in targets if self._reaches(one, tries)]
            for place, target in enumerate(open_targets):
                left = len(open_targets) - place
                share = max(int((self._executions - self.used) / left), _LEAST)
                budget = Budget(share, min(until, self._share_of_time(until, left)))
                self._mutant_slice(target, budget, tries, number)
            if not open_targets or self.used >= self._executions or deadline.now() >= until:
                break

    def _reaches(self, target: Target, tries: int) -> bool:
        alive = {one for one in self.archive.alive if self.archive.tries.get(one, 0) < tries or not tries}
        return any(entry.reached & alive for entry in self._entries(target))

    def _entries(self, target: Target) -> list[Entry]:
        return self.archive.of(target.name)

    def _mutant_slice(self, target: Target, budget: Budget, tries: int, number: int) -> None:
        if self.failed.get(target.name, 0) > 1:
            return
        seed = f"{self._seed} mutants {target.name} {number}"
        entries = self._entries(target)
        fresh = [one for one in entries if one.scenario not in self._measured]

        def work(answer: Callable[[Any], None]) -> None:
            search = MutantSearch(self._executor, self._knowledge, target, self.archive, seed, budget)
            _attend(search, answer)
            found = search.kill(entries, fresh, tries)
            answer({
                **dump(found), "used": budget.used, "timely": budget.timely, "learned": self._knowledge.learned(),
                "tries": sorted(self.archive.tries.items()), "looks": sorted(self.archive.looks.items()),
            })  # fmt: skip

        self._measured.update(one.scenario for one in fresh)
        self._merged(self._forked("mutants", target, work, budget), target)

    def _forked(
        self, phase: str, target: Target, work: Callable[[Callable[[Any], None]], None], budget: Budget
    ) -> Child:
        self._note(phase, target.name)
        return forked(work, max(budget.until - deadline.now(), 0.1) + _GRACE_S, _SILENCE_S)

    def _merged(self, child: Child, target: Target) -> bool:
        progress = False
        for answer in child.answers:
            if "entry" in answer:
                self._take(entry_from_json(answer["entry"]))
                continue
            for data in answer["entries"]:
                self._take(entry_from_json(data))
            for module, name, act, imports in answer["instances"]:
                found: Any = sys.modules.get(module)
                for part in name.split("."):
                    found = getattr(found, "__dict__", {}).get(part)
                if found is not None:
                    self._knowledge.classes.saw(found, act, tuple(imports))
            for origin, count in answer["ran"].items():
                self.ran[origin] = self.ran.get(origin, 0) + count
            self.used += answer["used"]
            self.timely = self.timely and answer["timely"]
            self._knowledge.learn(answer["learned"])
            self.archive.tries.update({int(number): count for number, count in answer.get("tries", [])})
            self.archive.looks.update({int(number): count for number, count in answer.get("looks", [])})
            progress = progress or answer["progress"]
        if not child.ended:
            self.failed[target.name] = self.failed.get(target.name, 0) + 1
            self.used += _LEAST
        return progress

    def _take(self, entry: Entry) -> None:
        self.archive.add(entry)
        if entry.kills and entry not in self.archive.killers:
            self.archive.killers.append(entry)
            self.archive.alive -= entry.kills


def _attend(search: Search, answer: Callable[[Any], None]) -> None:
    """Let a search answer at once what it finds, and now and then that it goes on."""
    search.tell = lambda entry: answer({"entry": entry_to_json(entry)})
    search.budget.beat = answer
