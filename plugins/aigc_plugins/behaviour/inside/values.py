"""Makes values of a kind from a random generator: the same generator, the same values, in every process."""

from __future__ import annotations

import datetime
import decimal
import fractions
import io
import math
import pathlib
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from aigc_plugins.behaviour.inside.kinds import Kind

_INTS = (0, 1, 2, 3, -1, 4, 5, 7, 10, 16, -2, -7, 12, 60, 100, 255)
_FLOATS = (0.0, 1.0, 0.5, -1.0, 2.5, 0.1, -0.25, 3.0, 100.0, 1e-9, math.inf, math.nan, -0.0)
_TEXTS = (
    "", "a", "b", "abc", "Hello World", " padded ", "1", "42", "-3", "3.5", "a,b,c", "key=value", "x: y", "UPPER",
    "été", "a b", "line\nbreak", "tab\t", "snake_case", "camelCase", "kebab-case", "a/b/c.txt", "user@example.org",
    "[x]", "(a)", "true", "no", "%", "racecar", "aaa", "2024-02-29", "#", "0x1f", "a.b.c", "'q'", "{}",
)  # fmt: skip
_PATHS = ("a", "a/b.txt", "/x/y.tar.gz", ".", "src/pkg/__init__.py", "../up", "é.md")
_LETTERS = "abcABC019 _-.,:;=/\\'\"()[]{}\n\té"
_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    lambda *values: values[0] if values else None,
    lambda *values: str(values[0]) if values else "",
    lambda *values: bool(values and values[0]),
    lambda *values: len(values),
    lambda *values: None,
)


