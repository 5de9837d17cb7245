"""Makes a scenario smaller while it still shows what it is kept for: fewer statements, arguments, elements, characters.

Greedy delta debugging (Zeller, Hildebrandt 2002) over the syntax tree; whether something still shows, the caller says.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

from aigc_plugins.testgen.scenario import Scenario

_IMPORTED = re.compile(r"(?:import|from [\w.]+ import) ([\w.]+)$")
_SHORT = 3


def shrunk(scenario: Scenario, holds: Callable[[Scenario], bool], most: int = 120) -> Scenario:
    """Return the smallest scenario found that `holds`, asked `most` times at most; the scenario itself is taken to."""
    asked = 0
    seen = {(scenario.act, scenario.arrange)}
    smaller = True
    while smaller:
        smaller = False
        for candidate in candidates(scenario):
            key = (candidate.act, candidate.arrange)
            if key in seen or _weight(candidate) >= _weight(scenario):
                continue
            seen.add(key)
            asked += 1
            if asked > most:
                return scenario
            if holds(candidate):
                scenario, smaller = candidate, True
                break
    return scenario


def _weight(scenario: Scenario) -> tuple[int, int]:
    """Return what is to get less: the text, and the size of the numbers in it."""
    digits = sum(abs(int(one)) for one in re.findall(r"\d{1,15}", scenario.act + " ".join(scenario.arrange)))
    return scenario.size, digits


def candidates(scenario: Scenario) -> Iterator[Scenario]:
    """Yield scenarios with one thing less, what promises most first."""
    lines = [*scenario.arrange, scenario.act]
    for place in reversed(range(len(lines) - 1)):
        yield _of(scenario, lines[:place] + lines[place + 1 :])
    for place in reversed(range(len(lines))):
        for text in _smaller(lines[place]):
            yield _of(scenario, [*lines[:place], text, *lines[place + 1 :]])


def _of(scenario: Scenario, lines: list[str]) -> Scenario:
    """Return the scenario with these lines, and of its imports those that they use."""
    words = set(re.findall(r"\w+", " ".join(lines)))
    imports = []
    for line in scenario.imports:
        found = _IMPORTED.match(line)
        if found is None or found[1].partition(".")[0] in words:
            imports.append(line)
    return dataclasses.replace(scenario, act=lines[-1], arrange=tuple(lines[:-1]), imports=tuple(imports))


def _smaller(line: str) -> Iterator[str]:
    """Yield a line with something in it left out or replaced by less."""
    try:
        count = sum(1 for _ in ast.walk(ast.parse(line)))
    except (SyntaxError, ValueError, RecursionError):
        return
    for place in range(count):
        way = 0
        while True:
            tree = ast.parse(line)  # anew each time: ways change it in place
            node = next(one for number, one in enumerate(ast.walk(tree)) if number == place)
            if not _reduced(node, way):
                break
            way += 1
            yield ast.unparse(tree)


def _reduced(node: Any, way: int) -> bool:
    """Reduce a node in one of its ways; tell whether there is that way."""
    if isinstance(node, ast.Constant):
        values = list(_constants(node.value))
        if way < len(values):
            node.value, node.kind = values[way], None
            return True
        return False
    if isinstance(node, ast.Dict):
        return _without(way, node.keys, node.values)
    if isinstance(node, ast.List | ast.Tuple) or (isinstance(node, ast.Set) and len(node.elts) > 1):
        return _without(way, node.elts)
    if isinstance(node, ast.Call):
        if way < len(node.keywords):
            del node.keywords[way]
            return True
        if way == len(node.keywords) and node.args:
            node.args.pop()
            return True
    return False


def _without(way: int, *lists: list[Any]) -> bool:
    """Leave out all elements, the first or the second half, or one."""
    length = len(lists[0])
    half = (length + 1) // 2
    cuts = [(0, length), (0, half), (half, length)] if length > 2 else []
    cuts += [(place, place + 1) for place in range(min(length, 12))]
    if way >= len(cuts) or not length:
        return False
    start, end = cuts[way]
    for one in lists:
        del one[start:end]
    return True


def _constants(value: Any) -> Iterator[Any]:
    """Yield smaller constants of the same type."""
    if isinstance(value, str | bytes):
        yield from _texts(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        yield from (one for one in (0, 1, 2, value // 10, value // 2, value - 1) if abs(one) < abs(value))
    elif isinstance(value, float):
        yield from (one for one in (0.0, 1.0, 0.5, float(round(value))) if len(repr(one)) < len(repr(value)))


def _texts(value: Any) -> Iterator[Any]:
    length = len(value)
    if length:
        yield value[:0]
    if length > _SHORT:
        for parts in (2, 4):
            step = length // parts
            if step > 1:
                yield from (value[:start] + value[start + step :] for start in range(0, length - step + 1, step))
    if 1 < length <= 24:
        yield from (value[:place] + value[place + 1 :] for place in range(length))
