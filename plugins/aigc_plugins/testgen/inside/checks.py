"""Chooses what to assert of a value: all of it where an expression says it, else what can be seen of it from outside.

A check is an expression that is true; its text says what is compared. How values are written is for `source`.
"""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import io
import math
import re
import types
from collections.abc import Iterator
from typing import Any

from aigc_plugins.testgen.inside.construct import knows_equality
from aigc_plugins.testgen.inside.names import UnwritableError
from aigc_plugins.testgen.inside.source import Source, quoted

_LONGEST, _LONGEST_TEXT, _ENDS = 600, 400, 40
_MOST, _HIDDEN, _DEEPEST, _PARTS, _SLICE = 12, 6, 2, 3, 10
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_NUMBERS = (int, float)
_CALLED = (types.FunctionType, types.MethodType, types.BuiltinFunctionType, type, types.ModuleType, property)
_COLLECTIONS = (list, tuple, dict, set, frozenset, collections.deque)


class Checker:
    """Writes checks for one test."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._seen: list[int] = []

    def of(self, name: str, value: Any) -> list[str]:
        """Return checks of the value that the expression `name` gives; never none."""
        self._seen.clear()
        return list(dict.fromkeys(self._of(name, value, 0)))

    def face(self, name: str, value: Any) -> list[str]:
        """Return checks of a variable: of an object what it shows, of what is a value all of it."""
        self._seen.clear()
        plain = type(value).__module__ in ("builtins", "collections") or dataclasses.is_dataclass(value)
        found = self._of(name, value, 0) if plain else self._object(name, value, 0, hidden=False)
        return list(dict.fromkeys(found))

    def private(self, name: str, value: Any) -> list[str]:
        """Return checks of attributes that begin with an underscore."""
        self._seen.clear()
        found = [one for one in _attributes(value) if one.startswith("_") and not one.startswith("__")]
        return [check for one in found for check in self._attribute(f"{name}.{one}", value, one, _DEEPEST)][:_HIDDEN]

    def _of(self, name: str, value: Any, depth: int) -> list[str]:
        if isinstance(value, str | bytes) and len(value) > _LONGEST_TEXT and type(value) in (str, bytes):
            return self._long(name, value)
        try:
            text = self._whole(name, value)
            if len(text) <= _LONGEST + len(name):
                return [text]
        except UnwritableError:
            pass
        if isinstance(value, _COLLECTIONS) and type(value) in _COLLECTIONS:
            return self._collection(name, value, depth)
        return self._object(name, value, depth)

    def _whole(self, name: str, value: Any) -> str:
        """Return one check that says all.

        Raises:
            UnwritableError: there is none.
        """
        if value is None or isinstance(value, bool) or value is NotImplemented or value is Ellipsis:
            return f"{name} is {value!r}"
        if isinstance(value, float) and math.isnan(value):
            return f"{self.source.names.imported('math')}.isnan({name})"
        if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)):
            return f"{name} is {self.source.text(value)}"
        through = self._through(name, value)
        if through:
            return through
        if isinstance(value, list | tuple) and type(value) in (list, tuple) and _numbers(value):
            return f"{name} == pytest.approx({self.source.text(value, exact=True)})"
        if type(value) in (set, frozenset) and any(isinstance(one, float) for one in value):
            numbers = sorted(value) if _numbers(list(value)) else None
            if numbers:
                return f"sorted({name}) == pytest.approx({self.source.text(numbers, exact=True)})"
        if not knows_equality(type(value)):
            constant = self.source.constant(value)
            if constant:
                return f"{name} is {constant}"
        text = self.source.text(value)
        return f"{name} {'is' if _single(value) else '=='} {text}"

    def _through(self, name: str, value: Any) -> str:
        """Return a check of what an object holds that cannot be compared itself: views, files in memory, trees."""
        if type(value) in _VIEWS:
            return f"list({name}) == {self.source.text(list(value))}"
        if type(value) in (io.StringIO, io.BytesIO):
            held = "" if value.closed else self.source.text(value.getvalue())
            return f"{name}.getvalue() == {held}" if held else f"{name}.closed"
        if type(value) is memoryview:
            return f"{name}.tobytes() == {self.source.text(value.tobytes())}"
        if isinstance(value, ast.AST):
            return f"{self.source.names.imported('ast')}.dump({name}) == {self.source.text(ast.dump(value))}"
        return ""

    def _long(self, name: str, value: str | bytes) -> list[str]:
        """Long texts: the length, both ends, and how many lines and words are in it."""
        if not self.source.lasting(str(value)) or (self.source.tmp and str(self.source.tmp) in str(value)):
            return [self._class(name, value)]
        half = len(value) // 2
        return [
            f"len({name}) == {len(value)}",
            f"{name}.startswith({quoted(value[:_ENDS])})",
            f"{name}.endswith({quoted(value[-_ENDS:])})",
            f"len({name}.split()) == {len(value.split())}",
            f"{name}[{half}:{half + _ENDS}] == {quoted(value[half : half + _ENDS])}",
        ]

    def _collection(self, name: str, value: Any, depth: int) -> list[str]:
        """What cannot be written as a whole: how many, and the first and last of them."""
        checks = [f"len({name}) == {len(value)}"]
        if id(value) in self._seen or depth > _DEEPEST:
            return checks
        self._seen.append(id(value))
        if isinstance(value, dict):
            checks += self._keyed(name, value, depth)
        elif not isinstance(value, set | frozenset):
            if len(value) > _SLICE and (slices := self._slices(name, value)):
                return checks + slices
            places = [*range(min(len(value), _PARTS)), *([-1] if len(value) > _PARTS else [])]
            for place in places:
                checks += self._of(f"{name}[{place}]", value[place], depth + 1)
        return checks[:_MOST]

    def _slices(self, name: str, value: Any) -> list[str]:
        """Return checks of the first and the last elements, nothing where they cannot be written."""
        try:
            parts = {f"{name}[:{_SLICE}]": value[:_SLICE], f"{name}[-{_SLICE}:]": value[-_SLICE:]}
            checks = [self._whole(part, held) for part, held in parts.items()]
        except UnwritableError:
            return []
        return checks if all(len(one) <= _LONGEST for one in checks) else []

    def _keyed(self, name: str, value: dict[Any, Any], depth: int) -> Iterator[str]:
        for key in list(value)[:_PARTS]:
            try:
                text = self.source.text(key, exact=True)
            except UnwritableError:
                continue
            yield from self._of(f"{name}[{text}]", value[key], depth + 1)

    def _object(self, name: str, value: Any, depth: int, hidden: bool = True) -> list[str]:
        """An object that no expression makes: its class, and what its public face shows."""
        checks = [self._class(name, value)]
        if id(value) in self._seen or depth > _DEEPEST or isinstance(value, _CALLED):
            return checks
        self._seen.append(id(value))
        if isinstance(value, BaseException):
            checks += self._shown(f"str({name})", lambda: str(value))
        if isinstance(value, re.Match):
            group = self._shown(f"{name}.group()", value.group)
            return (
                checks
                + group
                + self._shown(f"{name}.span()", value.span)
                + self._shown(f"{name}.groups()", value.groups)
            )
        public = [one for one in _attributes(value) if not one.startswith("_")]
        seen = [check for one in public for check in self._attribute(f"{name}.{one}", value, one, depth)]
        if isinstance(value, tuple | list | str | dict):  # a subclass: what it holds is what it is
            kind: Any = next(one for one in (tuple, list, str, dict) if isinstance(value, one))
            seen = self._shown(f"{kind.__name__}({name})", lambda: kind(value)) + seen
        else:
            seen += self._sized(name, value)
        checks += seen[:_MOST] or (self.private(name, value) if depth == 0 and hidden else [])
        return checks[: _MOST + 1]

    def _class(self, name: str, value: Any) -> str:
        try:
            if type(value) is object:
                return f"type({name}) is object"
            return f"isinstance({name}, {self.source.names.of(type(value))})"
        except UnwritableError:
            return f"type({name}).__name__ == {quoted(type(value).__name__)}"

    def _sized(self, name: str, value: Any) -> list[str]:
        """Length, elements and text, where the class itself says what they are."""
        kind, checks = type(value), []
        if hasattr(kind, "__len__"):
            checks += self._shown(f"len({name})", lambda: len(value))
            if isinstance(value, collections.abc.Mapping):
                checks += self._shown(f"dict({name})", lambda: dict(value))
            elif hasattr(kind, "__iter__") and hasattr(kind, "__getitem__"):
                checks += self._shown(f"list({name})", lambda: list(value))
        for show in (str, repr):
            own = getattr(kind, f"__{show.__name__}__")
            if own not in (object.__str__, object.__repr__) and (show is str or not checks):
                checks += self._shown(f"{show.__name__}({name})", lambda show=show: show(value))
        return checks

    def _shown(self, name: str, show: Any) -> list[str]:
        """Return a check of what a harmless call gives, if it gives something that can be written."""
        try:
            return [self._whole(name, show())]
        except Exception:  # code of the class runs here: it may raise anything
            return []

    def _attribute(self, name: str, owner: Any, attribute: str, depth: int) -> list[str]:
        try:
            value = getattr(owner, attribute)
        except Exception:
            return []
        if isinstance(value, _CALLED) or hasattr(type(value), "__next__"):
            return []
        plain = [one for one in self._of(name, value, depth + 1) if len(one) <= _LONGEST + len(name)]
        return plain if depth < _DEEPEST or not plain or not plain[0].startswith("isinstance") else plain[:1]


def _single(value: Any) -> bool:
    """Tell whether a value is compared by identity: a member of an enumeration, not a combination of flags."""
    import enum

    return isinstance(value, enum.Enum) and getattr(type(value), str(value.name), None) is value


def _numbers(value: Any) -> bool:
    """Tell whether these are numbers with a float among them, none of them strange."""
    return any(type(one) is float for one in value) and all(
        type(one) in _NUMBERS and math.isfinite(one) for one in value
    )


def _attributes(value: Any) -> list[str]:
    """Return the names of attributes and properties, those that the object itself holds first."""
    names = dict.fromkeys(str(one) for one in getattr(value, "__dict__", None) or ())
    for kind in reversed(type(value).__mro__[:-1]):
        slots = kind.__dict__.get("__slots__", ())
        names |= dict.fromkeys((slots,) if isinstance(slots, str) else map(str, slots))
        names |= dict.fromkeys(key for key, one in kind.__dict__.items() if _is_property(one))
    return [one for one in names if one.isidentifier()]


def _is_property(thing: Any) -> bool:
    return isinstance(thing, property) or type(thing).__name__ in ("cached_property", "member_descriptor")
