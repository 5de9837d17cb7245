"""Knows how instances are made: constructors, functions that return them, members of enums, what gave one before."""

from __future__ import annotations

import enum
import inspect
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.generate_arguments import Arguments
from aigc_plugins.testgen.inside.generate_kinds import hints_of, kind_for

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.generate_draft import Draft
    from aigc_plugins.testgen.inside.generate_values import Values

_DEEPEST = 4
_MOST_SEEN = 12
_MOST_CONCRETE = 12


@dataclass
class Way:
    """One way to make an instance: a callable with the name that leads to it, or an expression with its imports."""

    function: Any
    name: str
    owner: type | None = None
    imports: tuple[str, ...] = ()
    good: float = 0.0
    tried: float = 0.0

    def weight(self) -> float:
        """Return how likely it should be chosen."""
        return ((self.good + 1) / (self.tried + 2)) ** 2 * (1.0 if self.function is not None else 0.5)

    def reward(self, good: bool) -> None:
        """Take in whether it worked."""
        self.tried += 1
        self.good += good


class Classes:
    """The classes of a module under test and those that it uses. `allowed` tells which callables may be called."""

    def __init__(self, module: Any, arguments: Arguments, allowed: Callable[[str], bool] = lambda name: True) -> None:
        self._module, self._arguments, self._allowed = module, arguments, allowed
        self._name = module.__name__
        self.own = classes_of(module)
        self.own_set = frozenset(self.own)
        self._plain = [one for one in self.own if not inspect.isabstract(one) and not _protocol(one)]
        self._ways: dict[type, list[Way]] = {}
        self._concrete: dict[type, list[type]] = {}
        self._factories: list[Way] | None = None

    def any_class(self, generator: random.Random) -> type | None:
        """Return one of the module's own classes that can have instances."""
        return generator.choice(self._plain) if self._plain else None

    def concrete(self, cls: type) -> list[type]:
        """Return the loaded classes that an instance of `cls` may have, itself first, then those of the module."""
        if cls not in self._concrete:
            found = [cls, *_subclasses(cls)]
            if _protocol(cls):
                wanted = {name for name in vars(cls) if not name.startswith("_")}
                found = [one for one in self._plain if wanted and wanted <= set(dir(one))]
            usable = [one for one in found if not inspect.isabstract(one) and not _protocol(one) and self._named(one)]
            root = self._name.partition(".")[0]
            usable.sort(key=lambda one: (one is not cls, one.__module__ != self._name,
                                         one.__module__.partition(".")[0] != root, one.__qualname__))  # fmt: skip
            self._concrete[cls] = usable[:_MOST_CONCRETE]
        return self._concrete[cls]

    def _named(self, one: type) -> bool:
        found: Any = sys.modules.get(one.__module__)
        for part in one.__qualname__.split("."):
            found = getattr(found, "__dict__", {}).get(part)
        return found is one

    def instance(self, cls: type, values: Values, draft: Draft, depth: int) -> str:
        """Return an expression for an instance, `None` where no way is known."""
        if issubclass(cls, enum.Enum):
            return self._member(cls, values.random, draft)
        if depth > 2 * _DEEPEST:
            return "None"
        choices = self.concrete(cls)
        if not choices:
            return "None"
        chosen = choices[0] if choices[0] is cls and values.random.random() < 0.7 else values.random.choice(choices)
        ways = self.ways(chosen)
        way = values.random.choices(ways, [one.weight() for one in ways])[0]
        draft.used.append((way, 0))
        if way.function is None:
            draft.imports.update(dict.fromkeys(way.imports))
            return way.name
        name = draft.name_of(way.function) if way.owner is None else f"{draft.name_of(way.owner)}.{way.name}"
        if not name:
            return "None"
        slots = self._arguments.slots(way.function, way.function.__qualname__, chosen)
        return f"{name}({self._arguments.written(slots, values, draft, depth + 1, some=depth > 0)})"

    def _member(self, cls: type[enum.Enum], generator: random.Random, draft: Draft) -> str:
        members = list(cls.__members__)
        name = draft.name_of(cls)
        if not members:
            return self._member_of_subclass(cls, generator, draft)
        return f"{name}.{generator.choice(members)}" if name else "None"

    def _member_of_subclass(self, cls: type[enum.Enum], generator: random.Random, draft: Draft) -> str:
        with_members = [one for one in _subclasses(cls) if getattr(one, "__members__", None) and self._named(one)]
        if not with_members:
            return "None"
        return self._member(generator.choice(with_members), generator, draft)

    def ways(self, cls: type) -> list[Way]:
        """Return the ways to make an instance of exactly this class."""
        if cls not in self._ways:
            found = [Way(cls, "")]
            for name, value in _static(cls):
                if isinstance(value, classmethod) and self._gives(value.__func__, cls, name):
                    found.append(Way(getattr(cls, name), name, cls))
            if self._factories is None:
                self._factories = list(self._functions())
            found += [one for one in self._factories if self._returns(one.function, cls)]
            self._ways[cls] = found
        return self._ways[cls]

    def _gives(self, function: Any, cls: type, name: str) -> bool:
        if name.startswith("__") or not self._allowed(f"{cls.__qualname__}.{name}"):
            return False
        hint = hints_of(function).get("return")
        if hint is None:
            return name.startswith(("from_", "of", "parse", "create", "make", "build"))
        return kind_for(hint, cls) in (("object", cls), *(("object", base) for base in cls.__mro__[1:-1]))

    def _functions(self) -> Iterator[Way]:
        for name, value in vars(self._module).items():
            own = inspect.isfunction(value) and value.__module__ == self._name
            if own and value.__qualname__ == name and self._allowed(name) and not inspect.iscoroutinefunction(value):
                yield Way(value, name)

    def _returns(self, function: Any, cls: type) -> bool:
        hint = hints_of(function).get("return")
        return hint is not None and kind_for(hint) == ("object", cls)

    def saw(self, cls: type, expression: str, imports: tuple[str, ...]) -> None:
        """Remember an expression that gave an instance of a class."""
        if inspect.isabstract(cls) or issubclass(cls, enum.Enum) or len(expression) > 160:
            return
        ways = self.ways(cls)
        seen = [one for one in ways if one.function is None]
        if len(seen) < _MOST_SEEN and all(one.name != expression for one in seen):
            ways.append(Way(None, expression, imports=imports))


def classes_of(module: Any) -> list[type]:
    """Return the classes that a module defines, nested ones included, in their order."""
    found: dict[type, None] = {}

    def collect(holder: Any, prefix: str) -> None:
        for name, value in list(vars(holder).items()):
            own = inspect.isclass(value) and value.__module__ == module.__name__ and value not in found
            if own and value.__qualname__ == prefix + name:
                found[value] = None
                collect(value, f"{prefix}{name}.")

    collect(module, "")
    return list(found)


def _subclasses(cls: type) -> list[type]:
    found: dict[type, None] = {}
    waiting: list[type] = [cls]
    while waiting and len(found) < 200:
        children: list[type] = type.__subclasses__(waiting.pop())
        for one in children:
            if one not in found:
                found[one] = None
                waiting.append(one)
    return list(found)


def _protocol(cls: type) -> bool:
    return bool(vars(cls).get("_is_protocol", False))


def _static(cls: type) -> Iterator[tuple[str, Any]]:
    seen = set()
    for base in cls.__mro__[:-1]:
        for name, value in vars(base).items():
            if name not in seen:
                seen.add(name)
                yield name, value
