"""Chooses few of the scenarios that a search found, so that each goal is reached by some: those are worth recording."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.archive import Entry

_BASE = 60
_RANK_COST = (0, 40, 400)


def chosen(
    entries: Sequence[Entry], branches: Collection[int], kills: Collection[int]
) -> list[tuple[Entry, set[tuple[str, int]]]]:
    """Return a small set of entries that takes all `branches` and kills all `kills` that the entries can, each with the
    goals for which it was taken; those that give most come first.

    The greedy heuristic for set cover (Chvátal 1979), with gains per size.
    """
    open_goals = {("branch", one) for one in branches} | {("kill", one) for one in kills}
    waiting = {place: set(_goals(one)) & open_goals for place, one in enumerate(entries)}
    picked: dict[int, set[tuple[str, int]]] = {}
    while True:
        waiting = {place: goals & open_goals for place, goals in waiting.items()}
        waiting = {place: goals for place, goals in waiting.items() if goals}
        if not waiting:
            return [(entries[place], goals) for place, goals in picked.items()]
        best = max(waiting, key=lambda place: (len(waiting[place]) / _cost(entries[place]), -place))
        picked[best] = waiting.pop(best)
        open_goals -= picked[best]


def _goals(entry: Entry) -> Iterable[tuple[str, int]]:
    yield from (("branch", one) for one in entry.branches)
    yield from (("kill", one) for one in entry.kills)


def _cost(entry: Entry) -> int:
    return _BASE + entry.scenario.size + _RANK_COST[entry.rank]
