"""Runs scenarios in this process, each as if it were the only one, and says what came of it.

It is made for a search that runs tens of thousands: code is compiled once, and only what was changed is put back.
Turning what was seen into assertions is for `record`.
"""

from __future__ import annotations

import time
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

from aigc_plugins.testgen.inside import streams
from aigc_plugins.testgen.inside.compiled import TMP_PATH, BadScenarioError, Compiled, Compiler
from aigc_plugins.testgen.inside.misuse import raised_by_misuse
from aigc_plugins.testgen.inside.state import State
from aigc_plugins.testgen.inside.trial import Trial
from aigc_plugins.testgen.inside.world import TimeUpError, World
from aigc_plugins.testgen.scenario import Branch, Mutant, Recorded, Scenario, Suspicion

Kind: TypeAlias = Literal["returned", "raised", "problem"]
Extra: TypeAlias = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
_STANDARD = ("__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__path__")


class Instrumented(Protocol):
    """A loaded module whose branches and mutants can be looked at and chosen (see `loaded`)."""

    module: types.ModuleType
    branches: Sequence[Branch]
    mutants: Sequence[Mutant]

    def begin(self, mutant: int = 0) -> None:
        """Forget what ran; activate a mutant, 0 for none."""

    def taken(self) -> frozenset[int]:
        """Return the branches taken since `begin`."""

    def reached(self) -> frozenset[int]:
        """Return the mutants whose place ran since `begin`."""

    def compared(self) -> list[Any]:
        """Return plain values that conditions compared since `begin`."""


@dataclass(slots=True)
class Ran:
    """What came of a scenario: `returned` with `value` (streams read to their end by `steps`), `raised`, `problem`.

    Problems are `time`, `arrange` (with the exception), `exit` (an exception that ends programs, other than the
    SystemExit that an act may raise), `memory`, or why the scenario is none. `seconds` is wall-clock time.
    """

    kind: Kind
    value: Any = None
    exception: BaseException | None = None
    problem: str = ""
    branches: frozenset[int] = frozenset()
    reached: frozenset[int] = frozenset()
    compared: list[Any] = field(default_factory=list)
    seconds: float = 0.0
    steps: tuple[streams.Step, ...] = ()
    file: str = ""

    @property
    def outcome(self) -> str:
        """In a few words, for telling runs apart: the type that came back, the exception's, or the problem."""
        if self.kind == "problem":
            return f"problem {self.problem}"
        return f"{self.kind} {type(self.value if self.kind == 'returned' else self.exception).__name__}"

    @property
    def misuse(self) -> bool:
        """Whether it only shows that an argument was of the wrong kind: Python itself raised, no statement did."""
        return self.kind == "raised" and self.exception is not None and raised_by_misuse(self.exception, self.file)


