"""Writes scenarios for a target from scratch: arguments, a receiver, and what is done to it before. It runs nothing."""

from __future__ import annotations

import ast
import inspect
import random
import re
import types
from collections.abc import Iterator, Sequence
from typing import Any

from aigc_plugins.testgen.inside.generate_arguments import Arguments, Slot
from aigc_plugins.testgen.inside.generate_classes import Classes, classes_of
from aigc_plugins.testgen.inside.generate_draft import Draft
from aigc_plugins.testgen.inside.generate_literals import constants, patterns
from aigc_plugins.testgen.inside.generate_usage import Usage
from aigc_plugins.testgen.inside.generate_values import Values
from aigc_plugins.testgen.scenario import Scenario, Target

ORIGIN = "search"
_OPERATORS = {
    "__eq__": "{0} == {1}", "__ne__": "{0} != {1}", "__lt__": "{0} < {1}", "__le__": "{0} <= {1}",
    "__gt__": "{0} > {1}", "__ge__": "{0} >= {1}", "__add__": "{0} + {1}", "__sub__": "{0} - {1}",
    "__mul__": "{0} * {1}", "__truediv__": "{0} / {1}", "__floordiv__": "{0} // {1}", "__mod__": "{0} % {1}",
    "__pow__": "{0} ** {1}", "__and__": "{0} & {1}", "__or__": "{0} | {1}", "__xor__": "{0} ^ {1}",
    "__lshift__": "{0} << {1}", "__rshift__": "{0} >> {1}", "__matmul__": "{0} @ {1}",
    "__radd__": "{1} + {0}", "__rsub__": "{1} - {0}", "__rmul__": "{1} * {0}", "__rtruediv__": "{1} / {0}",
    "__rfloordiv__": "{1} // {0}", "__rmod__": "{1} % {0}", "__rpow__": "{1} ** {0}", "__rand__": "{1} & {0}",
    "__ror__": "{1} | {0}", "__rxor__": "{1} ^ {0}", "__getitem__": "{0}[{1}]", "__contains__": "{1} in {0}",
    "__len__": "len({0})", "__iter__": "list({0})", "__next__": "next({0})", "__str__": "str({0})",
    "__repr__": "repr({0})", "__bool__": "bool({0})", "__hash__": "hash({0})", "__int__": "int({0})",
    "__float__": "float({0})", "__abs__": "abs({0})", "__neg__": "-{0}", "__pos__": "+{0}", "__invert__": "~{0}",
    "__reversed__": "list(reversed({0}))", "__round__": "round({0})", "__complex__": "complex({0})",
    "__bytes__": "bytes({0})", "__call__": "{0}({1})", "__format__": "format({0}, {1})",
}  # fmt: skip
_MOST_STEPS = 3


class Knowledge:
    """What all targets of a module share: its text, its classes, the values in it, and what was learned of them."""

    def __init__(self, module: types.ModuleType, text: str, targets: Sequence[Target]) -> None:
        self.module, self.targets = module, tuple(targets)
        self.tree = ast.parse(text)
        names = vars(module)
        self.untestable = {one.name for one in targets if one.untestable}
        known = [*classes_of(module), *(one for one in names.values() if inspect.isclass(one))]
        known = [one for one in dict.fromkeys(known) if one.__module__ != "builtins"]
        self.usage = Usage(self.tree, names, known)
        self.arguments = Arguments(self.usage, targets, module.__name__)
        self.classes = Classes(module, self.arguments, lambda name: name not in self.untestable)
        self.literals = list(constants(self.tree))
        self.patterns = list(patterns(module, self.tree))

    def prepare(self) -> None:
        """Make all plans, so that processes forked from this one have the same ones in the same order."""
        for target in self.targets:
            generator = self.generator(target, random.Random(0))  # noqa: S311
            if generator.possible:
                generator.slots()
        for one in self.classes.own:
            for way in self.classes.ways(one):
                self.arguments.slots(way.function, way.function.__qualname__, one)

    def learned(self) -> dict[str, Any]:
        """Return what was learned of arguments, for `learn` in the process that this one was forked from."""
        return {"arguments": self.arguments.learned()}

    def learn(self, learned: dict[str, Any]) -> None:
        """Take over what a forked process learned."""
        self.arguments.learn(learned["arguments"])

    def generator(self, target: Target, rng: random.Random) -> Generator:
        """Return what writes scenarios for a target."""
        return Generator(self, target, rng)


