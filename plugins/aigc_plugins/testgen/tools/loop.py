"""Writes the tests of a file of Go or Java: asks the model, and keeps the tests that hold and catch a fault.

Of what the model writes, each test runs alone; an assertion that fails is taken out, and what has none left is dropped.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.action import Edit, FileEdit, NewFile, WithheldError
from aigc_plugins.testgen.parts import Figures, Generated, Options, Origin, WrittenTest
from aigc_plugins.testgen.project import copied
from aigc_plugins.testgen.scenario import Mutant, Recorded, Scenario
from aigc_plugins.testgen.tools.analysis import tool_of
from aigc_plugins.testgen.tools.base import Test
from aigc_plugins.testgen.tools.faults import planted

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Target

_ATTEMPTS = 3  # answers for one target
_TIMES = 3
_MOST_REPAIRS = 4
_MOST_SOURCE = 6000
_ORIGIN = "model: tests"


def generate(subject: Subject, job: Job, options: Options, stop: Callable[[], bool] = lambda: False) -> Generated:
    """Write tests for the targets of a file, as `aigc_plugins.testgen.loop.generate` does for Python.

    Raises:
        SandboxUnavailableError: code cannot be run safely on this machine.
        WithheldError: there is no model to ask, or nothing to run tests with.
        CancelledError: the user took the task back.
    """
    if not options.model:
        raise WithheldError(f"Only the model writes tests of {subject.path.suffix[1:].title()}: leave --no-model out.")
    with tempfile.TemporaryDirectory(prefix="aigc-testgen-") as folder:
        return _Generation(subject, job, options, stop, Path(folder).resolve()).run()


class _Generation:
    def __init__(self, subject: Subject, job: Job, options: Options, stop: Callable[[], bool], scratch: Path) -> None:
        self._subject, self._job, self._options, self._stop = subject, job, options, stop
        self._tool = tool_of(subject.path)
        self._copy = scratch / "project"
        self._begun = time.monotonic()
        self._dropped: Counter[str] = Counter()
        self._notes: list[str] = []
        self._mutants: list[Mutant] = []
        self._proposed = self._ran = 0
        self._complete = True

    def run(self) -> Generated:
        """Do all of it."""
        self._notes += copied(self._subject, self._copy, self._job)
        kept: list[tuple[Test, frozenset[int]]] = []
        for number, target in enumerate(self._subject.targets):
            if self._over():
                self._complete = False
                break
            self._job.report(f"Writing tests of {target.name}", 100 * number // len(self._subject.targets))
            kept += self._of(target, {test.name for test, _ in kept})
        return self._generated(self._settled(kept))

    def _over(self) -> bool:
        return self._stop() or time.monotonic() - self._begun > self._options.seconds

    def _cancelled(self) -> bool:
        self._job.check()
        return False

    def _of(self, target: Target, taken: set[str]) -> list[tuple[Test, frozenset[int]]]:
        """Return tests of a target that pass, each with the faults that it alone, so far, catches."""
        good: list[Test] = []
        seen: set[str] = set()
        for attempt in range(_ATTEMPTS):
            if self._over():
                break
            for test in self._asked(target, attempt):
                body = test.text.partition("{")[2]
                if body in seen or self._over():
                    continue
                seen.add(body)
                named = _renamed(test, taken | {one.name for one in good}, self._subject.conventions.text or "")
                holds = self._holding(named)
                good += [holds] if holds is not None else []
        kills = self._kills(target, good)
        kept, caught = [], set[int]()
        for test in sorted(good, key=lambda one: -len(kills[one.name])):
            if kills[test.name] - caught:
                kept.append((test, frozenset(kills[test.name])))
                caught |= kills[test.name]
            else:
                self._dropped["catches no fault that others do not"] += 1
        return kept

    def _asked(self, target: Target, attempt: int) -> list[Test]:
        values, start = self._tool.values(self._subject, target)
        lines = self._subject.text.splitlines()
        code = self._subject.text
        if len(code) > _MOST_SOURCE:
            code = "\n".join(lines[target.line - 1 : target.end_line])[:_MOST_SOURCE]
        request = self._job.prompt(self._tool.prompt, {**values, "source": code, "start": start})
        number = 1 + attempt + 10_000 * self._options.seed
        answer = self._job.ask(replace(request, temperature=0.7 if attempt else 0.2, top_p=0.95, seed=number))
        found = list(self._tool.found_in(f"{start}{answer}", target.name))
        self._proposed += len(found)
        return found

    def _holding(self, test: Test) -> Test | None:
        """Return a test as it passes `_TIMES` times, without assertions that fail; None where it does not."""
        tool, current = self._tool, test
        for _ in range(_MOST_REPAIRS):
            text = tool.file(self._subject, "", [current])
            ran = tool.run(self._subject, self._copy, text, self._cancelled, times=_TIMES)
            self._ran += 1
            if ran.error:
                self._dropped["does not compile"] += 1
                return None
            if ran.passed.get(current.name):
                return current
            line = ran.lines.get(current.name, 0) - 1 - _line_of(text, current)
            shorter = tool.without_line(current, line) if line > 0 else None
            if shorter is None:
                break
            current = shorter
        self._dropped["fails"] += 1
        return None

    def _kills(self, target: Target, tests: list[Test]) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {test.name: set() for test in tests}
        file = self._copy / self._subject.path.relative_to(self._subject.root)
        text = self._tool.file(self._subject, "", tests)
        try:
            for mutant, mutated in planted(self._tool.parsed(self._subject.text), target) if tests else ():
                if self._over() and any(found.values()):
                    self._complete = False
                    break
                file.write_text(mutated, "utf-8", newline="")
                ran = self._tool.run(self._subject, self._copy, text, self._cancelled)
                if ran.error:
                    continue  # it does not compile: no fault that a test could find
                numbered = replace(mutant, number=len(self._mutants) + 1)
                self._mutants.append(numbered)
                for name, passed in ran.passed.items():
                    if not passed and name in found:
                        found[name].add(numbered.number)
        finally:
            file.write_text(self._subject.text, "utf-8", newline="")
        return found

    def _settled(self, kept: list[tuple[Test, frozenset[int]]]) -> list[tuple[Test, frozenset[int]]]:
        """Return what still passes in one file, with what that holds already."""
        while kept:
            text = self._tool.file(self._subject, self._subject.conventions.text or "", [test for test, _ in kept])
            ran = self._tool.run(self._subject, self._copy, text, self._cancelled, times=2 * _TIMES)
            if ran.error:
                self._notes.append(f"The written file could not be run: {ran.error}")
                return []
            holding = [one for one in kept if ran.passed.get(one[0].name)]
            if len(holding) == len(kept):
                return kept
            self._dropped["fails beside other tests"] += len(kept) - len(holding)
            kept = holding
        return kept

    def _generated(self, kept: list[tuple[Test, frozenset[int]]]) -> Generated:
        subject = self._subject
        old = subject.conventions.text
        text = self._tool.file(subject, old or "", [test for test, _ in kept]) if kept else old or ""
        killed = frozenset().union(*(kills for _, kills in kept))
        tests = tuple(
            WrittenTest(test.name, (Recorded(Scenario(test.target, test.text, origin=_ORIGIN), ("",), kills=kills),))
            for test, kills in kept
        )
        self._notes.append("Lines and branches are not measured for this language.")
        change = None
        if kept:
            file = subject.conventions.file
            change = NewFile(file, text) if old is None else FileEdit(file, old, (Edit(0, len(old), text),))
        return Generated(
            subject=subject,
            change=change,
            text=text,
            tests=tests,
            before=Figures(mutants=(0, len(self._mutants))),
            after=Figures(mutants=(len(killed), len(self._mutants))),
            killed=tuple(one for one in self._mutants if one.number in killed),
            alive=tuple(one for one in self._mutants if one.number not in killed),
            origins=(Origin(_ORIGIN, self._proposed, self._ran, len(kept)),),
            dropped=dict(sorted(self._dropped.items())),
            notes=tuple(dict.fromkeys(self._notes)),
            seconds=round(time.monotonic() - self._begun, 3),
            complete=self._complete,
        )


def _line_of(text: str, test: Test) -> int:
    """Return at which line (from 0) a test's text begins in a file."""
    first = test.text.split("\n", 1)[0].strip()
    lines = [at for at, line in enumerate(text.split("\n")) if line.strip() == first]
    named = [at for at, line in enumerate(text.split("\n")) if f" {test.name}(" in line]
    return next((at for at in lines if any(at <= one <= at + 3 for one in named)), lines[0] if lines else 0)


def _renamed(test: Test, taken: set[str], old: str) -> Test:
    """Return a test under a name that nothing has yet."""
    name, number = test.name, 2
    while name in taken or f" {name}(" in old:
        name, number = f"{test.name}{number}", number + 1
    return replace(test, name=name, text=test.text.replace(f" {test.name}(", f" {name}(", 1))
