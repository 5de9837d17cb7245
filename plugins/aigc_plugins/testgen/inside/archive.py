"""What a search found so far: for each branch the best few scenarios that take it, and which mutants still live.

The archive of a many-objective search (Panichella, Kifetew, Tonella 2018: DynaMOSA) without its fronts: scenarios that
show something new are kept, of those that show the same the soundest and smallest.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.scenario import Branch, Scenario

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Ran

RETURNED, RAISED, MISUSED = 0, 1, 2
_KEPT_PER_BRANCH = 3
_POPULATION = 80
_PROPOSED_BONUS = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """A scenario with what it reached. `rank` says how sound it is: it returned, raised, or shows a wrong kind.

    `order` puts the soundest first, of these the smallest; what a proposer wrote reads better than what a search found.
    """

    scenario: Scenario
    rank: int
    branches: frozenset[int]
    reached: frozenset[int]
    outcome: str = ""
    kills: frozenset[int] = frozenset()
    seconds: float = 0.0
    order: tuple[int, int, str, tuple[str, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        size = self.scenario.size - (_PROPOSED_BONUS if self.scenario.origin != "search" else 0)
        object.__setattr__(self, "order", (self.rank, size, self.scenario.act, self.scenario.arrange))


def rank_of(ran: Ran) -> int:
    """Return how sound a test of what was seen would be."""
    return MISUSED if ran.misuse else RETURNED if ran.kind == "returned" else RAISED


@dataclass
class Archive:
    """`best` holds for each branch the best scenarios that take it; `population` those that showed something new, by
    target; `alive` are mutants that nothing killed yet, `tries` how often each was tried to
    with variations, `looks` how often with what there was."""

    branches: Sequence[Branch]
    alive: set[int] = field(default_factory=set)
    best: dict[int, list[Entry]] = field(default_factory=dict)
    population: dict[str, list[Entry]] = field(default_factory=dict)
    tries: dict[int, float] = field(default_factory=dict)
    looks: dict[int, int] = field(default_factory=dict)
    killers: list[Entry] = field(default_factory=list)
    _signatures: dict[str, set[tuple[frozenset[int], str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._groups: dict[tuple[str, int], list[int]] = {}
        for one in self.branches:
            self._groups.setdefault((one.function, one.line), []).append(one.number)
        self._changes = 0
        self._beside: tuple[str, int, list[tuple[int, list[Entry]]]] = ("", -1, [])
        self._place = {number: key for key, numbers in self._groups.items() for number in numbers}

    def add(self, entry: Entry) -> bool:
        """Take in what ran; tell whether it takes a branch that nothing took, or only a less sound scenario did."""
        new = False
        for number in entry.branches:
            held = self.best.setdefault(number, [])
            new = new or not held or held[0].rank > entry.rank
            better = len(held) < _KEPT_PER_BRANCH or entry.order < held[-1].order
            if better and all(one.scenario != entry.scenario for one in held):
                held.append(entry)
                held.sort(key=lambda one: one.order)
                del held[_KEPT_PER_BRANCH:]
        self._populate(entry, new)
        return new

    def _populate(self, entry: Entry, new: bool) -> None:
        signatures = self._signatures.setdefault(entry.scenario.target, set())
        signature = (entry.branches, entry.outcome)
        if signature in signatures and not new:
            return
        signatures.add(signature)
        self._changes += 1
        population = self.population.setdefault(entry.scenario.target, [])
        population.append(entry)
        if len(population) > _POPULATION:
            worst = max(range(len(population) // 2), key=lambda place: (population[place].rank, place))
            del population[worst]

    def missing(self, numbers: Iterable[int]) -> list[int]:
        """Return the branches among `numbers` that nothing sound takes."""
        return [one for one in sorted(numbers) if one not in self.best or self.best[one][0].rank == MISUSED]

    def beside(self, target: str) -> list[tuple[int, list[Entry]]]:
        """Return the branches that nothing took, where the target's scenarios took another way at the same place."""
        if self._beside[0] != target or self._beside[1] != self._changes:
            self._beside = target, self._changes, self._found_beside(target)
        return self._beside[2]

    def _found_beside(self, target: str) -> list[tuple[int, list[Entry]]]:
        population = self.population.get(target, [])
        taking: dict[tuple[str, int], list[Entry]] = {}
        for entry in population:
            for key in {self._place[number] for number in entry.branches if number in self._place}:
                taking.setdefault(key, []).append(entry)
        found = []
        for key in sorted(taking):
            missing = [number for number in self._groups[key] if number not in self.best]
            found += [(number, taking[key]) for number in missing]
        return found

    def of(self, target: str) -> list[Entry]:
        """Return what is held of one target, the best first."""
        found = {one.scenario: one for one in self.entries() if one.scenario.target == target}
        for one in self.population.get(target, []):
            found.setdefault(one.scenario, one)
        return sorted(found.values(), key=lambda one: one.order)

    def entries(self) -> list[Entry]:
        """Return everything that is held, each once, the best first."""
        found: dict[Scenario, Entry] = {}
        for number in sorted(self.best):
            for one in self.best[number]:
                found.setdefault(one.scenario, one)
        for one in self.killers:
            if one.scenario not in found or one.kills:
                found[one.scenario] = one
        return sorted(found.values(), key=lambda one: one.order)


def entry_to_json(entry: Entry) -> list[Any]:
    """Return an entry as JSON has it."""
    fields = dataclasses.asdict(entry.scenario)
    return [
        fields,
        entry.rank,
        sorted(entry.branches),
        sorted(entry.reached),
        entry.outcome,
        sorted(entry.kills),
        entry.seconds,
    ]


def entry_from_json(data: Sequence[Any]) -> Entry:
    """Return what `entry_to_json` wrote."""
    fields, rank, branches, reached, outcome, kills, seconds = data
    fields = {name: tuple(one) if isinstance(one, list) else one for name, one in fields.items()}
    return Entry(Scenario(**fields), rank, frozenset(branches), frozenset(reached), outcome, frozenset(kills), seconds)
