"""Describes values as text by structure and type, so that two processes can compare what they saw."""

from __future__ import annotations

import io
import math
import re
import types
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

_DEEPEST = 12
_MOST = 500  # elements of an iterator that may never end
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType)
_PLAIN = (int, str, bytes, bytearray, complex, range, type(None), type(Ellipsis), type(NotImplemented))


class Describer:
    """Describes one value; `opaque` tells afterwards whether something in it can only be compared by its type."""

    def __init__(self) -> None:
        self.opaque = False
        self._open: list[int] = []

    def text(self, value: Any) -> str:
        """Return the description; iterators are read to their end, or for a while."""
        if len(self._open) > _DEEPEST or id(value) in self._open:
            return "..."
        self._open.append(id(value))
        try:
            return f"{type(value).__module__}.{type(value).__qualname__}:{self._inner(value)}"
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
            return f"{{{', '.join(sorted(map(self.text, value)))}}}{extra}"
        if isinstance(value, BaseException):
            return f"({self._joined(value.args)}){extra}"
        if isinstance(value, list | tuple) or type(value).__module__ == "collections" or _is_view(value):
            return f"[{self._joined(value)}]{extra}"
        if isinstance(value, Iterator):
            return f"[{self._joined(first for first, _ in zip(value, range(_MOST), strict=False))}]"
        return self._attributes(value)

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


def _is_view(value: Any) -> bool:
    return type(value).__name__ in ("dict_keys", "dict_values", "dict_items", "mappingproxy", "array")