class Generator:
    """Writes scenarios for one target, all chance from one generator."""

    def __init__(self, world: Knowledge, target: Target, rng: random.Random) -> None:
        self.world, self.target, self.random = world, target, rng
        own = list(target.literals) * 3
        self.values = Values(rng, [*own, *world.literals], world.patterns, world.classes)
        self.holder, self._found = self._resolved()
        self._methods: dict[str, tuple[str, Any]] | None = None
        self._settable: list[tuple[str, Any]] | None = None
        self._known_steps: list[tuple[str, Any]] | None = None
        self._last_receiver = ""

    def _resolved(self) -> tuple[type | None, Any]:
        holder: Any = self.world.module
        *path, name = self.target.name.split(".")
        for part in path:
            holder = vars(holder).get(part) if holder is not None else None
        if holder is None:
            return None, None
        found = next((vars(one)[name] for one in _mro(holder) if name in vars(one)), None)
        return (holder if inspect.isclass(holder) else None), found

    @property
    def possible(self) -> bool:
        """Whether the target exists in the loaded module."""
        return self._found is not None and not self.target.untestable

    def slots(self) -> list[Slot]:
        """Return the plan of the target's own parameters."""
        found = self._found
        if isinstance(found, property):
            return []
        if isinstance(found, staticmethod | classmethod):
            bound = isinstance(found, classmethod)
            return self.world.arguments.slots(found.__func__, self.target.name, self.holder, bound)
        is_method = self.holder is not None and not inspect.isclass(found)
        return self.world.arguments.slots(found, self.target.name, self.holder, is_method)

    def scenario(self) -> tuple[Scenario, Draft]:
        """Return a new scenario, and the draft whose `used` is to be told whether it worked."""
        draft = Draft(vars(self.world.module), self.world.module.__name__)
        act = self._act(draft)
        return Scenario(self.target.name, act, tuple(draft.arrange), tuple(draft.imports), origin=ORIGIN), draft

    def _act(self, draft: Draft) -> str:
        name = self.target.name.rpartition(".")[2]
        static = isinstance(self._found, staticmethod | classmethod)
        if self.holder is None or static or inspect.isclass(self._found):
            return self._entered(f"{self.target.name}({self._arguments(draft)})")
        receiver = self.receiver(draft)
        if isinstance(self._found, property) or not callable(self._found):
            self._set(receiver, name, draft)
            return f"{receiver}.{name}"
        if name in ("__init__", "__new__", "__post_init__"):
            draft.arrange.pop()
            return self._last_receiver
        given = self._arguments(draft)
        template = _OPERATORS.get(name)
        if template is not None and ("{1}" in template) == bool(given) and "=" not in re.sub(r"'.*?'", "", given):
            if name == "__eq__" and self.random.random() < 0.15:
                given = receiver
            return template.format(receiver, given)
        return self._entered(f"{receiver}.{name}({given})")

    def _entered(self, call: str) -> str:
        """Return the call; what only runs in a `with` is entered."""
        inner = inspect.unwrap(self._found) if callable(self._found) else self._found
        managed = inner is not self._found and inspect.isgeneratorfunction(inner)
        return f"{call}.__enter__()" if managed and self.random.random() < 0.7 else call

    def _arguments(self, draft: Draft) -> str:
        return self.world.arguments.written(self.slots(), self.values, draft)

    def receiver(self, draft: Draft) -> str:
        """Arrange an instance of the target's class, with some calls on it; return its name."""
        assert self.holder is not None  # noqa: S101 (only methods ask)
        made = self.world.classes.instance(self.holder, self.values, draft, 0)
        name = draft.fresh(self.holder.__name__)
        self._last_receiver = made
        draft.arrange.append(f"{name} = {made}")
        if self._settable is None:
            self._settable = sorted(self.world.usage.settable(self.holder).items())
        if self._settable and self.random.random() < 0.2:
            attribute, kind = self.random.choice(self._settable)
            draft.arrange.append(f"{name}.{attribute} = {self.values.expression(kind, draft, attribute, 1)}")
        steps = self._all_steps()
        for _ in range(self.random.choice((0, 0, 1, 1, 2, _MOST_STEPS)) if steps else 0):
            self.step(name, self.random.choice(steps), draft)
        return name

    def _all_steps(self) -> list[tuple[str, Any]]:
        if self._known_steps is None:
            self._known_steps = list(self._steps())
        return self._known_steps

    def _steps(self) -> Iterator[tuple[str, Any]]:
        """Yield the methods that may be called before: those of the module, public ones."""
        assert self.holder is not None  # noqa: S101
        seen = set()
        for base in self.holder.__mro__[:-1]:
            for name, value in vars(base).items():
                qualified = f"{base.__qualname__}.{name}"
                public = inspect.isfunction(value) and (not name.startswith("_") or name == "__setitem__")
                usable = public and not inspect.iscoroutinefunction(value) and qualified not in self.world.untestable
                if name not in seen and usable:
                    yield qualified, value
                seen.add(name)

    def step(self, receiver: str, method: tuple[str, Any], draft: Draft) -> None:
        """Arrange one call of a method."""
        qualified, function = method
        slots = self.world.arguments.slots(function, qualified, self.holder, True)
        given = self.world.arguments.written(slots, self.values, draft, 1, some=True)
        draft.arrange.append(f"{receiver}.{qualified.rpartition('.')[2]}({given})")

    def more_step(self, receiver: str, draft: Draft) -> bool:
        """Arrange one more call, where there is a method for it."""
        steps = self._all_steps() if self.holder is not None else []
        if steps:
            self.step(receiver, self.random.choice(steps), draft)
        return bool(steps)

    def slots_of(self, called: str) -> list[Slot]:
        """Return the plan of something that is called by this text; empty where it is not known."""
        if not called:
            return []
        head, _, last = called.rpartition(".")
        if called == self.target.name or (head and last == self.target.name.rpartition(".")[2]):
            return self.slots() if self.possible else []
        if not head:
            found = vars(self.world.module).get(called)
            own = inspect.isfunction(found) or inspect.isclass(found)
            return self.world.arguments.slots(found, called, found if inspect.isclass(found) else None) if own else []
        if self._methods is None:
            steps = self._all_steps() if self.holder is not None else []
            self._methods = {name.rpartition(".")[2]: (name, function) for name, function in steps}
        if last in self._methods:
            name, function = self._methods[last]
            return self.world.arguments.slots(function, name, self.holder, True)
        return []

    def _set(self, receiver: str, name: str, draft: Draft) -> None:
        if isinstance(self._found, property) and self._found.fset is not None and self.random.random() < 0.5:
            slots = self.world.arguments.slots(self._found.fset, self.target.name, self.holder, True)
            if slots:
                value = self.world.arguments.written([slots[0]], self.values, draft)
                draft.arrange.append(f"{receiver}.{name} = {value}")


def _mro(holder: Any) -> tuple[Any, ...]:
    return tuple(holder.__mro__) if inspect.isclass(holder) else (holder,)
