"""The program in the sandbox that has Hypothesis draw values for annotated parameters, and writes them as expressions.

Orders come as JSON on standard input; a line of JSON goes out for each draw, behind a mark. It calls no target. What
a call with these values looks like, and whether it is of use, is not known here.
"""

from __future__ import annotations

import enum
import inspect
import json
import sys
import time
import types
import typing
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aigc_plugins.testgen.inside.construct import knows_equality
from aigc_plugins.testgen.inside.loaded import LoadError, load
from aigc_plugins.testgen.inside.names import Names, UnwritableError
from aigc_plugins.testgen.inside.source import Source

_LONGEST, _DEEPEST, _MOST_SIZE = 160, 3, 4
_SKIPPED = (inspect.Parameter.VAR_KEYWORD,)


class UnknownTypeError(Exception):
    """No value can be drawn for a parameter."""


def main() -> None:
    """Answer orders: `text`, `name`, `file`, `path`, `targets` (as JSON), `seed`, `count`, `seconds`, `mark`."""
    orders = json.loads(sys.stdin.read())
    output, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")

    def send(answer: dict[str, Any]) -> None:
        output.write(f"{orders['mark']}{json.dumps(answer)}\n")
        output.flush()

    try:
        module = load(orders["text"], orders["name"], orders["file"], orders["path"]).module
    except LoadError as error:
        send({"error": str(error)})
        return
    until = time.monotonic() + float(orders["seconds"])
    for target in orders["targets"]:
        if time.monotonic() > until:
            return
        try:
            draw(module, target, int(orders["seed"]), int(orders["count"]), send)
        except Exception as error:  # types and classes of the project are any code
            send({"target": target["name"], "error": f"{type(error).__name__}: {error}"[:200]})


