"""Searches scenarios for one target: new ones and variations of those that showed something, until nothing new comes.

First ways through the code are looked for, then scenarios under which mutants can be told from the code
(`explore_mutants`). It runs in a process of its own, whose end costs nothing but what it found; all chance comes from a
seed, and what bounds it is the number of executions.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.archive import MISUSED, Archive, Entry, rank_of
from aigc_plugins.testgen.inside.deadline import deadline
from aigc_plugins.testgen.inside.vary import vary

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor, Ran
    from aigc_plugins.testgen.inside.generate import Generator, Knowledge
    from aigc_plugins.testgen.inside.generate_draft import Draft
    from aigc_plugins.testgen.scenario import Scenario, Target

SLOW_S = 0.2
_BEAT_S = 0.25
_MOST_SLOW = 4
_MOST_SEEN_TYPES = 6


@dataclass
class Budget:
    """How many executions a search may take, and the moment (`time.monotonic`) that ends it early.

    `beat` is called a few times a second.
    """

    executions: int
    until: float
    used: float = 0
    timely: bool = True
    beat: Callable[[None], None] | None = None
    _beaten: float = 0.0

    def left(self) -> bool:
        """Tell whether there is more to use; now and then, also tell `beat` that it goes on."""
        now = deadline.now()
        if self.beat is not None and now > self._beaten + _BEAT_S:
            self._beaten = now
            self.beat(None)
        if now > self.until:
            self.timely = False
        return self.timely and self.used < self.executions


@dataclass
class Found:
    """What a search came to: entries to keep, expressions that gave instances, and how many scenarios ran by origin."""

    entries: list[Entry] = field(default_factory=list)
    instances: list[tuple[str, str, str, tuple[str, ...]]] = field(default_factory=list)
    ran: dict[str, int] = field(default_factory=dict)
    progress: bool = False


class Search:
    """The search for one target. `tell` gets what is new at once: the process may not come to an end by itself."""

    def __init__(
        self, executor: Executor, knowledge: Knowledge, target: Target, archive: Archive, seed: str, budget: Budget
    ) -> None:
        self.executor, self.archive, self.target, self.budget = executor, archive, target, budget
        self.random = random.Random(seed)  # noqa: S311
        self.generator: Generator = knowledge.generator(target, self.random)
        self.knowledge = knowledge
        self.found = Found()
        self.slow = 0
        self.tell: Callable[[Entry], None] = lambda entry: None
        self._tried: set[tuple[str, tuple[str, ...]]] = set()
        self._given: dict[type, int] = {}

    def branches(self, seeds: list[Scenario], patience: int) -> Found:
        """Look for ways through the code, the given scenarios first, until `patience` executions show nothing new."""
        idle = 0
        for scenario in seeds:
            if self.budget.left():
                self.tried(scenario, None)
        # Where nothing is beside what was reached, only luck finds more.
        while self.generator.possible and self.budget.left() and self.slow < _MOST_SLOW:
            if idle >= (patience if self.archive.beside(self.target.name) else patience // 3):
                break
            scenario, draft = self._next()
            new = self.tried(scenario, draft)
            idle = 0 if new else idle + 1
            self.found.progress = self.found.progress or new
        self.found.entries = self._kept()
        return self.found

    def _kept(self) -> list[Entry]:
        kept: dict[Scenario, Entry] = {}
        for number in sorted(self.archive.best):
            for one in self.archive.best[number]:
                kept.setdefault(one.scenario, one)
        for one in self.archive.population.get(self.target.name, []):
            kept.setdefault(one.scenario, one)
        return [one for one in kept.values() if one.scenario.target == self.target.name]

    def _next(self) -> tuple[Scenario, Draft]:
        population = self.archive.population.get(self.target.name, [])
        way = self.random.random()
        if not population or way < 0.3:
            return self.generator.scenario()
        parent = self._parent(population)
        others = [one.scenario for one in population]
        return vary(parent.scenario, self.generator, others)

    def _parent(self, population: list[Entry]) -> Entry:
        """Return one that took the other way where a branch is missing; sometimes any one."""
        if self.random.random() < 0.75:
            beside = self.archive.beside(self.target.name)
            if beside:
                _, entries = self.random.choice(beside)
                return self.random.choice(entries[-8:])
        sound = [one for one in population if one.rank != MISUSED]
        return self.random.choice(sound or population)

    def run(self, scenario: Scenario, mutant: int = 0) -> Ran:
        """Run a scenario, counted."""
        self.budget.used += 1
        return self.executor.run(scenario, mutant)

    def tried(self, scenario: Scenario, draft: Draft | None) -> bool:
        """Run a scenario that was not run yet; tell whether it showed something new."""
        entry = self.entry(scenario, draft)
        new = entry is not None and self.archive.add(entry)
        if entry is not None and new:
            self.tell(entry)
        return new

    def entry(self, scenario: Scenario, draft: Draft | None) -> Entry | None:
        """Run a scenario that was not run yet; return what it reached, None where nothing can be said."""
        key = (scenario.act, scenario.arrange)
        if key in self._tried:
            self.budget.used += 1  # so that searches end where there is nothing else to try
            return None
        self._tried.add(key)
        ran = self.run(scenario)
        self.found.ran[scenario.origin] = self.found.ran.get(scenario.origin, 0) + 1
        self.generator.values.learn(ran.compared)
        self._reward(draft, ran)
        if ran.seconds > SLOW_S or ran.problem == "time":
            self.slow += 1
            return None
        if ran.kind == "problem":
            return None
        self._instance(scenario, ran)
        return Entry(scenario, rank_of(ran), ran.branches, ran.reached, ran.outcome, seconds=round(ran.seconds, 4))

    def _reward(self, draft: Draft | None, ran: Ran) -> None:
        if draft is not None:
            good = ran.kind != "problem" and not ran.misuse
            for choice, place in draft.used:
                choice.reward(place, good) if hasattr(choice, "kinds") else choice.reward(ran.problem != "arrange")

    def _instance(self, scenario: Scenario, ran: Ran) -> None:
        """Remember expressions that give instances of classes: other targets may need some."""
        kind = type(ran.value)
        if ran.kind != "returned" or scenario.arrange or kind not in self.knowledge.classes.own_set:
            return
        if self._given.get(kind, 0) < _MOST_SEEN_TYPES and scenario.act.startswith(tuple(_names(scenario))):
            self._given[kind] = self._given.get(kind, 0) + 1
            self.knowledge.classes.saw(kind, scenario.act, scenario.imports)
            self.found.instances.append((kind.__module__, kind.__qualname__, scenario.act, scenario.imports))


def _names(scenario: Scenario) -> Iterator[str]:
    yield scenario.target.partition(".")[0]


def dump(found: Found) -> dict[str, Any]:
    """Return what was found as JSON has it."""
    from aigc_plugins.testgen.inside.archive import entry_to_json

    return {
        "entries": [entry_to_json(one) for one in found.entries],
        "instances": found.instances,
        "ran": found.ran,
        "progress": found.progress,
    }
