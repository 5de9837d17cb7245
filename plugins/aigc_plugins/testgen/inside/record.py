"""Turns a scenario into a test: what several looks at it saw alike becomes its assertions, and each of them is tried.

What documentation promises is compared and reported, never made an assertion against what was seen.
"""

from __future__ import annotations

import ast
import dataclasses
import dis
import inspect
import threading
import types
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from aigc_plugins.testgen.inside import promises, streams
from aigc_plugins.testgen.inside.changes import Changed, changed
from aigc_plugins.testgen.inside.compiled import BadScenarioError
from aigc_plugins.testgen.inside.lift import lifted, lifts
from aigc_plugins.testgen.inside.look import CannotTellError, Looker, Seen, shown
from aigc_plugins.testgen.inside.trial import Trial
from aigc_plugins.testgen.scenario import Recorded, Scenario, Suspicion

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor, Extra

_LOOKS, _MORE = 2, 5  # how many looks; how many where chance, the clock or the machine was asked
_MOST = 16
_ELSEWHERE = frozenset(("OSError", "ImportError"))  # raised where a file, a host or a package is missing
_UNSTEADY = "does not always do the same"


class Recorder:
    """Records one scenario; `extra` and `once` are as `Executor.record` says."""

    def __init__(self, executor: Executor, scenario: Scenario, extra: Extra | None, once: bool) -> None:
        self._executor, self._scenario, self._extra, self._once = executor, scenario, extra, once
        self._target = promises.plain(found(executor.loaded.module, scenario.target))
        self._threads = threading.active_count()
        self._looker = Looker(executor, scenario, self._target)

    def record(self) -> Recorded | Suspicion | str:
        """Return the test, a possible bug, or why there can be no test."""
        try:
            return self._recorded()
        except (BadScenarioError, CannotTellError) as error:
            return str(error)

    def _recorded(self) -> Recorded | Suspicion | str:
        extra = self._given()
        base = self._executor.compiler.code(self._scenario, tuple(extra))
        parts = [] if self._once else lifts(self._scenario, self._executor.names(base))
        full = lifted(self._scenario, parts)
        before, first = self._first(full, extra)
        state = changed(before, first)
        chosen = [one for one in parts if _mentions(one.name, [*state.all, *first.result])]
        scenario = completed(lifted(self._scenario, chosen), first.steps)
        seen = [first, *self._looks(scenario)]
        suspicion = self._suspicion(seen)
        if suspicion is not None:
            return suspicion
        states = [state, *(changed(before, one) for one in seen[1:])]
        checks = () if first.exception else self._checks(seen, states)
        recorded = Recorded(scenario, checks, first.exception, _alike(one.message for one in seen))
        return recorded if self._once else self._tried(self._with_imports(recorded, first))

    def _first(self, scenario: Scenario, extra: Mapping[str, Any]) -> tuple[Seen, Seen]:
        """Return what is arranged before the act, and what is seen after it."""
        compiled = self._executor.compiler.code(scenario, tuple(extra))
        before = Seen()
        if not self._once and (scenario.arrange or compiled.uses_tmp_path or extra):
            before = self._looker.look(compiled, 0, extra, act=False)
            extra = self._given()
        return before, _usable(self._looker.look(compiled, 0, extra), self._threads)

    def _looks(self, scenario: Scenario) -> list[Seen]:
        """Look again, from elsewhere, more often where something was asked for that changes."""
        seen: list[Seen] = []
        while not self._once and len(seen) < _MORE - 1:
            extra = self._given()
            compiled = self._executor.compiler.code(scenario, tuple(extra))
            seen.append(_usable(self._looker.look(compiled, len(seen) + 1, extra), self._threads))
            if len(seen) >= _LOOKS - 1 and not (seen[0].watch and seen[0].watch.asked):
                break
        return seen

    def _checks(self, seen: Sequence[Seen], states: Sequence[Changed]) -> tuple[str, ...]:
        result = _common([one.result for one in seen])
        if len(result) < min(len(one.result) for one in seen) and _is_whole(seen):
            raise CannotTellError(_UNSTEADY)
        public = _common([one.public for one in states])
        rest = [*seen[0].printed, *public, *_common([one.files for one in states])]
        if not rest and result in ([], ["result is None"]):
            rest = _common([one.private for one in states])
        if rest and result == ["result is None"] and _returns_nothing(promises.code_of(self._target)):
            result = []
        checks = tuple(dict.fromkeys((*result, *rest)))[:_MOST]
        if not checks:
            raise CannotTellError("shows nothing that could be asserted")
        return checks

    def _with_imports(self, recorded: Recorded, seen: Seen) -> Recorded:
        needed = seen.names.needed(*recorded.checks, recorded.exception) if seen.names is not None else ()
        imports = tuple(dict.fromkeys((*recorded.scenario.imports, *needed)))
        return dataclasses.replace(recorded, scenario=dataclasses.replace(recorded.scenario, imports=imports))

    def _tried(self, recorded: Recorded) -> Recorded:
        """Run the test that came of it; leave out what does not hold.

        Raises:
            CannotTellError: it fails, or nothing is left.
        """
        extra = self._given()
        verdict = Trial(self._executor, recorded, tuple(extra)).run(0, extra, every=True)
        if not verdict.passed:
            checks = tuple(one for one, holds in zip(recorded.checks, verdict.holds, strict=False) if holds)
            if not checks or verdict.why != "a check":
                raise CannotTellError("takes too long" if verdict.why == "time" else _UNSTEADY)
            recorded = dataclasses.replace(recorded, checks=checks)
        return dataclasses.replace(recorded, branches=verdict.branches, seconds=verdict.seconds)

    def _suspicion(self, seen: Sequence[Seen]) -> Suspicion | None:
        """Return what documentation or annotations promise otherwise.

        Raises:
            CannotTellError: what was seen is not always the same.
        """
        first, scenario = seen[0], self._scenario
        if any(one.exception != first.exception or one.printed != first.printed for one in seen):
            raise CannotTellError(_UNSTEADY)
        if scenario.raises and scenario.raises.rpartition(".")[2] not in first.kinds:
            return self._doubt("raises", f"raises {scenario.raises}", first.shown)
        if scenario.expected and not _ELSEWHERE.isdisjoint(first.kinds):
            raise CannotTellError("its example needs something that is not here")
        if scenario.expected and (first.exception or not any(one.kept for one in seen)):
            return self._doubt("example", scenario.expected, first.shown)
        hints = promises.hints_of(self._target)
        watch = seen[-1].watch
        if first.exception or watch is None or not watch.done or "return" not in hints:
            return None
        if promises.fits(watch.returned, hints["return"]):
            return None
        if not watch.fits:
            raise CannotTellError("what it gives for arguments of wrong types is of a wrong type")
        if self._once:
            return None
        extra = self._given()
        if not self._looker.sound(self._executor.compiler.code(scenario, tuple(extra)), extra):
            return None
        return self._doubt("type", inspect.formatannotation(hints["return"]), shown(watch.returned))

    def _doubt(self, kind: Literal["example", "type", "raises"], promised: str, observed: str) -> Suspicion:
        scenario = self._scenario
        return Suspicion(scenario.target, _line(self._target), kind, scenario.act, promised, observed)

    def _given(self) -> Mapping[str, Any]:
        if self._extra is None:
            return {}
        return self._extra() if callable(self._extra) else self._extra


