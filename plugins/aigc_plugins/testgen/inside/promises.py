"""Compares what documentation and annotations promise with what was seen; it must be sure to say that they disagree.

What is unknown, unusual or generic counts as kept.
"""

from __future__ import annotations

import collections.abc
import doctest
import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_TOWER: dict[type, tuple[type, ...]] = {
    float: (int, float), complex: (int, float, complex), bytes: (bytes, bytearray, memoryview),
}  # fmt: skip
_FEW = 20
_ELEMENTS = (list, set, frozenset, collections.deque, collections.abc.Sequence, collections.abc.Set)


def as_documented(expected: str, value: Any, printed: str, namespace: dict[str, Any]) -> bool:
    """Tell whether a value is what an example in documentation says, by equality or by its repr."""
    checker = doctest.OutputChecker()
    for shown in ([repr(value)] if value is not None else [""]) + ([printed] if printed else []):
        if checker.check_output(f"{expected.strip()}\n", f"{shown.rstrip()}\n", _FLAGS):
            return True
    try:
        promised = eval(expected, dict(namespace))  # noqa: S307
    except Exception:  # no expression: `<Box 3>`
        return False
    if printed and isinstance(promised, str) and promised.rstrip() == f"{printed}{value}".rstrip():
        return True  # what printing the value shows, below what the call itself prints
    return same(promised, value, expected)


def same(promised: Any, value: Any, text: str = "") -> bool:
    """Tell whether two values are equal, floats as far as documentation would show them."""
    if isinstance(promised, float) and isinstance(value, int | float):
        digits = len(text.strip().rpartition(".")[2]) if text.strip().replace(".", "").lstrip("-").isdigit() else 0
        near = math.isclose(promised, value, rel_tol=1e-6, abs_tol=1e-12)
        return near or (digits > 0 and abs(promised - value) <= 0.5000001 * 10**-digits) or promised is value
    if isinstance(promised, list | tuple) and type(promised) is type(value) and len(promised) == len(value):
        return all(same(one, other) for one, other in zip(promised, value, strict=True))
    try:
        return bool(promised == value)
    except Exception:
        return True


def code_of(target: Any) -> types.CodeType | None:
    """Return the code of a function, method or property, wrappers taken off."""
    found = plain(target)
    return getattr(found, "__code__", None)


def plain(target: Any) -> Any:
    """Return the function in a method, property or wrapper."""
    for attribute in ("fget", "__func__", "func"):
        target = getattr(target, attribute, None) or target
    try:
        return inspect.unwrap(target)
    except ValueError:
        return target


def hints_of(function: Any) -> Mapping[str, Any]:
    """Return the annotations of a function as objects; none where they cannot be read."""
    try:
        return typing.get_type_hints(function)
    except Exception:
        return {}


def judge(hints: Mapping[str, Any]) -> Callable[[dict[str, Any]], bool]:
    """Return what tells whether arguments fit annotations (or may)."""
    return lambda arguments: all(fits(one, hints[name]) for name, one in arguments.items() if name in hints)


def callees(module: types.ModuleType) -> dict[types.CodeType, Mapping[str, Any]]:
    """Return the annotations of a module's functions and methods, by their code."""
    found: dict[types.CodeType, Mapping[str, Any]] = {}
    for thing in list(vars(module).values()):
        if getattr(thing, "__module__", None) != module.__name__:
            continue
        for one in list(vars(thing).values()) if isinstance(thing, type) else [thing]:
            code = code_of(one)
            if isinstance(code, types.CodeType) and (hints := hints_of(plain(one))):
                found[code] = hints
    return found


def fits(value: Any, hint: Any, depth: int = 0) -> bool:
    """Tell whether a value may be of a type, looking at the first elements of collections; what is unknown may be."""
    try:
        return _fits(value, hint, depth)
    except Exception:  # classes that refuse to be asked
        return True


def _fits(value: Any, hint: Any, depth: int) -> bool:
    if hint is None or hint is type(None):
        return value is None
    if depth > 2 or value is NotImplemented:
        return True
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, one, depth) for one in arguments)
    if origin is typing.Literal:
        return value in arguments
    if origin is None:
        return _fits_class(value, hint)
    if not isinstance(origin, type) or origin in (type, collections.abc.Callable):
        return True
    if origin.__module__ == "typing" or getattr(origin, "_is_protocol", False):  # classes by name only
        return True
    return isinstance(value, origin) and _fits_inside(value, origin, arguments, depth)


def _fits_class(value: Any, hint: Any) -> bool:
    if not isinstance(hint, type) or getattr(hint, "_is_protocol", False) or typing.is_typeddict(hint):
        return True
    if hint in _TOWER:
        return isinstance(value, _TOWER[hint])
    try:
        return isinstance(value, hint)
    except TypeError:
        return True


def _fits_inside(value: Any, origin: type, arguments: tuple[Any, ...], depth: int) -> bool:
    if origin is tuple and arguments:
        if arguments[-1] is Ellipsis:
            return all(fits(one, arguments[0], depth + 1) for one in value[:_FEW])
        kept = () if arguments == ((),) else arguments
        if any(typing.get_origin(one) is typing.Unpack or isinstance(one, typing.TypeVarTuple) for one in kept):
            return True
        return len(value) == len(kept) and all(fits(*pair, depth + 1) for pair in zip(value, kept, strict=True))
    if isinstance(value, dict) and len(arguments) == 2:
        some = list(value.items())[:_FEW]
        return all(fits(key, arguments[0], depth + 1) and fits(one, arguments[1], depth + 1) for key, one in some)
    if origin in _ELEMENTS and len(arguments) == 1 and isinstance(value, list | tuple | set | frozenset):
        return all(fits(one, arguments[0], depth + 1) for one in list(value)[:_FEW])
    return True
