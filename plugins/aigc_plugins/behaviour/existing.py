"""Runs those tests of a project that say something of a function, on a copy, in the sandbox."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from aigc_plugins.behaviour.project import mentions
from aigc_plugins.sandbox import Limits, Sandbox

_MOST_FILES = 5
_LIMITS = Limits(wall_s=60.0, cpu_s=60, memory=2 << 30, processes=48)
_RESULT = re.compile(r"^PASSED (.+?)(?: - .*)?$", re.MULTILINE)
_SKIPPED = frozenset((".git", ".venv", "venv", "node_modules", "__pycache__"))


@dataclass(frozen=True, slots=True)
class Tests:
    """The test files of a module's file in a copy of its project, and which functions in them name the symbol."""

    project: Path
    files: tuple[str, ...]
    named: frozenset[str]
    python: Path
    path: tuple[str, ...]


def found(project: Path, file: Path, symbol: str, patterns: Sequence[str], python: Path, path: Sequence[Path]) -> Tests:
    """Return the tests of the file `file` of a copied project that name `symbol`.

    `patterns` name test files, with `{name}` for the file's own name.
    """
    names = {pattern.replace("{name}", file.stem) for pattern in patterns}
    files: list[str] = []
    named: set[str] = set()
    for candidate in sorted(project.rglob("*.py")):
        if candidate.name in names and _SKIPPED.isdisjoint(candidate.relative_to(project).parts):
            functions = mentions(candidate, symbol)
            if functions and len(files) < _MOST_FILES:
                files.append(str(candidate.relative_to(project)))
                named |= functions
    inside = tuple(str(one.relative_to(project)) for one in path)
    return Tests(project, tuple(files), frozenset(named), python, inside)


def passing(tests: Tests, file: Path, text: str, cancelled: Callable[[], object]) -> frozenset[str]:
    """Return the tests that pass when the file `file` (relative) of the project reads `text`.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
    """
    with tempfile.TemporaryDirectory(prefix="aigc-tests-") as folder:
        copy = Path(folder) / "project"
        shutil.copytree(tests.project, copy, symlinks=True)
        (copy / file).write_text(text, "utf-8", errors="surrogatepass", newline="")
        options = ["-q", "-rp", "--tb=no", "--color=no", "-p", "no:cacheprovider", "--rootdir=."]
        command: list[str | Path] = [tests.python, "-P", "-s", "-m", "pytest", *options, *tests.files]
        done = Sandbox().run(
            command,
            scratch=Path(folder),
            cwd=copy,
            limits=_LIMITS,
            environment={"PYTHONPATH": ":".join(str(copy / one) for one in tests.path), "PYTHONHASHSEED": "0"},
            cancelled=cancelled,
        )
    return frozenset(_RESULT.findall(done.stdout))


def is_named(tests: Tests, identifier: str) -> bool:
    """Tell whether a test that pytest lists is one of those that name the symbol."""
    return identifier.rpartition("::")[2].partition("[")[0] in tests.named
