"""Chooses from many recorded scenarios a few that together reach as much: the tests that are worth reading.

What reaches what was measured before; nothing runs here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from aigc_plugins.testgen.scenario import Recorded

_MISUSE = ("TypeError", "AttributeError", "NameError", "UnboundLocalError")
_ERROR_COST, _MISUSE_COST = 40, 400
_SCALE = 1_000_000


def select(
    recorded: Sequence[Recorded], *, branches: Collection[int], kills: Collection[int], depth: int = 1
) -> list[Recorded]:
    """Return a small set that takes all `branches` and kills all `kills` that `recorded` as a whole can.

    Each of them also kills at least one mutant, of `kills` or not. With a `depth` above 1, a mutant counts as done when
    that many tests kill it, so that other faults at the same place are likelier to be seen, too. The order is that of
    `recorded`. This is the greedy heuristic for set cover (Chvátal 1979): the most that is new first, of equals the
    cheapest to read.
    """
    open_branches, left = set(branches), dict.fromkeys(kills, depth)
    waiting = {place: one for place, one in enumerate(recorded) if one.kills and (one.checks or one.exception)}
    chosen: list[int] = []
    while waiting:
        gains = {place: _gain(one, open_branches, left) for place, one in waiting.items()}
        waiting = {place: one for place, one in waiting.items() if gains[place]}
        if not waiting:
            break
        best = min(waiting, key=lambda place: (-gains[place] * _SCALE // cost(waiting[place]), place))
        one = waiting.pop(best)
        chosen.append(best)
        open_branches -= one.branches
        for number in one.kills & left.keys():
            left[number] -= 1
            if not left[number]:
                del left[number]
    return [recorded[place] for place in sorted(_needed(recorded, chosen, branches, kills, depth))]


def cost(one: Recorded) -> int:
    """Return how much a test costs whoever reads it; errors that come of wrong use are the last choice."""
    extra = 0
    if one.exception:
        extra = _MISUSE_COST if one.exception in _MISUSE else _ERROR_COST
    return 60 + one.scenario.size + sum(map(len, one.checks)) + extra


def _gain(one: Recorded, branches: set[int], kills: dict[int, int]) -> int:
    return 2 * len(one.branches & branches) + len(one.kills & kills.keys())


def _needed(
    recorded: Sequence[Recorded], chosen: Sequence[int], branches: Collection[int], kills: Collection[int], depth: int
) -> set[int]:
    """Return the chosen ones without those that later choices made superfluous, the costliest first."""
    counts: dict[tuple[str, int], int] = {}
    for place in chosen:
        for goal in _goals(recorded[place], branches, kills):
            counts[goal] = counts.get(goal, 0) + 1
    kept = set(chosen)
    for place in sorted(chosen, key=lambda place: (-cost(recorded[place]), place)):
        goals = list(_goals(recorded[place], branches, kills))
        if all(counts[goal] > (depth if goal[0] == "kill" else 1) for goal in goals):
            kept.discard(place)
            for goal in goals:
                counts[goal] -= 1
    return kept


def _goals(one: Recorded, branches: Collection[int], kills: Collection[int]) -> Iterable[tuple[str, int]]:
    wanted, mutants = set(branches), set(kills)
    yield from (("branch", number) for number in sorted(one.branches & wanted))
    yield from (("kill", number) for number in sorted(one.kills & mutants))
