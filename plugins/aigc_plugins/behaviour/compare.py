"""Compares versions of one Python function: its own tests first, then calls with made-up inputs, all in the sandbox."""

from __future__ import annotations

import ast
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from aigc_plugins.behaviour import calls, effects, existing, hints, project
from aigc_plugins.behaviour.naming import broken, qualified
from aigc_plugins.behaviour.verdict import Verdict
from aigc_plugins.sandbox import which_rung

if TYPE_CHECKING:
    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.functions import Definition

_HIDDEN = "another definition of the same name takes its place"
_PATTERNS = ("test_{name}.py", "{name}_test.py")


@dataclass(frozen=True, slots=True)
class _Tested:
    """The tests that count: they pass, and they no longer do when the function is broken."""

    tests: existing.Tests
    counting: frozenset[str]
    passing: frozenset[str]


def same_behaviour(
    snapshot: Snapshot, definition: Definition, new_text: str, job: Job, *, timed: bool = False
) -> Verdict:
    """Return whether a Python function does the same when it reads `new_text`; with `timed`, how long both take.

    Raises:
        SandboxUnavailableError: code cannot be run safely on this machine.
        CancelledError: the user took the task back.
    """
    with Behaviour(snapshot, definition, job) as behaviour:
        return behaviour.verdict(rewritten(snapshot, definition, new_text), timed=timed)


