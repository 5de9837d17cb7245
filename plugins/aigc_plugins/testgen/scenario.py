"""What the parts of test generation pass to each other, inside and outside of the sandbox. Standard library only.

Everything that is tried is Python source: a proposer of any kind (a model, a search, a docstring) writes the statements
that arrange and the expression that acts, execution records what came of it as assertions, and a test is these texts.
All values here are frozen and become JSON by `to_json`, and values again by `from_json`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")

TargetKind: TypeAlias = Literal["function", "method", "classmethod", "staticmethod", "property", "constructor"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a target, as it is written; `star` is `*` or `**` for those that take the rest.

    `guesses` are kinds of values to try where nothing is annotated (as `aigc_plugins.behaviour.hints` gives them).
    `keyword` may be given by name only.
    """

    name: str
    annotation: str = ""
    default: str = ""
    star: str = ""
    keyword: bool = False
    guesses: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Something of a module that tests can call: `name` is its qualified name, `Queue.put`; `Queue` for a constructor.

    `line` and `end_line` count from 1, decorators included. `literals` are the numbers and texts that the code holds,
    `raises` the exceptions that it names. `effects` says in words what it does beside returning something, `untestable`
    why no test can be written without effects on the outside; both are empty where nothing was found.
    """

    name: str
    kind: TargetKind
    line: int
    end_line: int
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    asynchronous: bool = False
    generator: bool = False
    literals: tuple[Any, ...] = ()
    raises: tuple[str, ...] = ()
    effects: str = ""
    untestable: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something to try: the statements that arrange, and the expression that is the act.

    Names of the module under test stand bare (`parse("a")`, `Queue(3)`); other modules come by `imports` (whole import
    statements). `tmp_path` is a fresh folder (a `pathlib.Path`). `fixtures` are fixtures of the project's tests that it
    uses by name. `expected` is the value that documentation promises, as an expression, `raises` the exception's name;
    they are never believed, only compared. `origin` is the proposer's name.
    """

    target: str
    act: str
    arrange: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    fixtures: tuple[str, ...] = ()
    origin: str = ""
    expected: str = ""
    raises: str = ""

    @property
    def size(self) -> int:
        """How much there is to read; of two scenarios that show the same, the smaller one is kept."""
        return len(self.act) + sum(len(line) + 20 for line in self.arrange) + 5 * len(self.imports)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a scenario, seen twice alike.

    The test is: `arrange`, then `result = ` + `act` (or the act under `pytest.raises`), then `assert` + each of
    `checks`. `scenario.act` has been completed to what a test must say: `list(...)` around what a generator gives,
    `asyncio.run(...)` around a coroutine; arguments that the act changes have been moved into `arrange`, and
    `scenario.imports` holds the imports that this and the checks need (`pytest` itself not). Checks are expressions
    over `result`, arranged names, names of the module, `tmp_path`, and `printed`, the text that the act wrote to
    standard output; `pytest.approx` may stand in them. With `exception` (an expression, such as `ValueError` or
    `json.JSONDecodeError`), the act raises it; `message` is its whole text, empty where the text says nothing that
    lasts. `branches` and `kills` are numbers of branches it takes and mutants it kills. `seconds` is what it took.
    """

    scenario: Scenario
    checks: tuple[str, ...] = ()
    exception: str = ""
    message: str = ""
    branches: frozenset[int] = frozenset()
    kills: frozenset[int] = frozenset()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Branch:
    """A way that control may take in a module. `way` is `entered`, `true`, `false`, `loop`, `no loop`, `case N`,
    `except N`; the line is that of the condition, or of the function's `def`."""

    number: int
    function: str
    line: int
    way: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A small fault planted into a function: `before` is what is written, `after` what runs instead."""

    number: int
    function: str
    line: int
    column: int
    operator: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Goals:
    """What is still missing: branches that nothing took and mutants that live. `round` counts from 0."""

    branches: tuple[Branch, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    round: int = 0
    seed: int = 0

    @property
    def functions(self) -> list[str]:
        """The qualified name of the function of each, as often as it misses something."""
        return [*(one.function for one in self.branches), *(one.function for one in self.mutants)]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A possible bug: what the documentation or a type says against what the code does. It is reported, never tested.

    `kind` is `example`, `type` or `raises`; `promised` and `observed` are texts for the user.
    """

    target: str
    line: int
    kind: Literal["example", "type", "raises"]
    call: str
    promised: str
    observed: str


def to_json(value: Any) -> Any:
    """Return a value as JSON has it; sets are sorted lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [to_json(one) for one in value]
    if isinstance(value, frozenset | set):
        return sorted(to_json(one) for one in value)
    if isinstance(value, dict):
        return {str(key): to_json(one) for key, one in value.items()}
    return value


def from_json(kind: type[T], value: Any) -> T:
    """Return what `to_json` wrote as a value of the dataclass `kind`.

    Raises:
        ValueError: it is none.
    """
    try:
        hints = typing.get_type_hints(kind)
        return kind(**{name: _read(hints[name], one) for name, one in value.items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no {kind.__name__}: {error}") from None


def _read(hint: Any, value: Any) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (tuple, frozenset, list):
        return origin(_read(arguments[0], one) for one in value)
    if origin is dict:
        return {key: _read(arguments[1], one) for key, one in value.items()}
    if origin in (types.UnionType, typing.Union):
        return value if value is None else _read(arguments[0], value)
    return from_json(hint, value) if dataclasses.is_dataclass(hint) and isinstance(hint, type) else value
