"""Writes values as Python expressions that a reader understands, and that evaluate to something equal.

Nothing is written that does not last: addresses, folders of this run, orders of sets. Which assertion an expression
stands in is for `checks`.
"""

from __future__ import annotations

import collections
import enum
import math
import pathlib
import re
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aigc_plugins.testgen.inside.construct import construction
from aigc_plugins.testgen.inside.names import Names, UnwritableError

_DEEPEST, _MOST = 8, 120
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+|\b0x[0-9a-f]{9,}\b|<locals>|<lambda>")
_BITS, _LARGE, _DIGITS = 4000, 2**31, re.compile(r"\d{10,}")
_CONSTANTS = (type(None), bool, type(Ellipsis), type(NotImplemented))
_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType)


class Source:
    """Writes values for one test. `tmp_path` is the test's folder, if it uses one; texts that hold one of `passing`
    (folders, names of this machine) are never written. `arranged` are the test's variables: no constants.
    With `addresses`, large numbers may be identities or hashes, which do not last."""

    def __init__(self, names: Names, tmp_path: pathlib.Path | None = None, passing: Sequence[str] = ()) -> None:
        self.names, self.tmp, self._passing = names, tmp_path, tuple(passing)
        self.arranged: frozenset[str] = frozenset()
        self.addresses = False
        self._open: list[int] = []
        self._written = 0
        self._kinds: dict[type, Callable[[Any, bool], str]] = {
            int: lambda value, exact: self._integer(value), float: self._float, complex: self._complex,
            str: lambda value, exact: self._str(value), bytes: lambda value, exact: quoted(value),
            bytearray: lambda value, exact: f"bytearray({quoted(bytes(value))})",
            list: lambda value, exact: f"[{self._all(value, exact)}]", tuple: self._tuple, dict: self._dict,
            set: self._set, frozenset: lambda value, exact: f"frozenset({self._set(value, True) if value else ''})",
            range: lambda value, exact: repr(value),
            slice: lambda value, exact: f"slice({self._all((value.start, value.stop, value.step), True)})",
            collections.defaultdict: self._dict,
            collections.OrderedDict: lambda value, exact: self._call(value, [self._dict(dict(value), exact)]),
            collections.Counter: lambda value, exact: self._call(value, [self._dict(dict(value), exact)]),
            collections.deque: self._deque,
            types.MappingProxyType: lambda value, exact: self._dict(dict(value), exact),
            types.SimpleNamespace: self._namespace, re.Pattern: lambda value, exact: self._pattern(value),
        }  # fmt: skip

    def text(self, value: Any, exact: bool = False) -> str:
        """Return an expression; floats in it are approximate unless it must be `exact`.

        Raises:
            UnwritableError: there is none that is right and lasts.
        """
        self._written = 0
        return self.inner(value, exact)

    def inner(self, value: Any, exact: bool) -> str:
        """Return the expression of a part."""
        self._written += 1
        if id(value) in self._open or len(self._open) > _DEEPEST or self._written > _MOST:
            raise UnwritableError("too deep, or too much")
        self._open.append(id(value))
        try:
            return self._one(value, exact)
        finally:
            self._open.pop()

    def _one(self, value: Any, exact: bool) -> str:
        if isinstance(value, _CONSTANTS):
            return repr(value)
        if isinstance(value, enum.Enum):
            return self._enum(value)
        write = self._kinds.get(type(value))
        if write is not None:
            return write(value, exact)
        if isinstance(value, _NAMED):
            return self.names.of(value)
        if isinstance(value, pathlib.PurePath):
            return self._path(value)
        return self.constant(value) or construction(value, self, exact)

    def constant(self, value: Any) -> str:
        """Return the name that a module or the value's class has for this very object, empty where there is none."""
        name = self.names.bound(value)
        if name and name not in ("result", "printed") and name not in self.arranged:
            return name
        for key, one in vars(type(value)).items():
            if one is value and not key.startswith("__"):
                return f"{self.names.of(type(value))}.{key}"
        return ""

    def lasting(self, text: str) -> bool:
        """Tell whether a text would be the same in another process, folder and machine."""
        if self.addresses and _DIGITS.search(text):
            return False
        return not _ADDRESS.search(text) and not any(one in text for one in self._passing)

    def _all(self, values: Iterable[Any], exact: bool) -> str:
        return ", ".join(self.inner(one, exact) for one in values)

    def _tuple(self, value: tuple[Any, ...], exact: bool) -> str:
        return f"({self._all(value, exact)}{',' if len(value) == 1 else ''})"

    def _dict(self, value: dict[Any, Any], exact: bool) -> str:
        return f"{{{', '.join(f'{self.inner(key, True)}: {self.inner(one, exact)}' for key, one in value.items())}}}"

    def _set(self, value: set[Any] | frozenset[Any], exact: bool) -> str:
        if any(isinstance(one, float) and math.isnan(one) for one in value):
            raise UnwritableError("not a number in a set")
        return f"{{{', '.join(self.inner(one, True) for one in ordered(value))}}}" if value else "set()"

    def _deque(self, value: collections.deque[Any], exact: bool) -> str:
        most = [] if value.maxlen is None else [f"maxlen={value.maxlen}"]
        return self._call(value, [f"[{self._all(value, exact)}]", *most])

    def _namespace(self, value: types.SimpleNamespace, exact: bool) -> str:
        return self._call(value, [f"{key}={self.inner(one, exact)}" for key, one in vars(value).items()])

    def _call(self, value: Any, arguments: Sequence[str]) -> str:
        return f"{self.names.of(type(value))}({', '.join(arguments)})"

    def _float(self, value: float, exact: bool) -> str:
        if math.isnan(value):
            return 'float("nan")' if exact else 'pytest.approx(float("nan"), nan_ok=True)'
        if math.isinf(value):
            return 'float("inf")' if value > 0 else '-float("inf")'
        return repr(value) if exact else f"pytest.approx({value!r})"

    def _integer(self, value: int) -> str:
        if value.bit_length() > _BITS or (self.addresses and abs(value) >= _LARGE):
            raise UnwritableError("a number that nobody reads, or that does not last")
        return repr(value)

    def _complex(self, value: complex, exact: bool) -> str:
        if not (math.isfinite(value.real) and math.isfinite(value.imag)):
            raise UnwritableError("no finite complex number")
        return repr(value) if exact else f"pytest.approx({value!r})"

    def _str(self, value: str) -> str:
        if self.tmp is not None and str(self.tmp) in value:
            return self._in_tmp(value, str(self.tmp))
        if not self.lasting(value):
            raise UnwritableError("a text that does not last")
        return quoted(value)

    def _in_tmp(self, value: str, folder: str) -> str:
        below = value == folder or (value.startswith(f"{folder}/") and value.count(folder) == 1)
        if below and str(pathlib.PurePath(value)) == value:
            return f"str({self._path(pathlib.PurePath(value))})"
        rest = value.replace(folder, "")
        if (
            "{" in rest
            or "}" in rest
            or "\\" in rest
            or not rest.isprintable()
            or '"' in rest
            or not self.lasting(rest)
        ):
            raise UnwritableError("a text with the test's folder in it")
        return 'f"' + value.replace(folder, "{tmp_path}") + '"'

    def _path(self, value: pathlib.PurePath) -> str:
        if self.tmp is not None and (value == self.tmp or self.tmp in value.parents):
            rest = str(value.relative_to(self.tmp))
            return "tmp_path" if rest == "." else f"tmp_path / {quoted(rest)}"
        if not self.lasting(str(value)):
            raise UnwritableError("a path of this machine")
        kind = pathlib.Path if isinstance(value, pathlib.Path) else type(value)
        return f"{self.names.of(kind)}({quoted(str(value))})"

    def _pattern(self, value: re.Pattern[Any]) -> str:
        flags = re.RegexFlag(value.flags & ~(re.UNICODE if isinstance(value.pattern, str) else 0))
        given = [self.inner(value.pattern, True)]
        module = self.names.imported("re")
        if flags:
            given.append(" | ".join(f"{module}.{one.name}" for one in re.RegexFlag if one & flags and one.name))
        return f"{module}.compile({', '.join(given)})"

    def _enum(self, value: enum.Enum) -> str:
        kind = self.names.of(type(value))
        if value.name is not None and getattr(type(value), value.name, None) is value:
            return f"{kind}.{value.name}"
        if isinstance(value, enum.Flag):
            members = [one for one in type(value) if one.value and one in value]
            text = " | ".join(f"{kind}.{one.name}" for one in members) if members else f"{kind}(0)"
            if members and sum(one.value for one in members) == value.value:
                return text
            return f"{kind}({int(value.value)})"
        raise UnwritableError("an unknown member")


def quoted(value: str | bytes) -> str:
    """Return a literal, in double quotes where nothing need be escaped for that."""
    text = repr(value)
    start = text.index(text[-1])
    if text[-1] == "'" and '"' not in text:
        return f'{text[:start]}"{text[start + 1 : -1]}"'
    return text


def ordered(values: Iterable[Any]) -> list[Any]:
    """Return what has no order in one that is the same in each process."""
    every = list(values)
    try:
        return sorted(every)
    except Exception:  # not to be compared
        return sorted(every, key=lambda one: (type(one).__name__, repr(one)))