class Behaviour:
    """How a function behaves in the text of the editor, found out once, to compare rewritten versions with.

    To be used in a `with` statement: it keeps a copy of the project meanwhile.
    """

    def __init__(self, snapshot: Snapshot, definition: Definition, job: Job) -> None:
        self._snapshot, self._definition, self._job = snapshot, definition, job
        self._folder = tempfile.TemporaryDirectory(prefix="aigc-project-")

    def __enter__(self) -> Behaviour:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Remove the copy of the project."""
        self._folder.cleanup()

    def verdict(self, module: str, *, timed: bool = False) -> Verdict:
        """Return whether the function does the same when its file reads `module`; with `timed`, how long both take.

        Raises:
            SandboxUnavailableError: code cannot be run safely on this machine.
            CancelledError: the user took the task back.
        """
        which_rung()
        if self.withheld:
            return Verdict("unknown", self.withheld)
        called = Verdict("unknown", self.unknown)
        if not self.unknown:
            self._job.report("Calling both versions in the sandbox")
            called = self._called(module)
            if called.kind == "different":
                return called
            if called.kind == "same":
                called = self._reached(called, module)
        tested = self._by_tests(module)
        if tested is None or tested.kind == "different":
            return tested or called
        how = "; ".join(one.how for one in (tested, called) if one.kind == "same")
        both = Verdict("same", how) if tested.kind == "same" or called.kind == "same" else called
        return self._measured(both, module) if timed and called.kind == "same" else both

    def _called(self, module: str) -> Verdict:
        """Compare calls; what differs has to differ twice, since a busy machine can interrupt a call."""
        verdict = Verdict("unknown", self.unknown)
        for _ in range(2):
            verdict = calls.compared(self._seen, calls.observe(self._subject, module, self._cancelled, like=self._seen))
            if verdict.kind == "same":
                break
        return verdict

    @cached_property
    def unknown(self) -> str:
        """Why calls cannot tell how the function behaves, empty where they can."""
        if self._path is None:
            return "it lies within another function"
        try:
            module = ast.parse(self._snapshot.text)
        except (SyntaxError, ValueError, RecursionError):
            return "its file does not parse"
        function = effects.find(module, self._path)
        if function is None:
            return "it is not found in its module"
        if not self._first_line <= function.lineno <= self._last_line:
            return _HIDDEN
        effect = effects.effect_of(module, self._path)
        if effect:
            return effect
        if any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(function)):
            return "it is asynchronous"
        self._job.report("Looking for inputs that tell how it behaves")
        return calls.reason_unknown(self._seen, self._again)

    @property
    def withheld(self) -> str:
        """Why nothing at all can tell how the function behaves, empty where something can."""
        if self.unknown and (self.unknown == _HIDDEN or self._tested is None):
            return f"Its behaviour cannot be compared: {self.unknown}."
        return ""

    def _reached(self, verdict: Verdict, module: str) -> Verdict:
        """Return the verdict where each line that no input reached is in the other version, too."""
        lines = self._snapshot.text.splitlines()
        unreached = Counter(lines[number - 1].strip() for number in self._again.unreached if number <= len(lines))
        lost = unreached - Counter(line.strip() for line in module.splitlines())
        if not lost:
            return verdict
        return Verdict("unknown", f"No made-up input reaches `{min(lost)}`, which is not there any more.")

    def _by_tests(self, module: str) -> Verdict | None:
        tested = self._tested
        if tested is None:
            return Verdict("unknown", "there are no tests of it")
        self._job.report("Running its tests in the sandbox")
        failing = tested.passing - existing.passing(tested.tests, self._relative, module, self._cancelled)
        if failing:
            return Verdict("different", f"{min(failing)} fails with the rewritten function.")
        count = len(tested.counting)
        return Verdict("same", f"{count} tests of it pass as before" if count > 1 else "its test passes as before")

    def _measured(self, verdict: Verdict, module: str) -> Verdict:
        self._job.report("Measuring both versions")
        seconds = calls.timed(self._subject, self._snapshot.text, module, self._seen, self._cancelled)
        return verdict if seconds is None else Verdict(verdict.kind, verdict.how, *seconds)

    def _cancelled(self) -> bool:
        self._job.check()
        return False

    @cached_property
    def _path(self) -> list[str] | None:
        return qualified(self._definition)

    @property
    def _first_line(self) -> int:
        return self._snapshot.text.count("\n", 0, self._definition.start) + 1

    @property
    def _last_line(self) -> int:
        return self._snapshot.text.count("\n", 0, self._definition.end) + 1

    @cached_property
    def _root(self) -> Path | None:
        return project.root_of(self._snapshot, self._job)

    @cached_property
    def _copy(self) -> Path | None:
        """A copy of the project, None where the file is in none or there is too much of it."""
        if self._root is None:
            return None
        folder = Path(self._folder.name).resolve() / "project"
        folder.mkdir()
        return folder if project.copy(self._root, folder, self._job) else None

    @cached_property
    def _relative(self) -> Path:
        path = self._snapshot.path or Path("module.py")
        return path.relative_to(self._root) if self._root is not None else Path(path.name)

    @cached_property
    def _subject(self) -> calls.Subject:
        module = ast.parse(self._snapshot.text)
        function = effects.find(module, self._path or [])
        copy = self._copy
        file = (copy or Path("/")) / self._relative
        path = (*project.search_path(copy), file.parent) if copy is not None else ()
        return calls.Subject(
            ".".join(self._path or []),
            project.module_name(file, copy) if copy is not None else file.stem,
            str(file),
            tuple(dict.fromkeys(path)),
            hints.literals(function) if function is not None else [],
            hints.guesses(function) if function is not None else {},
            project.interpreter(self._root, self._job),
            (self._first_line, self._last_line),
        )

    @cached_property
    def _seen(self) -> calls.Seen:
        return calls.observe(self._subject, self._snapshot.text, self._cancelled)

    @cached_property
    def _again(self) -> calls.Seen:
        return calls.observe(self._subject, self._snapshot.text, self._cancelled, like=self._seen, again=True)

    @cached_property
    def _tested(self) -> _Tested | None:
        copy, python = self._copy, project.interpreter(self._root, self._job)
        if copy is None or not (copy / self._relative).is_file() or not project.has_pytest(python):
            return None
        language = self._snapshot.language
        patterns = language.test_files if language is not None else _PATTERNS
        symbol, file = self._definition.name, copy / self._relative
        tests = existing.found(copy, file, symbol, patterns, python, project.search_path(copy))
        if not tests.files:
            return None
        self._job.report("Looking for its tests")
        before = existing.passing(tests, self._relative, self._snapshot.text, self._cancelled)
        named = {one for one in before if existing.is_named(tests, one)}
        if not named:
            return None
        without = broken(self._snapshot.text, self._path or [])
        counting = named - existing.passing(tests, self._relative, without, self._cancelled)
        return _Tested(tests, frozenset(counting), before) if counting else None


def rewritten(snapshot: Snapshot, definition: Definition, new_text: str) -> str:
    """Return the file's text with another text for one definition."""
    text = snapshot.text
    return text[: definition.start] + new_text + text[definition.end :]
