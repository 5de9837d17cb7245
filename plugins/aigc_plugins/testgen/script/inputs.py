"""Calls with values at the edges of types and near the literals of the code: what programs propose to try."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.scenario import Scenario
from aigc_plugins.testgen.script.module import Module
from aigc_plugins.testgen.script.statements import text_of
from aigc_plugins.testgen.script.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals
    from aigc_plugins.testgen.script.module import Member

_MOST = 60  # scenarios for one target in one round


class Boundaries(TestProposer):
    """Calls with values at the edges of types and near the literals of the code; later ones by chance."""

    name = "boundary values"

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield calls of each target, and for methods what was called before."""
        module = Module(subject.path, subject.text)
        wanted = {one.name for one in subject.targets if not one.untestable}
        values = Values(module)
        for member in module.members:
            if member.target.name in wanted:
                chance = random.Random(  # noqa: S311 - no secret
                    f"{goals.seed} {goals.round} {member.target.name}"
                )
                yield from _Calls(module, values, self.name, chance).of(member, later=goals.round > 0)


class _Calls:
    def __init__(self, module: Module, values: Values, origin: str, chance: random.Random) -> None:
        self._module, self._values, self._origin, self._chance = module, values, origin, chance

    def of(self, member: Member, *, later: bool) -> Iterator[Scenario]:
        target = member.target
        holder, _, last = target.name.rpartition(".")
        await_ = "await " if target.asynchronous else ""
        for number, arguments in enumerate(self._arguments(member, later=later)):
            inner = ", ".join(arguments)
            if target.kind in ("function", "staticmethod"):
                yield Scenario(target.name, f"{await_}{target.name}({inner})", origin=self._origin)
            elif target.kind == "constructor":
                yield Scenario(target.name, f"new {target.name}({inner})", origin=self._origin)
            else:
                name = holder[0].lower() + holder[1:]
                name = f"{name}One" if name == holder else name
                act = f"{name}.{last}" if target.kind == "property" else f"{await_}{name}.{last}({inner})"
                for before in self._befores(holder, name, number, later=later):
                    yield Scenario(target.name, act, tuple(before), origin=self._origin)

    def _befores(self, holder: str, name: str, number: int, *, later: bool) -> Iterator[list[str]]:
        """Yield ways to make an instance: fresh, and after calls of its other methods."""
        constructor = self._module.classes[holder]
        made = self._arguments(constructor, later=later)
        first = [f"const {name} = new {holder}({', '.join(made[number % len(made)])});"]
        yield first
        if number == 0:
            for arguments in made[1:6]:
                yield [f"const {name} = new {holder}({', '.join(arguments)});"]
        methods = [one for one in self._module.methods(holder) if one.target.kind == "method"]
        for one in methods if number < 3 or later else ():
            yield [*first, self._call(one, name, 1 + number)]
            yield [*first, self._call(one, name, 1), self._call(one, name, 2)]
        for _ in range(3 if methods and (number < 6 or later) else 0):
            picked = self._chance.choices(methods, k=self._chance.randint(2, 4))
            yield [*first, *(self._call(one, name, self._chance.randrange(8)) for one in picked)]

    def _call(self, member: Member, name: str, number: int) -> str:
        given = self._arguments(member, later=False)
        await_ = "await " if member.target.asynchronous else ""
        last = member.target.name.rpartition(".")[2]
        return f"{await_}{name}.{last}({', '.join(given[number % len(given)])});"

    def _arguments(self, member: Member, *, later: bool) -> list[list[str]]:
        """Return lists of arguments: each value once with the first ones of the others, then mixtures."""
        target, body = member.target, text_of(member.node.child_by_field_name("body"))
        if not target.parameters or target.kind == "property":
            return [[]]
        each = [self._values.of(one, target, body) for one in target.parameters]
        found: dict[tuple[str, ...], None] = {}
        if not later:
            base = [values[min(1, len(values) - 1)] for values in each]
            for at in range(max(map(len, each))):
                found[tuple(values[at % len(values)] for values in each)] = None
            for place, values in enumerate(each):
                for value in values:
                    found[*base[:place], value, *base[place + 1 :]] = None
            needed = [n for n, one in enumerate(target.parameters) if not one.default and not one.star]
            for length in range(needed[-1] + 1 if needed else 0, len(each)):
                for at in range(4):
                    found[tuple(values[at % len(values)] for values in each[:length])] = None
        for _ in range(_MOST):
            found[tuple(self._chance.choice(values) for values in each)] = None
        return [list(one) for one in found][:_MOST]
