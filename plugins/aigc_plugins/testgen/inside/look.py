"""Runs a scenario once and notes all that a test could assert of it: the result, what changed, what was printed, files.

Each look is from another place: another folder, environment, time zone, seed, and later another time. What is not seen
alike from all of them is nothing to assert; comparing them is for `record`.
"""

from __future__ import annotations

import contextlib
import pathlib
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside import promises, streams
from aigc_plugins.testgen.inside.checks import Checker
from aigc_plugins.testgen.inside.compiled import TMP_PATH, Compiled
from aigc_plugins.testgen.inside.misuse import raised_by_misuse
from aigc_plugins.testgen.inside.names import Names, UnwritableError
from aigc_plugins.testgen.inside.shifted import shifted
from aigc_plugins.testgen.inside.source import Source
from aigc_plugins.testgen.inside.surroundings import elsewhere, files_in, run_folders
from aigc_plugins.testgen.inside.traces import Files, Process
from aigc_plugins.testgen.inside.watching import Watch, arguments
from aigc_plugins.testgen.inside.world import TimeUpError
from aigc_plugins.testgen.scenario import Scenario

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.execute import Executor

SLOWER = 5  # what a look may take, in times of what a run may
_UNCHANGING = (int, float, complex, str, bytes, type(None), range, type(Ellipsis), type, types.ModuleType, slice,
               frozenset, types.FunctionType, types.BuiltinFunctionType, types.MethodType,
               pathlib.PurePath)  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What one look saw. `state` has, for each thing that could change, checks of what is public and private of it."""

    exception: str = ""
    message: str = ""
    shown: str = ""
    result: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    state: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    kinds: tuple[str, ...] = ()
    kept: bool = True
    watch: Watch | None = None
    names: Names | None = None
    littered: bool = False
    asked: bool = False
    traces: str = ""
    misused: bool = False
    steps: list[streams.Step] = field(default_factory=list)


class CannotTellError(Exception):
    """A look failed; the message says why there can be no test."""


class Words(list[str]):
    """A command line that tells whether more than the program's name was `read`: each run of tests has another one."""

    read = False

    def __getitem__(self, place: Any) -> Any:
        self.read = self.read or place != 0
        return super().__getitem__(place)

    def __iter__(self) -> Iterator[str]:
        self.read = True
        return super().__iter__()

    def __len__(self) -> int:
        self.read = True
        return super().__len__()


