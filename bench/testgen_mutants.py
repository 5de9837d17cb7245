"""Prints mutants of a module that cosmic-ray makes, as JSON; runs in the measuring environment, which has cosmic-ray.

`python testgen_mutants.py FILE COUNT SEED`. Places are drawn by the seed, and of each place one mutant, until all have
had their turn: operators with many replacements (`==` has nine) do not crowd out the others. Annotations are left out:
nothing runs them. The module is read, never run.
"""

from __future__ import annotations

import ast
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Spot = tuple[int, int]


def drawn(places: dict[Spot, list[T]], seed: int) -> Iterator[tuple[Spot, T]]:
    """Yield all mutants of all places, in rounds of one a place, in an order that only the seed decides."""
    chance = random.Random(seed)
    order = sorted(places)
    chance.shuffle(order)
    waiting = {spot: chance.sample(places[spot], len(places[spot])) for spot in order}
    while waiting:
        for spot in list(waiting):
            yield spot, waiting[spot].pop()
            if not waiting[spot]:
                del waiting[spot]


def in_annotations(text: str) -> Callable[[Spot], bool]:
    """Return what tells whether a place (line from 1, column) lies in an annotation."""
    spans = []
    for node in ast.walk(ast.parse(text)):
        for name in ("annotation", "returns"):
            inner = getattr(node, name, None)
            if isinstance(inner, ast.expr):
                spans.append(((inner.lineno, inner.col_offset), (inner.end_lineno or 0, inner.end_col_offset or 0)))
    return lambda spot: any(start <= spot < end for start, end in spans)


def mutants(text: str, count: int, seed: int) -> list[dict[str, Any]]:
    """Return up to `count` mutants that compile: number, operator, line and the whole text of each."""
    from cosmic_ray.mutating import mutate_code

    annotated = in_annotations(text)
    places: dict[Spot, list[tuple[str, Any, int]]] = {}
    for name, operator, occurrence, spot in _positions(text):
        if not annotated(spot):
            places.setdefault(spot, []).append((name, operator, occurrence))
    found: list[dict[str, Any]] = []
    seen = {_shape(text)}
    for spot, (name, operator, occurrence) in drawn(places, seed):
        try:
            mutated = mutate_code(text.encode(), operator, occurrence)
        except (AssertionError, AttributeError, TypeError):  # of its operators, some stumble over rare code
            continue
        shape = None if mutated is None else _shape(mutated)
        if shape is not None and shape not in seen:
            seen.add(shape)
            found.append({"number": len(found) + 1, "operator": name, "line": spot[0], "text": mutated})
        if len(found) == count:
            break
    return found


def _positions(text: str) -> Iterable[tuple[str, Any, int, Spot]]:
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    nodes = list(ast_nodes(get_ast(text.encode())))
    for name in operator_names():
        kind = get_operator(name)
        if kind.arguments():  # these replace variables that a user names
            continue
        operator = kind()
        spots = (start for node in nodes for start, _ in operator.mutation_positions(node))
        for occurrence, spot in enumerate(spots):
            yield name.partition("/")[2], operator, occurrence, spot


def _shape(text: str) -> str | None:
    """Return what the compiler sees of a text, None where it is no Python."""
    try:
        compile(text, "mutant", "exec")
        return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError):
        return None


def main() -> None:
    """Print the mutants of a file."""
    file, count, seed = sys.argv[1:]
    print(json.dumps(mutants(Path(file).read_text("utf-8"), int(count), int(seed))))


if __name__ == "__main__":
    main()