def draw(module: Any, target: Mapping[str, Any], seed: int, count: int, send: Callable[[dict[str, Any]], None]) -> None:
    """Send `count` draws of a target's arguments, and of an instance where it is a method.

    Raises:
        UnknownTypeError: a parameter that needs a value has no type that anything is known of.
    """
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    maker = _Maker(module, target["literals"])
    drawn = maker.call(target)

    @seeded(seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(drawn)
    def collect(values: tuple[str, dict[str, str]]) -> None:
        receiver, arguments = values
        texts = (receiver, *arguments.values())
        if all(len(one) <= _LONGEST for one in texts):
            send({
                "target": target["name"], "receiver": receiver, "given": arguments,
                "imports": maker.names.needed(*texts),
            })  # fmt: skip

    collect()


class _Maker:
    """Makes strategies that draw expressions."""

    def __init__(self, module: Any, literals: Sequence[Any]) -> None:
        from hypothesis import strategies

        self._strategies: Any = strategies
        self._module = module
        self.names = Names(module, dict(vars(module)))
        self._source = Source(self.names)
        self._register(literals)

    def call(self, target: Mapping[str, Any]) -> Any:
        """Return a strategy for a pair: the expression of an instance, empty for none, and of arguments by name."""
        holder, _, last = target["name"].rpartition(".")
        owner = self._found(holder) if holder else None
        instance = target["kind"] in ("method", "property")
        receiver = self._instance(owner, 0) if instance and owner is not None else self._strategies.just("")
        if target["kind"] == "property":
            return self._strategies.tuples(receiver, self._strategies.just({}))
        function = self._found(target["name"])
        bound = instance and not isinstance(inspect.getattr_static(owner, last), staticmethod | classmethod)
        return self._strategies.tuples(receiver, self._arguments(function, 0, first=int(bound)))

    def _found(self, name: str) -> Any:
        thing = self._module
        for part in name.split("."):
            thing = getattr(thing, part)
        return thing

    def _arguments(self, function: Any, depth: int, first: int = 0) -> Any:
        """Return a strategy for the expressions of a call's arguments, those with defaults at times left out."""
        needed, optional = {}, {}
        hints = _hints(function)
        for parameter in list(inspect.signature(function).parameters.values())[first:]:
            if parameter.kind in _SKIPPED or (parameter.name not in hints and parameter.default is not parameter.empty):
                continue
            if parameter.name not in hints:
                if parameter.kind is parameter.VAR_POSITIONAL:
                    continue
                raise UnknownTypeError(f"{parameter.name} has no type")
            drawn = self._texts(hints[parameter.name], depth)
            if parameter.kind is parameter.VAR_POSITIONAL:
                several = self._strategies.lists(drawn, max_size=_MOST_SIZE)
                optional[parameter.name] = several.map(lambda texts: f"[{', '.join(texts)}]")
            elif parameter.default is parameter.empty:
                needed[parameter.name] = drawn
            else:
                optional[parameter.name] = drawn
        return self._strategies.fixed_dictionaries(needed, optional=optional)

    def _texts(self, hint: Any, depth: int) -> Any:
        """Return a strategy for expressions of a type."""
        if inspect.isclass(hint) and hint.__module__ == self._module.__name__ and not issubclass(hint, enum.Enum):
            return self._instance(hint, depth)
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            return self._strategies.one_of([self._texts(one, depth) for one in typing.get_args(hint)])
        return self._strategies.from_type(hint).map(self._written).filter(bool)

    def _instance(self, cls: Any, depth: int) -> Any:
        """Return a strategy for expressions that make an instance of a class of the module."""
        if knows_equality(cls) and not hasattr(cls, "__dataclass_fields__"):
            return self._strategies.from_type(cls).map(self._written).filter(bool)
        if depth > _DEEPEST or inspect.isabstract(cls):
            raise UnknownTypeError(f"no {cls.__name__} is made here")
        name = self.names.of(cls)
        return self._arguments(cls, depth + 1).map(lambda given: f"{name}({_call(cls, given)})")

    def _written(self, value: Any) -> str:
        try:
            return self._source.text(value, exact=True)
        except UnwritableError:
            return ""

    def _register(self, literals: Sequence[Any]) -> None:
        """Have plain types give what is readable more often, and what the code itself names."""
        strategies = self._strategies
        for kind, usual in (
            (int, strategies.integers(-10, 110)),
            (str, strategies.text(strategies.characters(min_codepoint=32, max_codepoint=126), max_size=8)),
            (float, strategies.floats(-100, 100).map(lambda value: round(value, 2))),
        ):
            own = [one for one in literals if type(one) is kind]
            ways = [usual, usual, _default(strategies, kind), *([strategies.sampled_from(own)] * 2 if own else [])]
            strategies.register_type_strategy(kind, strategies.one_of(ways))


def _default(strategies: Any, kind: type) -> Any:
    if kind is int:
        return strategies.integers(-(10**6), 10**9)
    if kind is float:
        return strategies.floats(allow_nan=False)
    return strategies.text(strategies.characters(max_codepoint=0x24F, exclude_categories=("Cc", "Cs")), max_size=6)


def _call(cls: Any, given: Mapping[str, str]) -> str:
    """Return the arguments of a call, by position as far as that goes."""
    written, named = [], False
    for parameter in inspect.signature(cls).parameters.values():
        value = given.get(parameter.name)
        if value is None:
            named = True
        elif parameter.kind is parameter.VAR_POSITIONAL:
            written += [] if named or value == "[]" else [value.removeprefix("[").removesuffix("]")]
        else:
            named = named or parameter.kind is parameter.KEYWORD_ONLY
            written.append(f"{parameter.name}={value}" if named else value)
    return ", ".join(written)


def _hints(function: Any) -> dict[str, Any]:
    try:
        made = function.__init__ if inspect.isclass(function) else inspect.unwrap(function)
        return typing.get_type_hints(made, include_extras=True)
    except Exception as error:
        raise UnknownTypeError(f"its types cannot be read: {error}") from None
