"""Stand-ins for the analysis and the loop of test generation, for the tests of its command line."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from aigc_lsp.cli import testgen_subjects
from aigc_plugins.action import Edit, FileEdit, NewFile, WithheldError
from aigc_plugins.testgen.parts import Conventions, Figures, Generated, Origin, Subject, WrittenTest
from aigc_plugins.testgen.scenario import Branch, Mutant, Recorded, Scenario, Suspicion, Target


def subject(path: Path, text: str, names: Sequence[str] = (), root: Path | None = None) -> Subject:
    """Return a subject with a target for each function; its tests go into tests/test_NAME.py."""
    root = root or path.parent
    found = tuple(
        Target(node.name, "function", node.lineno, node.end_lineno or node.lineno)
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    )
    file = root / "tests" / f"test_{path.stem}.py"
    conventions = Conventions("pytest", file, file.read_text() if file.exists() else None)
    wanted = tuple(one for one in found if not names or one.name in names)
    return Subject(root, path, path.stem, text, wanted, found, (root,), Path(sys.executable), conventions)


def recorded(target: str, act: str, origin: str = "search", kills: Sequence[int] = (1,)) -> Recorded:
    """Return a recorded scenario."""
    return Recorded(
        Scenario(target, act, origin=origin), ("result == 1",), branches=frozenset({1}), kills=frozenset(kills)
    )


def generated(of: Subject, **more: Any) -> Generated:
    """Return what a loop would: one new test for each target, added to the file."""
    conventions = of.conventions
    added = "".join(f"\n\ndef test_{one.name}():\n    assert {one.name}(1) == 1\n" for one in of.targets)
    text = (conventions.text or f"from {of.name} import *\n") + added
    change: FileEdit | NewFile
    if conventions.text is None:
        change = NewFile(conventions.file, text)
    else:
        change = FileEdit(conventions.file, conventions.text, (Edit(0, len(conventions.text), text),))
    values: dict[str, Any] = {
        "change": change,
        "text": text,
        "tests": tuple(WrittenTest(f"test_{one.name}", (recorded(one.name, f"{one.name}(1)"),)) for one in of.targets),
        "before": Figures((4, 10), (2, 4), (0, 10)),
        "after": Figures((10, 10), (4, 4), (9, 10)),
        "covered": frozenset({1, 2}),
        "missed": frozenset({3}),
        "killed": (Mutant(1, "one", 2, 4, "compare", "n > 1", "n >= 1"),),
        "alive": (Mutant(2, "one", 2, 4, "constant", "1", "2"),),
        "missing": (Branch(3, "one", 2, "false"),),
        "origins": (Origin("model", 4, 3, 1), Origin("search", 40, 40, 3)),
        "seconds": 1.25,
    }
    return Generated(subject=of, **(values | more))


@dataclass
class Standin:
    """Takes the place of the analysis and of the loop; `make` is what the loop does."""

    make: Callable[..., Generated] = lambda subject, job, options, stop: generated(subject)
    analysed: list[tuple[str, tuple[str, ...], frozenset[int]]] = field(default_factory=list)
    options: list[Any] = field(default_factory=list)
    jobs: list[Any] = field(default_factory=list)

    def analyse(self, path: Path, text: str, *, root: Path, names: Any, lines: Any, **_: Any) -> Subject:
        """Stand for `aigc_plugins.testgen.analysis.analyse`."""
        self.analysed.append((path.name, tuple(names), frozenset(lines)))
        found = subject(path, text, names, root)
        if not found.targets:
            raise WithheldError(f"{path.name} defines no function or class that could be tested.")
        return found

    def generate(self, subject: Subject, job: Any, options: Any, stop: Callable[[], bool]) -> Generated:
        """Stand for `aigc_plugins.testgen.loop.generate`."""
        self.options.append(options)
        self.jobs.append(job)
        return self.make(subject, job, options, stop)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> Standin:
        """Put it in place."""
        monkeypatch.setattr(testgen_subjects, "language_parts", lambda module: (self.analyse, self.generate))
        return self


BUG = Suspicion("one", 2, "example", "one(2)", "3", "2")