def completed(scenario: Scenario, steps: Sequence[streams.Step]) -> Scenario:
    """Return the scenario with these steps in its act."""
    act, arrange, imports = scenario.act, scenario.arrange, scenario.imports
    for step in steps:
        act, before, needed = streams.source(act, step)
        arrange, imports = (*arrange, *before), tuple(dict.fromkeys((*imports, *needed)))
    return dataclasses.replace(scenario, act=act, arrange=arrange, imports=imports)


def found(module: types.ModuleType, name: str) -> Any:
    """Return what a module has by a qualified name, as it lies in its class; None where there is nothing."""
    thing: Any = module
    for part in name.split("."):
        thing = inspect.getattr_static(thing, part, None)
    return thing


def _usable(seen: Seen, threads: int) -> Seen:
    if seen.asked:
        raise CannotTellError("reads standard input")
    if seen.littered:
        raise CannotTellError("writes to the current folder")
    if seen.misused:
        raise CannotTellError("only shows that an argument is of a wrong type")
    if seen.traces:
        raise CannotTellError(seen.traces)
    if threading.active_count() > threads:
        raise CannotTellError("leaves threads running")
    return seen


def _mentions(name: str, checks: Iterable[str]) -> bool:
    nodes = [node for one in checks for node in ast.walk(ast.parse(one, mode="eval"))]
    return any(isinstance(node, ast.Name) and node.id == name for node in nodes)


def _alike(messages: Iterable[str]) -> str:
    every = set(messages)
    return every.pop() if len(every) == 1 else ""


def _common(lists: Sequence[list[str]]) -> list[str]:
    return [one for one in lists[0] if all(one in other for other in lists[1:])]


def _is_whole(seen: Sequence[Seen]) -> bool:
    """Tell whether some look could write all of the result: then all must write it alike."""
    return any(len(one.result) == 1 and one.result[0].startswith(("result ==", "result is")) for one in seen)


def _returns_nothing(code: types.CodeType | None) -> bool:
    """Tell whether a function only ever returns None without saying so in an expression."""
    if code is None:
        return False
    last = None
    for one in dis.get_instructions(code):
        if one.opname == "RETURN_VALUE" and (last is None or last.opname != "LOAD_CONST" or last.argval is not None):
            return False
        if one.opname == "RETURN_CONST" and one.argval is not None:
            return False
        last = one
    return True


def _line(target: Any) -> int:
    code = promises.code_of(target)
    if code is not None:
        return code.co_firstlineno
    try:
        return inspect.getsourcelines(target)[1] or 1
    except (OSError, TypeError):
        return 1
