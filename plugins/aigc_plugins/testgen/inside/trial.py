"""Runs a recorded scenario as the test that it will be, and says which of its assertions hold, for any mutant."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.compiled import BadScenarioError
from aigc_plugins.testgen.inside.world import TimeUpError
from aigc_plugins.testgen.scenario import Recorded

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor

_LEAST_S, _SLOWER = 0.2, 20  # a mutant may take this much, or so many times what the test takes


@dataclass(slots=True)
class Verdict:
    """What a run of a test showed: whether it passed, else `why` not; which checks hold, where it came to them."""

    passed: bool
    why: str = ""
    holds: tuple[bool, ...] = ()
    branches: frozenset[int] = frozenset()
    seconds: float = 0.0


class Trial:
    """A test, compiled once, to be run often.

    Raises:
        BadScenarioError: its text is no Python.
    """

    def __init__(self, executor: Executor, recorded: Recorded, given: tuple[str, ...] = ()) -> None:
        self._executor, self._recorded = executor, recorded
        self._compiled = executor.compiler.code(recorded.scenario, given)
        try:
            self._checks = [compile(one, "<check>", "eval", dont_inherit=True) for one in recorded.checks]
            self._exception = (
                compile(recorded.exception, "<exception>", "eval", dont_inherit=True) if recorded.exception else None
            )
        except (SyntaxError, ValueError) as error:
            raise BadScenarioError(str(error)) from None
        self._prints = any("printed" in one for one in recorded.checks)
        self._pytest = any("pytest" in one for one in recorded.checks)

    def run(self, mutant: int = 0, extra: Mapping[str, Any] | None = None, every: bool = False) -> Verdict:
        """Run the test; with `every`, evaluate all the checks even where one fails."""
        executor = self._executor
        limit = executor.call_s
        if mutant:
            limit = min(limit, max(_LEAST_S, _SLOWER * self._recorded.seconds))
        executor.world.enter()
        try:
            begin = time.perf_counter()
            executor.loaded.begin(mutant)
            verdict = self._limited(limit, extra or {}, every)
            verdict.seconds = time.perf_counter() - begin
            if not mutant:
                verdict.branches = executor.loaded.taken()
            return verdict
        finally:
            executor.leave(mutant)

    def _limited(self, limit: float, extra: Mapping[str, Any], every: bool) -> Verdict:
        clock = self._executor.world.clock
        try:
            try:
                clock.start(limit)
                verdict = self._tested(extra, every)
            finally:
                clock.stop()
        except TimeUpError:
            return Verdict(False, "time")
        except BaseException as error:  # an act or an arrangement that fails
            return Verdict(False, type(error).__name__)
        return Verdict(False, "time") if clock.fired else verdict

    def _tested(self, extra: Mapping[str, Any], every: bool) -> Verdict:
        executor = self._executor
        namespace = executor.arranged(self._compiled, extra)
        if self._pytest and "pytest" not in namespace:
            namespace["pytest"] = executor.pytest
        printed = len(executor.world.printed()) if self._prints else 0
        if self._exception is not None:
            return self._raised(namespace)
        namespace["result"] = eval(self._compiled.act, namespace)  # noqa: S307
        if self._prints:
            namespace["printed"] = executor.world.printed()[printed:]
        holds = []
        for check in self._checks:
            holds.append(_holds(check, namespace))
            if not holds[-1] and not every:
                break
        return Verdict(all(holds), "" if all(holds) else "a check", tuple(holds))

    def _raised(self, namespace: dict[str, Any]) -> Verdict:
        expected = eval(self._exception, namespace)  # type: ignore[arg-type]  # noqa: S307
        try:
            eval(self._compiled.act, namespace)  # noqa: S307
        except TimeUpError:
            raise
        except BaseException as error:
            if not isinstance(error, expected):
                return Verdict(False, type(error).__name__)
            if self._recorded.message and str(error) != self._recorded.message:
                return Verdict(False, "another message")
            return Verdict(True)
        return Verdict(False, "nothing raised")


def _holds(check: Any, namespace: dict[str, Any]) -> bool:
    try:
        return bool(eval(check, namespace))  # noqa: S307
    except TimeUpError:
        raise
    except Exception:
        return False
