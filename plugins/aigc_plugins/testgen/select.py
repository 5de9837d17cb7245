"""Chooses from many recorded scenarios a few that together reach as much: the tests that are worth reading.

What reaches what was measured before; nothing runs here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from aigc_plugins.testgen.inside.misuse import is_misuse

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from aigc_plugins.testgen.scenario import Recorded

Goal: TypeAlias = tuple[str, int]
_ERROR_COST, _MISUSE_COST, _ODD_COST = 40, 400, 60
_CHEAP = 150  # what a test may cost that only strengthens others
_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What the chosen are to reach together: branches, and mutants, each killed by `depth` tests if as many are cheap.

    `owners` tells of branches and mutants to which target they belong; `None` are helpers'.
    """

    branches: Collection[int]
    kills: Collection[int]
    owners: Mapping[Goal, str | None]
    depth: int = 1


def select(recorded: Sequence[Recorded], wish: Wish) -> list[Recorded]:
    """Return a small set of scenarios, in their order, that reaches all that `recorded` as a whole does.

    What belongs to a target is reached by tests of that target where this is possible, so that a reader finds the test
    of a function under its name; and each kills a mutant. Errors that only show that an argument was of a wrong kind
    are tests of targets of which there is nothing else. This is the greedy heuristic for set cover (Chvátal 1979): the
    most that is new first, of equals the cheapest to read.
    """
    sound = {one.scenario.target for one in recorded if one.kills and not is_misuse(one)}
    usable = {
        place: one
        for place, one in enumerate(recorded)
        if (one.checks or one.exception) and (one.scenario.target not in sound or not is_misuse(one)) and one.kills
    }
    chosen: list[int] = []
    once = replace(wish, depth=1)
    _cover(usable, once, _own, chosen)
    _cover(usable, once, _any, chosen)
    cheap = {place: one for place, one in usable.items() if place in chosen or cost(one) <= _CHEAP}
    _cover(cheap, wish, _own, chosen)
    _cover(cheap, wish, _any, chosen)
    return [recorded[place] for place in sorted(_needed(recorded, chosen, wish))]


def cost(one: Recorded) -> int:
    """Return how much a test costs whoever reads it; errors that come of wrong use are the last choice."""
    extra = 0
    if one.exception:
        extra = _MISUSE_COST if is_misuse(one) else _ERROR_COST
    if not all(text.isascii() for text in (one.scenario.act, *one.scenario.arrange)):
        extra += _ODD_COST
    return 60 + one.scenario.size + sum(map(len, one.checks)) + extra


def _own(one: Recorded, goal: Goal, wish: Wish) -> bool:
    return wish.owners.get(goal) == one.scenario.target


def _any(one: Recorded, goal: Goal, wish: Wish) -> bool:
    return True


def _cover(
    usable: Mapping[int, Recorded], wish: Wish, suits: Callable[[Recorded, Goal, Wish], bool], chosen: list[int]
) -> None:
    """Choose more, until nothing reaches more of what suits it."""
    left = {("branch", number): 1 for number in wish.branches} | {("kill", number): wish.depth for number in wish.kills}
    goals = {place: [goal for goal in _goals(one) if suits(one, goal, wish)] for place, one in usable.items()}
    waiting = set(usable) - set(chosen)
    for place in chosen:
        _count_down(left, goals[place])
    while waiting:
        gains = {}
        for place in waiting:
            goals[place] = [goal for goal in goals[place] if goal in left]
            gains[place] = sum(2 if kind == "branch" else 1 for kind, _ in goals[place])
        best = min(waiting, key=lambda place: (-gains[place] * _SCALE // cost(usable[place]), place))
        if not gains[best]:
            return
        waiting.discard(best)
        chosen.append(best)
        _count_down(left, goals[best])


def _count_down(left: dict[Goal, int], goals: Sequence[Goal]) -> None:
    for goal in goals:
        if goal in left:
            left[goal] -= 1
            if not left[goal]:
                del left[goal]


def _needed(recorded: Sequence[Recorded], chosen: Sequence[int], wish: Wish) -> set[int]:
    """Return the chosen ones without those that later choices made superfluous, the costliest first.

    The last test of a target stays.
    """
    wanted = {("branch", number) for number in wish.branches} | {("kill", number) for number in wish.kills}
    counts: dict[tuple[Goal, bool], int] = {}
    for place in chosen:
        for key in _counted(recorded[place], wanted, wish):
            counts[key] = counts.get(key, 0) + 1
    kept = set(chosen)
    for place in sorted(chosen, key=lambda place: (-cost(recorded[place]), place)):
        keys = _counted(recorded[place], wanted, wish)
        if all(counts[key] > (wish.depth if key[0][0] == "kill" else 1) for key in keys):
            kept.discard(place)
            for key in keys:
                counts[key] -= 1
    return kept


def _counted(one: Recorded, wanted: set[Goal], wish: Wish) -> list[tuple[Goal, bool]]:
    """Return what a test reaches, each as its target's own or not: own goals are not left to others' tests."""
    keys = []
    for goal in _goals(one):
        if goal in wanted:
            keys.append((goal, False))
            if _own(one, goal, wish):
                keys.append((goal, True))
    return keys


def _goals(one: Recorded) -> list[Goal]:
    return [("branch", number) for number in sorted(one.branches)] + [("kill", number) for number in sorted(one.kills)]
