"""Proposes the calls of targets that a project makes itself: in its tests, its other code, and the module."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.testgen.analysis.definitions import dotted, last_part
from aigc_plugins.testgen.analysis.testfiles import TestFiles
from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.proposers.known import BY_FUNCTION, Known
from aigc_plugins.testgen.proposers.names import Names, free, made_bare, names_of, package_of, substituted
from aigc_plugins.testgen.proposers.slices import Code, kinds, scenario
from aigc_plugins.testgen.proposers.walks import Place, places, raising

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Scenario

NAME = "calls in the project"
_MOST_FILES, _MOST_OF_TARGET = 2000, 40
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w., \t]+))", re.MULTILINE)


class CallSites(TestProposer):
    """Proposes calls with arguments that are written where they are made, with the statements that they need."""

    name = NAME

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield the calls in tests first, then those in other files, in the first round."""
        if goals.round:
            return
        known = Known(subject)
        files = TestFiles(subject.root, ["test_*.py", "*_test.py"], _opened(subject, job))
        counts: Counter[str] = Counter()
        seen: set[tuple[str, str, tuple[str, ...]]] = set()
        for path in _ordered(files, subject)[:_MOST_FILES]:
            job.check()
            for one in _in_file(path, files, known):
                key = (one.target, one.act, one.arrange)
                if key not in seen and counts[one.target] < _MOST_OF_TARGET:
                    seen.add(key)
                    counts[one.target] += 1
                    yield one


def _opened(subject: Subject, job: Job) -> dict[Path, str]:
    found = job.workspace.open_files() if job.workspace is not None else ()
    return {subject.root / one.path: one.text for one in found} | {subject.path: subject.text}


def _ordered(files: TestFiles, subject: Subject) -> list[Path]:
    """Return the files to look at: the module's own tests, other tests, the module, what lies near it, the rest."""
    own, tests = subject.conventions.file, set(files.paths)

    def rank(path: Path) -> tuple[int, int, str]:
        apart = len(set(path.parent.parts) ^ set(subject.path.parent.parts))
        return (0 if path == own else 1 if path in tests else 2 if path == subject.path else 3, apart, str(path))

    return sorted(files.python, key=rank)


def _in_file(path: Path, files: TestFiles, known: Known) -> Iterator[Scenario]:
    subject = known.subject
    text = files.text(path)
    if text is None or (path != subject.path and not _may_import(text, subject.name)):
        return
    parsed = files.parsed(path)
    if parsed is None:
        return
    names = names_of(parsed.tree, subject.name, known.names, package_of(path, _dotted(path, subject)))
    if path == subject.path:
        names.bare = {name: name for name in known.names}
    if names.bare or names.modules:
        is_test = path == subject.conventions.file or path in files.paths
        yield from _Reader(known, names, fixtures=is_test).read(parsed.tree)


def _may_import(text: str, name: str) -> bool:
    """Tell whether a text may import a module or take something from the packages around it, without parsing it."""
    for found in _IMPORT.finditer(text):
        for one in (found[1] or found[2]).split(","):
            module = one.strip().partition(" ")[0]
            if module.startswith(".") or name == module or name.startswith(f"{module}."):
                return True
    return False


def _dotted(path: Path, subject: Subject) -> str:
    """Return the name of a file's module as others import it."""
    inner = max((one for one in subject.search_path if path.is_relative_to(one)), key=lambda one: len(one.parts))
    relative = path.relative_to(inner).with_suffix("")
    return ".".join(relative.parts[:-1] if relative.name == "__init__" else relative.parts)


class _Reader:
    """Reads the calls of one file."""

    def __init__(self, known: Known, names: Names, *, fixtures: bool) -> None:
        self._known, self._names = known, names
        self._fixtures = known.subject.conventions.fixtures if fixtures else ()
        self._last = {last_part(one) for one in known.wanted}
        self._special = any(one.startswith("__") for one in self._last)

    def read(self, tree: ast.Module) -> Iterator[Scenario]:
        """Yield a scenario for each call that can stand for itself."""
        for place in places(made_bare(tree, self._names, self._known.names, strict=True)):
            seen: dict[str, str] | None = None
            for call in self._calls(place.act):
                if seen is None:
                    seen = kinds(place.before, self._known)
                target = self._known.called(call, seen)
                if target in self._known.wanted:
                    yield from self._with_rows(target, call, place)

    def _with_rows(self, target: str, call: ast.expr, place: Place) -> Iterator[Scenario]:
        used = free(call) | {name for one in place.before for name in free(one)}
        rows = [row for row in place.rows if used & set(row)]
        for row in rows or ({},):
            before = [substituted(one, row) for one in place.before] if row else place.before
            code = Code(before, self._names.imports, self._fixtures)
            found = scenario(self._known, target, substituted(call, row) if row else call, code, origin=NAME)
            if found is not None:
                yield found

    def _calls(self, node: ast.expr) -> Iterator[ast.expr]:
        """Yield the parts of an expression that may call a target, by their names."""
        for one in ast.walk(node):
            if isinstance(one, ast.Call):
                inner = raising(one) or one
                name = last_part(dotted(inner.func)) or getattr(inner.func, "attr", "")
                if name in self._last or (self._special and (name in BY_FUNCTION or "__call__" in self._last)):
                    yield inner
            elif isinstance(one, ast.Attribute):
                if one.attr in self._last and isinstance(one.ctx, ast.Load):
                    yield one
            elif self._special and isinstance(one, ast.BinOp | ast.Compare | ast.UnaryOp | ast.Subscript):
                yield one
