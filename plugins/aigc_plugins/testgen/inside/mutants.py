"""Chooses among the places in a module's functions where small faults could be planted; `mutants_places` finds them.

What the faults are, `mutants_expressions` and `mutants_statements` say; compiling them in is for `instrument`.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from aigc_plugins.testgen.inside.mutants_import import Importing
from aigc_plugins.testgen.inside.mutants_places import Found, Place

MOST_MUTANTS = 2000
# Faults in what runs on import are tried by running all of that again.
MOST_ON_IMPORT = 300


def find(tree: ast.Module, most: int = MOST_MUTANTS) -> Found:
    """Return where faults can be planted into a module; of more than `most` faults, each function keeps its share."""
    collector = Importing(tree)
    collector.outside(tree, "")
    found = collector.found
    on_import = [place for place in found.places if place.readers is not None]
    inside = [place for place in found.places if place.readers is None]
    left = most - _thin(on_import, min(MOST_ON_IMPORT, most // 4))
    _thin(inside, left)
    found.places = [place for place in found.places if place.faults]
    return found


def _thin(places: Sequence[Place], most: int) -> int:
    """Keep at most `most` faults: what small functions do not use of an equal share is for the larger ones.

    Return how many there are then.
    """
    total = sum(len(place.faults) for place in places)
    if total <= most:
        return total
    counts: dict[str, int] = {}
    for place in places:
        counts[place.function] = counts.get(place.function, 0) + len(place.faults)
    shares, left = {}, most
    for done, name in enumerate(sorted(counts, key=lambda one: (counts[one], one))):
        shares[name] = min(counts[name], left // (len(counts) - done))
        left -= shares[name]
    seen = dict.fromkeys(counts, 0)
    for place in places:
        kept, share, count = [], shares[place.function], counts[place.function]
        for fault in place.faults:
            number = seen[place.function]
            seen[place.function] = number + 1
            if (number + 1) * share // count > number * share // count:
                kept.append(fault)
        place.faults = kept
    return most
