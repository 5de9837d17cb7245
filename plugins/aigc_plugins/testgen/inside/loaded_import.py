"""Brings faults in what runs on import into a module that has been imported: its constants, and defaults of functions.

The code that runs on import runs once more with the fault, in a namespace of its own. Where plain values in it differ,
the module gets them, until the next fault. Functions and classes stay the same objects, as tests hold them.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Space: TypeAlias = "dict[str, Any]"
# A change that can be taken back: an object, where in it, the new value and the old one.
Patch: TypeAlias = "tuple[Callable[[Any, str, Any], None], Any, str, Any, Any]"

_PLAIN = (int, float, complex, bool, str, bytes, type(None), range, re.Pattern)
_CONTAINERS = (tuple, list, set, frozenset, dict)
_MODULES = ("datetime", "decimal", "fractions")
_MOST_DEPTH = 4


def patches(original: Space, again: Space, faulty: Space, name: str) -> list[Patch]:
    """Return what is different in `faulty` for no other reason than the fault.

    `original` holds the module's globals, `again` what running its code once more without a fault gave.
    """
    return list(_of_space(original, again, faulty, name, 0))


def broken(original: Space, cells: str) -> Patch:
    """Return what a fault changes with which the module cannot be imported: none of its functions can be entered."""
    return _set_item, original, cells, _Broken(original[cells]), original[cells]


class _Broken(list[bool]):
    def __setitem__(self, branch: Any, value: Any) -> None:
        raise ImportError("with this mutant, the module cannot be imported")


def _of_space(original: Any, again: Any, faulty: Any, name: str, depth: int) -> Iterator[Patch]:
    for key, value in list(original.items()):
        if key not in again or key not in faulty or (key.startswith("__") and key != "__init__" and key != "__new__"):
            continue
        yield from _of_value(original, key, value, again[key], faulty[key], name, depth)


def _of_value(owner: Any, key: str, value: Any, again: Any, faulty: Any, name: str, depth: int) -> Iterator[Patch]:
    if is_plain(value):
        if same(value, again) and is_plain(faulty) and not same(value, faulty):
            yield (_set_item if isinstance(owner, dict) else _set_attribute), owner, key, faulty, value
    elif isinstance(value, type):
        if value.__module__ == name and isinstance(again, type) and isinstance(faulty, type) and depth < _MOST_DEPTH:
            yield from _of_class(value, again, faulty, name, depth)
    else:
        functions = [_function(one) for one in (value, again, faulty)]
        if all(isinstance(one, types.FunctionType) and one.__module__ == name for one in functions):
            yield from _of_function(*functions)


def _of_class(value: type, again: type, faulty: type, name: str, depth: int) -> Iterator[Patch]:
    for patch in _of_space(dict(vars(value)), vars(again), vars(faulty), name, depth + 1):
        if patch[0] is _set_item:  # the class itself is what holds it
            yield (_set_attribute, value, *patch[2:])
        else:
            yield patch


def _of_function(value: Any, again: Any, faulty: Any) -> Iterator[Patch]:
    for key in ("__defaults__", "__kwdefaults__"):
        own, other, new = getattr(value, key), getattr(again, key), getattr(faulty, key)
        if own is None or other is None or new is None or not len(own) == len(other) == len(new):
            continue
        if isinstance(own, dict):
            merged: Any = {one: _merged(own[one], other.get(one), new.get(one)) for one in own}
            changed = any(merged[one] is not own[one] for one in own)
        else:
            merged = tuple(map(_merged, own, other, new))
            changed = any(one is not two for one, two in zip(merged, own, strict=True))
        if changed:
            yield _set_attribute, value, key, merged, own


def _merged(value: Any, again: Any, faulty: Any) -> Any:
    is_changed = is_plain(value) and same(value, again) and is_plain(faulty) and not same(value, faulty)
    return faulty if is_changed else value


def _function(value: Any) -> Any:
    """Return the function in what wraps it."""
    for _ in range(8):
        if isinstance(value, types.FunctionType) and not hasattr(value, "__wrapped__"):
            return value
        if isinstance(value, staticmethod | classmethod):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        else:
            value = getattr(value, "__wrapped__", None)
    return None


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether a value is nothing but data, all through."""
    kind = type(value)
    if kind in _PLAIN or kind.__module__ in _MODULES:
        return True
    if kind not in _CONTAINERS or depth > _MOST_DEPTH:
        return False
    if kind is dict:
        return all(is_plain(one, depth + 1) for pair in value.items() for one in pair)
    return all(is_plain(one, depth + 1) for one in value)


def same(one: Any, two: Any) -> bool:
    """Whether two plain values are equal, and of the same kinds."""
    if type(one) is not type(two):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[key], two[key]) for key in one)
    return bool(one == two)


def _set_item(owner: Any, key: str, value: Any) -> None:
    owner[key] = value


def _set_attribute(owner: Any, key: str, value: Any) -> None:
    setattr(owner, key, value)
