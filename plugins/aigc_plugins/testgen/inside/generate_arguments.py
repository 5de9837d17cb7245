"""Decides what is tried for each parameter of a callable, and learns which kinds of values are taken."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aigc_plugins.behaviour.inside.kinds import ANY, Kind
from aigc_plugins.testgen.inside.generate_kinds import kind_for, parameters
from aigc_plugins.testgen.inside.generate_usage import Usage, tupled

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.generate_draft import Draft
    from aigc_plugins.testgen.inside.generate_values import Values
    from aigc_plugins.testgen.scenario import Target

_COMPARING = frozenset(("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__add__", "__sub__", "__and__",
                        "__or__", "__xor__", "__radd__", "__rsub__", "__mul__", "__truediv__"))  # fmt: skip


@dataclass
class Slot:
    """A parameter, and the kinds of values for it with how often each was taken (`good`) of how often it was tried."""

    name: str
    kinds: list[Kind]
    optional: bool = False
    star: str = ""
    keyword: bool = False
    positional: bool = False
    hinted: bool = False
    good: list[float] = field(default_factory=list)
    tried: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.good = [0.0] * len(self.kinds)
        self.tried = [0.0] * len(self.kinds)

    def weights(self) -> list[float]:
        """Return how likely each kind should be chosen; earlier ones are likelier guesses."""
        return [
            ((good + 1) / (tried + 2)) ** 2 * (1.0 if self.hinted else 1.0 / (1 + place) ** 1.6)
            for place, (good, tried) in enumerate(zip(self.good, self.tried, strict=True))
        ]

    def reward(self, place: int, good: bool) -> None:
        """Take in whether a kind was taken."""
        self.tried[place] += 1
        self.good[place] += good


class Arguments:
    """Plans of callables, made once each. `targets` bring guesses for parameters without hints."""

    def __init__(self, usage: Usage, targets: Iterable[Target], module: str) -> None:
        self._usage, self._module = usage, module
        self._guesses = {
            (target.name, one.name): [tupled(guess) for guess in one.guesses]
            for target in targets
            for one in target.parameters
        }
        self._plans: dict[tuple[int, str], tuple[Any, list[Slot]]] = {}

    def slots(self, function: Any, name: str, owner: type | None = None, bound: bool = False) -> list[Slot]:
        """Return the plan of a callable with the qualified name `name`; `bound` leaves out its first parameter."""
        key = (id(function), name)
        if key not in self._plans:
            self._plans[key] = function, list(self._planned(function, name, owner, bound))
        return self._plans[key][1]

    def learned(self) -> list[list[list[float]]]:
        """Return what all plans learned so far, for `learn` in another process with the same plans."""
        return [[list(slot.good), list(slot.tried)] for _, slots in self._plans.values() for slot in slots]

    def learn(self, learned: Sequence[Sequence[list[float]]]) -> None:
        """Take over what the same plans learned elsewhere."""
        mine = [slot for _, slots in self._plans.values() for slot in slots]
        for slot, (good, tried) in zip(mine, learned, strict=False):
            if len(good) == len(slot.kinds):
                slot.good, slot.tried = list(good), list(tried)

    def _planned(self, function: Any, name: str, owner: type | None, bound: bool) -> Iterable[Slot]:
        inner = f"{name}.__init__" if inspect.isclass(function) else name
        if inner not in self._usage.functions and inspect.isclass(function):
            inner = self._inherited(function, inner)
        for place, (parameter, hint) in enumerate(parameters(function)):
            if bound and place == 0:
                continue
            rest = {parameter.VAR_KEYWORD: "**", parameter.VAR_POSITIONAL: "*"}
            star = next((sign for kind, sign in rest.items() if kind == parameter.kind), "")
            kinds, hinted = self._kinds(parameter, hint, name, inner, owner)
            yield Slot(
                parameter.name, kinds, parameter.default is not parameter.empty, star,
                parameter.kind is parameter.KEYWORD_ONLY, parameter.kind is parameter.POSITIONAL_ONLY, hinted,
            )  # fmt: skip

    def _inherited(self, function: type, inner: str) -> str:
        for base in function.__mro__:
            if f"{base.__qualname__}.__init__" in self._usage.functions and base.__module__ == self._module:
                return f"{base.__qualname__}.__init__"
        return (
            f"{function.__qualname__}.__new__" if f"{function.__qualname__}.__new__" in self._usage.functions else inner
        )

    def _kinds(
        self, parameter: inspect.Parameter, hint: Any, name: str, inner: str, owner: type | None
    ) -> tuple[list[Kind], bool]:
        found = list(flat(kind_for(hint, owner))) if hint is not None else []
        vague = not found or found[0] == ANY
        if owner is not None and name.rpartition(".")[2] in _COMPARING and (vague or len(found) < 2):
            found = [("object", owner), *found]
        if not vague:
            return list(dict.fromkeys(found)), True
        found = [one for one in found if one != ANY]
        default = parameter.default
        checked = list(flat(*self._usage.kinds(inner, parameter.name)))
        if default is not parameter.empty and default is not None:
            found += flat(kind_for(type(default)))
        found += checked
        if default is None:
            found.append(("none",))
        found += self._guesses.get((name, parameter.name), []) or self._usage.guessed(inner, parameter.name)
        return [*dict.fromkeys(found), ANY], False

    def written(self, slots: Sequence[Slot], values: Values, draft: Draft, depth: int = 0, some: bool = False) -> str:
        """Return arguments as text; `some` leaves out most of those that have a default."""
        parts: list[str] = []
        named = False
        generator = values.random
        for slot in slots:
            if slot.star == "**":
                parts += self._keywords(slot, values, draft, depth)
            elif slot.star:
                count = 0 if named else generator.choice((0, 1, 2, 3))
                parts += [self._value(slot, values, draft, depth) for _ in range(count)]
            elif slot.optional and generator.random() < (0.8 if some else 0.45):
                named = True
            elif slot.positional and named:
                continue
            else:
                value = self._value(slot, values, draft, depth)
                parts.append(f"{slot.name}={value}" if named or slot.keyword else value)
        return ", ".join(parts)

    def _keywords(self, slot: Slot, values: Values, draft: Draft, depth: int) -> list[str]:
        keys = next((one[1] for one in slot.kinds if one[0] == "keys"), ())
        chosen = [one for one in keys if str(one).isidentifier() and values.random.random() < 0.4]
        return [f"{one}={values.expression(ANY, draft, str(one), depth + 1)}" for one in chosen]

    def _value(self, slot: Slot, values: Values, draft: Draft, depth: int) -> str:
        if slot.hinted and values.random.random() < 0.02:
            return values.expression(ANY, draft, slot.name, depth + 1)
        place = values.random.choices(range(len(slot.kinds)), slot.weights())[0]
        draft.used.append((slot, place))
        return values.expression(slot.kinds[place], draft, slot.name, depth)


def flat(*kinds: Kind) -> Iterable[Kind]:
    """Yield kinds, with the alternatives of choices each for itself."""
    for kind in kinds:
        if kind[:1] == ("one of",):
            yield from flat(*kind[1:])
        else:
            yield kind
