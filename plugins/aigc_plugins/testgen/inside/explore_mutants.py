"""Searches scenarios under which planted faults show: variations of those that reach a living mutant.

Whether a mutant is killed decides the recorded test alone: some of its assertions fails while the mutant is active.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aigc_plugins.behaviour.inside.described import Describer
from aigc_plugins.testgen.inside.archive import MISUSED, Entry
from aigc_plugins.testgen.inside.explore import Found, Search
from aigc_plugins.testgen.inside.vary import vary
from aigc_plugins.testgen.scenario import Recorded

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor, Ran
    from aigc_plugins.testgen.inside.generate_draft import Draft
    from aigc_plugins.testgen.scenario import Scenario

_MOST_AT_ONCE = 12
_MOST_SLOW = 4
_MOST_LOOKS, _MOST_ELSEWHERE = 30, 8
# Of an execution, for a run of what is compiled already; less where there is an end to it anyway.
_SHARE, _FIRST_SHARE = 0.25, 0.02
_THOROUGH = 0.12  # share of scenarios that are recorded whatever comes back: objects may have changed
_LEAST_S, _ROUNDS = 0.06, 2000


class MutantSearch(Search):
    """The search for scenarios of one target that kill what still lives."""

    def kill(self, entries: list[Entry], fresh: list[Entry], tries: int) -> Found:
        """Kill with the `fresh` ones of what there is, then with variations; each mutant is tried `tries` times."""
        self._entries: dict[Scenario, Entry] = {}
        for entry in entries:
            self._tried.add((entry.scenario.act, entry.scenario.arrange))
            self._entries[entry.scenario] = entry
        for entry in fresh:
            if self.budget.left():
                self.killed(entry, first=True)
        while self.generator.possible and self.budget.left() and self.slow < _MOST_SLOW:
            mutant = self._chosen(tries)
            if mutant is None:
                break
            self._attempt(mutant)
        return self.found

    def _chosen(self, tries: int) -> int | None:
        """Return a living mutant that some entry reaches, one of those least often tried."""
        reached: set[int] = set()
        for entry in self._entries.values():
            reached |= entry.reached
        open_ones = [one for one in sorted(self.archive.alive & reached) if self.archive.tries.get(one, 0) < tries]
        if not open_ones:
            return None
        least = min(self.archive.tries.get(one, 0) for one in open_ones)
        return self.random.choice([one for one in open_ones if self.archive.tries.get(one, 0) <= least + 1])

    def _attempt(self, mutant: int) -> None:
        before = self.archive.tries.get(mutant, 0)
        scenario, draft = self._varied(mutant)
        entry = self.entry(scenario, draft)
        if entry is None or mutant not in entry.reached:
            self.archive.tries[mutant] = before + 0.5
        if entry is None or (entry.rank == MISUSED and self.random.random() < 0.8):
            return
        new = self.archive.add(entry)
        self.found.progress = self.found.progress or new
        if new:
            self.found.entries.append(entry)
        killed = self.killed(entry)
        if killed or new or not any(entry.reached <= one.reached for one in self._entries.values()):
            self._entries[scenario] = entry

    def _varied(self, mutant: int) -> tuple[Scenario, Draft]:
        if self.random.random() < 0.2:
            return self.generator.scenario()
        reaching = [one for one in self._entries.values() if mutant in one.reached]
        sound = [one for one in reaching if one.rank != MISUSED]
        parent = self.random.choice(sound or reaching)
        return vary(parent.scenario, self.generator, [one.scenario for one in reaching])

    def killed(self, entry: Entry, first: bool = False) -> bool:
        """Record an entry and try living mutants that it reaches on the record; tell whether it killed some.

        `first` asks for all that are worth it, else a few are tried, those least often tried before.
        """
        waiting = sorted(self.archive.alive & entry.reached, key=lambda one: (self.archive.tries.get(one, 0), one))
        chosen = self._worth(waiting) if first else waiting[:_MOST_AT_ONCE]
        with hurried(self.executor, entry.seconds):
            if not first:
                for one in chosen:
                    self.archive.tries[one] = self.archive.tries.get(one, 0) + 1
                chosen = self._different(entry.scenario, chosen)
            if not chosen:
                return False
            self.budget.used += 2 + (_FIRST_SHARE if first else _SHARE) * len(chosen)
            recorded = self.executor.record(entry.scenario)
            if not isinstance(recorded, Recorded):
                return False
            kills = self.executor.kills(recorded, chosen)
        if kills:
            self.archive.alive -= kills
            self.found.progress = True
            killer = dataclasses.replace(entry, kills=kills)
            self.found.entries.append(killer)
            self.tell(killer)
        return bool(kills)

    def _worth(self, mutants: list[int]) -> list[int]:
        """Return those that were not looked at often already; more often in the target's own code."""
        looks, known = self.archive.looks, self.executor.loaded.mutants
        name = self.target.name.removesuffix(".__init__")
        worth = [
            one
            for one in mutants
            if looks.get(one, 0) < (_MOST_LOOKS if known[one - 1].function.startswith(name) else _MOST_ELSEWHERE)
        ]
        for one in worth:
            looks[one] = looks.get(one, 0) + 1
        return worth

    def _different(self, scenario: Scenario, mutants: list[int]) -> list[int]:
        """Return the mutants under which something else comes back, which is much cheaper to see than assertions; all
        of them where what comes back says little."""
        plain = self.run(scenario)
        if plain.kind == "problem" or plain.value is None or self.random.random() < _THOROUGH:
            return mutants
        shown = _shown(plain)
        self.budget.used += _SHARE * len(mutants)
        return [one for one in mutants if _shown(self.executor.run(scenario, one)) != shown]


@contextlib.contextmanager
def hurried(executor: Executor, seconds: float) -> Iterator[None]:
    """Let runs end early, by the time that the plain one took: a mutant that takes far longer is as good as endless."""
    loaded: Any = executor.loaded
    before = executor.call_s, loaded.most_rounds
    executor.call_s, loaded.most_rounds = min(max(_LEAST_S, 30 * seconds), before[0]), min(_ROUNDS, before[1])
    try:
        yield
    finally:
        executor.call_s, loaded.most_rounds = before


def _shown(ran: Ran) -> str:
    if ran.kind == "returned":
        try:
            return Describer().text(ran.value)
        except Exception as error:  # attributes are arbitrary code
            return type(error).__name__
    return f"{ran.outcome} {ran.exception!s}" if ran.kind == "raised" else ran.outcome
