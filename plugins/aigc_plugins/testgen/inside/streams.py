"""Says how what an act gives is to be read to its end: generators, coroutines, managers; and writes that as source.

The steps are few: `list(act)`, the first of an endless one, `asyncio.run(act)`, what an async generator yields, what a
context manager enters. What the values then are is for `values`.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import types
from typing import Any, Literal, TypeAlias

Step: TypeAlias = Literal["", "list", "first", "await", "collect", "enter", "enter async"]

MOST, FIRST = 64, 10  # how many elements are read at all; how many of one that does not end
_TYPES = (types.GeneratorType, map, filter, zip, enumerate, reversed)
_PLAIN = frozenset((type(None), bool, int, float, str, bytes, list, tuple, dict, set, frozenset))
_MODULES = ("builtins", "itertools", "_csv", "_collections", "re", "_sre")


def step(value: Any) -> Step:
    """Return what must be done before a value is one."""
    kind = type(value)
    if kind in _PLAIN:
        return ""
    if isinstance(value, types.CoroutineType):
        return "await"
    if isinstance(value, types.AsyncGeneratorType):
        return "collect"
    if isinstance(value, contextlib._GeneratorContextManager):
        return "enter"
    if isinstance(value, contextlib._AsyncGeneratorContextManager):
        return "enter async"
    if isinstance(value, _TYPES) or (hasattr(kind, "__next__") and kind.__module__ in _MODULES):
        return "" if isinstance(value, io.IOBase) else "list"
    return ""


def finish(value: Any, steps: list[Step]) -> Any:
    """Return what comes of a value in the end; `steps` gets the steps to it. Raises what the code raises on the way."""
    while (way := step(value)) and len(steps) < 3:
        steps.append(way)
        if way == "list":
            value = list(itertools.islice(value, MOST + 1))
            if len(value) > MOST:
                steps[-1], value = "first", value[:FIRST]
        elif way == "await":
            value = asyncio.run(value)
        elif way == "collect":
            value = asyncio.run(_collected(value))
        elif way == "enter":
            with value as entered:
                value = entered
        else:
            value = asyncio.run(_entered(value))
    return value


async def _collected(value: Any) -> list[Any]:
    read: list[Any] = []
    async for one in value:
        read.append(one)
        if len(read) > MOST:
            break
    return read


async def _entered(value: Any) -> Any:
    async with value as entered:
        return entered


def source(act: str, step: Step) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the act with a step taken, with the statements and the imports that this needs before it."""
    if step == "list":
        return f"list({act})", (), ()
    if step == "first":
        return f"list(itertools.islice({act}, {FIRST}))", (), ("import itertools",)
    if step == "await":
        return f"asyncio.run({act})", (), ("import asyncio",)
    if step == "collect":
        text = f"async def collect():\n    return [item async for item in {act}]"
        return "asyncio.run(collect())", (text,), ("import asyncio",)
    if step == "enter":
        return "enter()", (f"def enter():\n    with {act} as entered:\n        return entered",), ()
    text = f"async def enter():\n    async with {act} as entered:\n        return entered"
    return "asyncio.run(enter())", (text,), ("import asyncio",)