class Maker:
    """Makes values from one generator. `literals` are values that the code under test compares with; `size` is about
    how long collections and texts get."""

    def __init__(self, generator: random.Random, literals: Sequence[Any] = (), size: int = 5) -> None:
        self._random, self._size = generator, size
        self._texts = tuple(one for one in literals if isinstance(one, str)) or ("",)
        numbers = [one for one in literals if isinstance(one, int | float) and not isinstance(one, bool)]
        self._numbers = tuple(near for one in numbers for near in (one - 1, one, one + 1)) or (0,)
        self._makers: dict[str, Callable[[Kind, int], Any]] = {
            "one of": lambda kind, depth: self.value(self._random.choice(kind[1:]), depth),
            "literal": lambda kind, depth: self._random.choice(kind[1:]),
            "tuple": lambda kind, depth: tuple(self.value(one, depth) for one in kind[1:]),
            "tuples": lambda kind, depth: tuple(self._many(kind, depth)),
            "list": self._many,
            "iterator": lambda kind, depth: iter(self._many(kind, depth)),
            "set": lambda kind, depth: set(self._hashable(kind, depth)),
            "frozenset": lambda kind, depth: frozenset(self._hashable(kind, depth)),
            "dict": self._dict,
            "record": lambda kind, depth: {name: self.value(one, depth) for name, one in kind[1].items()},
            "instance": self._instance,
            "any": lambda kind, depth: self.value(self._random.choice(_ANY), depth + 1),
        }

    def value(self, kind: Kind, depth: int = 0) -> Any:
        """Return a value of a kind. Constructors may raise anything."""
        make = self._makers.get(kind[0])
        if make is not None:
            return make(kind, depth + 1)
        return getattr(self, "_" + kind[0].replace(" ", "_"))()

    def _length(self, depth: int) -> int:
        most = max(self._size >> (2 * (depth - 1)), 2)
        return self._random.choice((0, 1, 2, most, self._random.randint(0, most)))

    def _many(self, kind: Kind, depth: int) -> list[Any]:
        inner = kind[1] if len(kind) > 1 else ("any",)
        if inner == ("any",):  # lists are of one kind, mostly
            inner = self._random.choice(_ANY)
        made = [self.value(inner, depth) for _ in range(self._length(depth))]
        if inner[0] in ("int", "float", "str") and self._random.random() < 0.3:
            made += made[: self._random.randint(0, len(made))]  # repeated ones matter to many functions
        if inner[0] in ("int", "float", "str") and self._random.random() < 0.2:
            made.sort()
        return made

    def _hashable(self, kind: Kind, depth: int) -> list[Any]:
        inner = kind[1] if len(kind) > 1 and kind[1] != ("any",) else ("str",)
        return self._many(("list", inner), depth)

    def _dict(self, kind: Kind, depth: int) -> dict[Any, Any]:
        key, value = kind[1:] if len(kind) == 3 else (("str",), ("any",))
        key = ("str",) if key == ("any",) else key
        value = self._random.choice(_ANY) if value == ("any",) else value
        return {self.value(key, depth): self.value(value, depth) for _ in range(self._length(depth))}

    def _instance(self, kind: Kind, depth: int) -> Any:
        return kind[1](**{name: self.value(one, depth) for name, one in kind[2].items()})

    def _int(self) -> int:
        way = self._random.random()
        if way < 0.35:
            return int(self._random.choice(self._numbers))
        if way < 0.65:
            return self._random.choice(_INTS)
        return self._random.randint(-4 * self._size, 12 * self._size)

    def _float(self) -> float:
        way = self._random.random()
        if way < 0.3:
            return float(self._random.choice(self._numbers))
        if way < 0.6:
            return self._random.choice(_FLOATS)
        return self._random.uniform(-100, 100)

    def _str(self) -> str:
        way = self._random.random()
        if way < 0.25:
            return self._random.choice(self._texts)
        if way < 0.55:
            return self._random.choice(_TEXTS)
        pieces = (*_TEXTS, *self._texts, *_LETTERS)
        if way < 0.8:
            return "".join(self._random.choice(pieces) for _ in range(self._random.randint(1, self._size)))
        return "".join(self._random.choice(_LETTERS) for _ in range(self._random.randint(0, 3 * self._size)))

    def _bool(self) -> bool:
        return self._random.random() < 0.5

    def _none(self) -> None:
        return None

    def _bytes(self) -> bytes:
        return self._str().encode()

    def _bytearray(self) -> bytearray:
        return bytearray(self._bytes())

    def _complex(self) -> complex:
        return complex(self._int(), self._int())

    def _range(self) -> range:
        return range(self._random.randint(0, 3), self._random.randint(0, 2 * self._size))

    def _path(self) -> pathlib.Path:
        return pathlib.Path(
            self._random.choice(("a", "a/b.txt", "/x/y.tar.gz", ".", "src/pkg/__init__.py", "../up", "é.md"))
        )

    def _date(self) -> datetime.date:
        return datetime.date(2024, 2, 27) + datetime.timedelta(self._random.randint(-800, 800))

    def _datetime(self) -> datetime.datetime:
        return datetime.datetime(2024, 2, 28, 23, 30) + datetime.timedelta(hours=self._random.randint(-9999, 9999))

    def _timedelta(self) -> datetime.timedelta:
        return datetime.timedelta(seconds=self._random.choice((0, 1, -1, 59, 60, 3600, 86400, 90061, 10**6)))

    def _decimal(self) -> decimal.Decimal:
        return decimal.Decimal(self._int()) / 4

    def _fraction(self) -> fractions.Fraction:
        return fractions.Fraction(self._int(), self._random.randint(1, 9))

    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._random.choice(("a", "[a-z]+", r"\d+", "(a)(b)?", "^x", r"\s*,\s*")))

    def _text_file(self) -> io.StringIO:
        return io.StringIO("\n".join(self._str() for _ in range(self._random.randint(0, self._size))))

    def _callable(self) -> Callable[..., Any]:
        return self._random.choice(_FUNCTIONS)

    def _type(self) -> type:
        return self._random.choice((int, str, float, list))


_ANY: tuple[Kind, ...] = (
    ("int",), ("str",), ("float",), ("list", ("int",)), ("list", ("str",)), ("none",), ("bool",),
    ("dict", ("str",), ("int",)),
)  # fmt: skip
