"""Puts the module under test back after each scenario: its globals, its containers, its caches.

It looks one level deep, which costs microseconds: what hides deeper is left to a fresh process.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Callable, Iterator
from typing import Any

_CONTAINERS = (dict, list, set, bytearray, collections.deque, collections.defaultdict, collections.OrderedDict,
               collections.Counter)  # fmt: skip
_MOST, _COMPARED, _LARGEST = 300, 64, 4096
_OWN = "aigc"  # in the names that instrumentation adds


class State:
    """What a module holds now, to be restored as often as wanted."""

    def __init__(self, module: types.ModuleType) -> None:
        self._globals = vars(module)
        self._saved = dict(self._globals)
        self._clear: list[Callable[[], object]] = []
        self._containers: list[tuple[Any, Any]] = []
        self._attributes: list[tuple[type, str, Any]] = []
        seen: set[int] = set()
        for value in _held(module, self._attributes):
            if id(value) not in seen and len(seen) < _MOST:
                seen.add(id(value))
                self._keep(value)

    def _keep(self, value: Any) -> None:
        if type(value) in _CONTAINERS:
            if len(value) <= _LARGEST:
                self._containers.append((value, value.copy()))
        elif callable(clear := getattr(value, "cache_clear", None)):
            self._clear.append(clear)

    def restore(self) -> None:
        """Make the module what it was."""
        for clear in self._clear:
            clear()
        try:
            same = self._globals == self._saved
        except Exception:  # a comparison of its own
            same = False
        if not same:
            for name in [name for name in self._globals if name not in self._saved]:
                del self._globals[name]
            self._globals.update(self._saved)
        for owner, name, value in self._attributes:
            if owner.__dict__.get(name) is not value:
                setattr(owner, name, value)
        for value, saved in self._containers:
            if len(value) != len(saved) or (len(saved) <= _COMPARED and not _same(value, saved)):
                _refill(value, saved)


def _same(value: Any, saved: Any) -> bool:
    try:
        return bool(value == saved)
    except Exception:
        return False


def _refill(value: Any, saved: Any) -> None:
    if isinstance(value, dict | set):
        value.clear()
        value.update(saved)
    elif isinstance(value, collections.deque):
        value.clear()
        value.extend(saved)
    else:
        value[:] = saved


def _held(module: types.ModuleType, attributes: list[tuple[type, str, Any]]) -> Iterator[Any]:
    """Yield what the module's globals, classes, defaults and objects hold; note plain attributes of its classes."""
    for name, value in list(vars(module).items()):
        if _OWN in name or (name.startswith("__") and name != "__all__"):
            continue
        yield value
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, type):
            for key, one in list(value.__dict__.items()):
                if key.startswith("__"):
                    continue
                yield one
                yield from _defaults(one)
                if isinstance(one, int | str | float | tuple | None):
                    attributes.append((value, key, one))
        elif isinstance(value, types.FunctionType):
            yield from _defaults(value)
        elif isinstance(own := getattr(value, "__dict__", None), dict):
            yield own
            yield from own.values()


def _defaults(function: Any) -> Iterator[Any]:
    function = getattr(function, "__func__", function)
    yield from getattr(function, "__defaults__", None) or ()
    yield from (getattr(function, "__kwdefaults__", None) or {}).values()