class Executor:
    """Runs scenarios of a loaded module; `scratch` is an existing folder for what they write, `call_s` the most seconds
    of processor time that one may take."""

    def __init__(self, loaded: Instrumented, scratch: Path, call_s: float = 1.0) -> None:
        self.loaded, self.call_s = loaded, call_s
        self.world = World(scratch)
        self.state = State(loaded.module)
        self.compiler = Compiler()
        self.file = getattr(loaded.module, "__file__", "") or ""
        self._names = {key: one for key, one in vars(loaded.module).items() if key not in _STANDARD}

    def run(self, scenario: Scenario, mutant: int = 0, extra: Mapping[str, Any] | None = None) -> Ran:
        """Run a scenario once, with a mutant active (0 for none); `extra` are names that it is given, fixtures."""
        try:
            compiled = self.compiler.code(scenario, tuple(extra or ()))
        except BadScenarioError as error:
            return Ran("problem", problem=str(error))
        self.world.enter()
        try:
            begin = time.perf_counter()
            self.loaded.begin(mutant)
            ran = self._ran(compiled, extra or {})
            ran.seconds = time.perf_counter() - begin
            ran.branches, ran.reached = self.loaded.taken(), self.loaded.reached()
            ran.compared, ran.file = self.loaded.compared(), self.file
            return ran
        finally:
            self.leave(mutant)

    def leave(self, mutant: int = 0) -> None:
        """Put the module and the process back after a run."""
        if mutant:
            self.loaded.begin()
        self.state.restore()
        self.world.leave()

    @property
    def pytest(self) -> Any:
        """The module pytest, imported when it is first needed."""
        import pytest

        return pytest

    def record(self, scenario: Scenario, extra: Extra | None = None, once: bool = False) -> Recorded | Suspicion | str:
        """Return the test that a scenario makes, a possible bug that it shows, or why it can be no test.

        `extra` are values of fixtures, or a function that gives fresh ones for each run; with `once`, the act runs only
        once, since they cannot be had again: whether it always does the same is then for somebody else to see.
        """
        from aigc_plugins.testgen.inside.record import Recorder

        return Recorder(self, scenario, extra, once).record()

    def kills(self, recorded: Recorded, mutants: Iterable[int], extra: Extra | None = None) -> frozenset[int]:
        """Return the numbers of those mutants under which the test would fail; one that takes too long fails, too."""
        try:
            trial = Trial(self, recorded, tuple(values(extra)))
        except BadScenarioError:
            return frozenset()
        return frozenset(one for one in mutants if not trial.run(one, values(extra)).passed)

    def holds(self, recorded: Recorded, extra: Extra | None = None) -> bool:
        """Tell whether the test passes here and now, as another process may want to know."""
        try:
            return Trial(self, recorded, tuple(values(extra))).run(0, values(extra)).passed
        except BadScenarioError:
            return False

    def _ran(self, compiled: Compiled, extra: Mapping[str, Any]) -> Ran:
        clock, arranged = self.world.clock, False
        steps: list[streams.Step] = []
        try:
            try:
                clock.start(self.call_s)
                namespace = self.arranged(compiled, extra)
                arranged = True
                ran = Ran("returned", streams.finish(eval(compiled.act, namespace), steps))  # noqa: S307
            finally:
                clock.stop()
        except TimeUpError:
            return Ran("problem", problem="time")
        except BaseException as error:
            ran = problem(error) if arranged else Ran("problem", exception=error, problem="arrange")
        ran.steps = tuple(steps)
        return Ran("problem", problem="time") if clock.fired else ran

    def names(self, compiled: Compiled) -> dict[str, Any]:
        """Return what the module and a scenario's imports bind."""
        try:
            return self._names | self.compiler.imported(compiled)
        except Exception:
            return dict(self._names)

    def arranged(self, compiled: Compiled, extra: Mapping[str, Any], name: str = "test_it") -> dict[str, Any]:
        """Return the names that an act sees once everything is arranged. Raises what arranging raises."""
        namespace = self._names.copy()
        namespace["__name__"] = name
        if compiled.imports:
            namespace.update(self.compiler.imported(compiled))
        if compiled.uses_pytest:
            namespace.setdefault("pytest", self.pytest)
        given = dict(extra)
        if compiled.uses_tmp_path and TMP_PATH not in given:
            given[TMP_PATH] = self.world.tmp_path()
        if compiled.arrange is not None:
            function = types.FunctionType(compiled.arrange, namespace)
            given = function(**{key: given[key] for key in compiled.given})
        namespace.update(given)
        return namespace


def problem(error: BaseException) -> Ran:
    """Return what an exception that an act raised means."""
    if type(error).__name__ == "EndlessError":  # of the loaded module: its loops go round too often
        return Ran("problem", problem="time")
    if isinstance(error, MemoryError | RecursionError):
        return Ran("problem", exception=error, problem="memory")
    if isinstance(error, Exception | SystemExit | GeneratorExit):
        return Ran("raised", exception=error)
    return Ran("problem", exception=error, problem="exit")


def values(extra: Extra | None) -> Mapping[str, Any]:
    """Return the values of fixtures for one run."""
    return (extra() if callable(extra) else extra) if extra is not None else {}