class Looker:
    """Looks at runs of one scenario."""

    def __init__(self, executor: Executor, scenario: Scenario, target: Any) -> None:
        self._executor, self._scenario, self._target = executor, scenario, target
        words = " ".join((scenario.act, *scenario.arrange))
        self._passing = [one for one in run_folders(executor) if one not in words]
        self._files: Files | None = None

    def look(self, compiled: Compiled, number: int, extra: Mapping[str, Any], act: bool = True) -> Seen:
        """Run from another place for each number, and note what is seen; without `act`, only what is arranged.

        Raises:
            CannotTellError: nothing can be told from it.
        """
        executor = self._executor
        executor.world.enter(elsewhere() if number else None, number)
        words = Words(["elsewhere", "--seed"] if number else ["pytest"])
        sys.argv = words
        later = shifted(executor.loaded.module) if number > 1 else contextlib.nullcontext()
        try:
            with later:
                seen = self._limited(compiled, number, extra, act)
            if self._files is not None and self._files.changed:
                seen.traces = "changes files outside of its folder"
            if words.read:
                seen.traces = "reads the command line"
            seen.littered, seen.asked = executor.world.littered, executor.world.asked
            return seen
        finally:
            self._looks_no_longer()
            executor.leave()

    def _looks_no_longer(self) -> None:
        if self._files is not None:
            self._files.end()
            self._files = None

    def sound(self, compiled: Compiled, extra: Mapping[str, Any]) -> bool:
        """Tell whether everything that the scenario calls in the module gets arguments of the annotated types."""
        executor = self._executor
        callees = promises.callees(executor.loaded.module)
        fits: list[bool] = []

        def called(frame: types.FrameType, event: str, argument: object) -> None:
            if event == "call" and (hints := callees.get(frame.f_code)) is not None:
                fits.append(promises.judge(hints)(arguments(frame)))

        executor.world.enter()
        try:
            executor.world.clock.start(SLOWER * executor.call_s)
            sys.setprofile(called)
            streams.finish(eval(compiled.act, executor.arranged(compiled, extra)), [])  # noqa: S307
        except BaseException:
            return False
        finally:
            sys.setprofile(None)
            executor.world.clock.stop()
            executor.leave()
        return all(fits)

    def _limited(self, compiled: Compiled, number: int, extra: Mapping[str, Any], act: bool) -> Seen:
        clock = self._executor.world.clock
        try:
            try:
                clock.start(SLOWER * self._executor.call_s)
                seen = self._seen(compiled, number, extra, act)
            finally:
                clock.stop()
        except TimeUpError:
            raise CannotTellError("takes too long") from None
        if clock.fired:
            raise CannotTellError("takes too long")
        return seen

    def _seen(self, compiled: Compiled, number: int, extra: Mapping[str, Any], act: bool) -> Seen:
        executor = self._executor
        try:
            namespace = executor.arranged(compiled, extra, f"test_{number}")
        except TimeUpError:
            raise
        except BaseException as error:
            raise CannotTellError(f"arranging it raises {type(error).__name__}") from None
        arranged = {key: namespace[key] for key in (*_locals(compiled), *extra) if key in namespace}
        seen = Seen(names=Names(executor.loaded.module, namespace))
        folder = namespace.get(TMP_PATH) if compiled.uses_tmp_path else None
        source = Source(seen.names, folder if isinstance(folder, pathlib.Path) else None, self._passing)  # type: ignore[arg-type]
        source.arranged = frozenset(arranged)
        checker = Checker(source)
        if act:
            self._files = Files(executor.world.scratch, [*executor.world.folders, *_paths(extra.values())])
            self._files.begin()
            process = Process()
            self._act(seen, compiled, namespace, checker, arranged)
            seen.traces = f"changes the {name}" if not extra and (name := process.changed()) else ""
        with contextlib.redirect_stdout(None):
            for name, value in arranged.items():
                if name != TMP_PATH and not isinstance(value, _UNCHANGING) and not hasattr(type(value), "__next__"):
                    seen.state[name] = (checker.face(name, value), checker.private(name, value))
        if source.tmp is not None:
            seen.files = list(files_in(source.tmp, checker))
        return seen

    def _act(
        self, seen: Seen, compiled: Compiled, namespace: dict[str, Any], checker: Checker, arranged: Mapping[str, Any]
    ) -> None:
        world, hints = self._executor.world, promises.hints_of(self._target)
        before = world.printed()
        seen.watch = Watch(promises.code_of(self._target), promises.judge(hints))
        value: Any = None
        raised: BaseException | None = None
        try:
            seen.watch.begin()
            try:
                value = streams.finish(eval(compiled.act, namespace), seen.steps)  # noqa: S307
            finally:
                seen.watch.end()
        except TimeUpError:
            raise
        except BaseException as error:
            raised = error
        printed = world.printed()[len(before) :]
        checker.source.addresses = seen.watch.addresses
        if raised is not None:
            self._raised(seen, raised, checker)
        else:
            same = next((key for key, one in arranged.items() if one is value and not isinstance(one, _UNCHANGING)), "")
            seen.result = [f"result is {same}"] if same else checker.of("result", value)
            if self._scenario.expected:
                seen.kept = promises.as_documented(self._scenario.expected, value, printed, namespace)
            seen.shown = shown(value)
        if printed and not before:
            seen.printed = [one for one in checker.of("printed", printed) if not one.startswith("isinstance(")]

    def _raised(self, seen: Seen, error: BaseException, checker: Checker) -> None:
        if not isinstance(error, Exception | SystemExit | GeneratorExit) or isinstance(
            error, MemoryError | RecursionError
        ):
            raise CannotTellError(f"it ends with {type(error).__name__}")
        watch = seen.watch
        against = watch is not None and watch.called and not watch.fits
        seen.misused = against and raised_by_misuse(error, self._executor.file)
        seen.kinds = tuple(one.__name__ for one in type(error).__mro__)
        for kind in type(error).__mro__:
            try:
                seen.exception = checker.source.names.of(kind)
                break
            except UnwritableError:
                continue
        try:
            message = str(error)
        except Exception:
            message = ""
        tmp = checker.source.tmp
        lasts = checker.source.lasting(message) and (tmp is None or str(tmp) not in message)
        seen.message, seen.shown = message if lasts else "", f"raises {type(error).__name__}: {message}"[:300]


def _paths(values: Iterable[object]) -> list[str]:
    return [str(one) for one in values if isinstance(one, pathlib.Path)]


def _locals(compiled: Compiled) -> tuple[str, ...]:
    return () if compiled.arrange is None else compiled.arrange.co_varnames + compiled.arrange.co_cellvars


def shown(value: Any) -> str:
    """Return a value as text for a user."""
    try:
        return repr(value)[:300]
    except Exception:
        return f"a {type(value).__name__}"
