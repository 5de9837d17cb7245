"""Describes values as text by structure and type, so that two processes can compare what they saw."""

from __future__ import annotations

import io
import math
import re
import types
from collections import deque
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, TypeAlias

_DEEPEST = 12
_MOST = 500  # elements of an iterator that may never end
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
Known: TypeAlias = dict[int, tuple[str, Any]]  # by identity: a name, and the value itself, which is kept alive by it

_PLAIN = (int, str, bytes, bytearray, complex, range, type(None), type(Ellipsis), type(NotImplemented))


class Describer:
    """Describes values; `opaque` tells afterwards whether something in them can only be compared by its type.

    A value that can be changed and comes a second time is described as the same one: a list twice is not two lists
    that are equal. Those in `known` are described with a name, too: a list that was given is not its copy.
    """

    def __init__(self, known: Known | None = None) -> None:
        self.opaque = False
        self._open: list[int] = []
        self._known = known or {}
        self._met: dict[int, tuple[int, Any]] = {}  # with the values: what is gone leaves its identity to others
        self._unordered = 0

    def text(self, value: Any) -> str:
        """Return the description; iterators are read to their end, or for a while."""
        if len(self._open) > _DEEPEST or id(value) in self._open:
            return "..."
        if id(value) in self._met:
            return f"the same as {self._met[id(value)][0]}"
        if is_changeable(value) and not self._unordered:
            self._met[id(value)] = (len(self._met), value)
        name = self._known[id(value)][0] if id(value) in self._known else ""
        self._open.append(id(value))
        try:
            return f"{name}{type(value).__module__}.{type(value).__qualname__}:{self._inner(value)}"
        finally:
            self._open.pop()

    def _inner(self, value: Any) -> str:
        if isinstance(value, Enum):
            return value.name
        if isinstance(value, float):
            return "nan" if math.isnan(value) else float(value).hex()
        if isinstance(value, _PLAIN):
            return repr(value)
        if isinstance(value, type):
            return f"{value.__module__}.{value.__qualname__}"
        if isinstance(value, _FUNCTIONS):
            self.opaque = True
            return getattr(value, "__name__", "")
        if isinstance(value, io.StringIO | io.BytesIO):
            return "closed" if value.closed else f"{value.tell()}{value.getvalue()!r}"
        return self._container(value)

    def _container(self, value: Any) -> str:
        extra = self._attributes(value) if getattr(value, "__dict__", None) else ""
        if isinstance(value, dict):
            return f"{{{self._joined(item for pair in value.items() for item in pair)}}}{extra}"
        if isinstance(value, set | frozenset):
            return f"{{{', '.join(sorted(self._elements(value)))}}}{extra}"
        if isinstance(value, BaseException):
            return f"({self._joined(value.args)}){extra}"
        if isinstance(value, list | tuple) or type(value).__module__ == "collections" or _is_view(value):
            return f"[{self._joined(value)}]{extra}"
        if isinstance(value, Iterator):
            return f"[{self._joined(first for first, _ in zip(value, range(_MOST), strict=False))}]"
        return self._attributes(value)

    def _elements(self, values: Iterable[Any]) -> list[str]:
        """Describe what has no order, so that none is first."""
        self._unordered += 1
        try:
            return [self.text(one) for one in values]
        finally:
            self._unordered -= 1

    def _joined(self, values: Iterable[Any]) -> str:
        return ", ".join(self.text(one) for one in values)

    def _attributes(self, value: Any) -> str:
        names = dict.fromkeys(getattr(value, "__dict__", {}))
        for kind in type(value).__mro__:
            slots = kind.__dict__.get("__slots__", ())
            names |= dict.fromkeys((slots,) if isinstance(slots, str) else slots)
        found = {name: getattr(value, name) for name in sorted(map(str, names)) if hasattr(value, name)}
        if found:
            return "(" + ", ".join(f"{name}={self.text(one)}" for name, one in found.items()) + ")"
        text = repr(value)
        if re.search(r" at 0x[0-9a-fA-F]+", text):
            self.opaque = type(value) is not object
            return ""
        return text


def known_parts(value: Any, name: str, found: Known, depth: int = 0) -> None:
    """Name the values in `value` that can be changed and belong to whoever calls; iterators are not read."""
    if id(value) in found or depth > _DEEPEST:
        return
    if is_changeable(value):
        found[id(value)] = (f"<{name}>", value)
    parts: Iterable[tuple[object, Any]] = ()
    if isinstance(value, dict):
        parts = value.items()
    elif isinstance(value, list | tuple | deque):
        parts = enumerate(value)
    for place, one in (*parts, *getattr(value, "__dict__", {}).items()):
        if is_changeable(one) or isinstance(one, tuple):
            known_parts(one, f"{name}.{place!r:.20}", found, depth + 1)


def is_changeable(value: Any) -> bool:
    """Tell whether it matters which of two equal values one has."""
    if isinstance(value, (Enum, type, *_FUNCTIONS)):
        return False
    return isinstance(value, list | dict | set | bytearray | deque) or bool(getattr(value, "__dict__", None))


def _is_view(value: Any) -> bool:
    return type(value).__name__ in ("dict_keys", "dict_values", "dict_items", "mappingproxy", "array")
