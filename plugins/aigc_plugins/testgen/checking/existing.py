"""Finds the tests that a project has for a module, by what they import and name. It runs nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.testgen.checking.run import inside

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject

_TEST_FILE = re.compile(r"^(test_.*|.*_test|tests?)\.py$")
_SKIPPED = frozenset((".git", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox"))
_MOST_FILES, _LARGEST = 6, 1 << 20
_SHORTEST = 4  # names of two or three letters say little


def test_files(subject: Subject, copy: Path) -> tuple[Path, ...]:
    """Return the test files of the copy that are about the module: the conventions' own first, then those that import
    it, then those that name several of what is tested."""
    own = inside(subject, copy, subject.conventions.file)
    ranked: list[tuple[int, int, Path]] = []
    for path in sorted(copy.resolve().rglob("*.py")):
        if path != own and _TEST_FILE.match(path.name) and _SKIPPED.isdisjoint(path.relative_to(copy.resolve()).parts):
            imports, named = _about(subject, path)
            if imports or named > 1:
                ranked.append((not imports, -named, path))
    first = [own] if own.is_file() and own.read_text("utf-8", "replace").strip() else []
    return tuple([*first, *(path for _, _, path in sorted(ranked))][:_MOST_FILES])


def _about(subject: Subject, path: Path) -> tuple[bool, int]:
    """Tell whether a file imports the module, and how many of the targets it names."""
    package, _, stem = subject.name.rpartition(".")
    try:
        text = path.read_text("utf-8") if path.stat().st_size <= _LARGEST else ""
        simple = {part for target in subject.targets for part in target.name.split(".") if len(part) >= _SHORTEST}
        if stem not in text and not any(name in text for name in simple):
            return False, 0
        tree = ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return False, 0
    imports, names = False, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports = imports or any(one.name == subject.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported = {one.name for one in node.names}
            imports = imports or node.module == subject.name or (node.module == package and stem in imported)
            names |= imported
        elif isinstance(node, ast.Name):
            names.add(node.id)
        elif isinstance(node, ast.Attribute):
            names.add(node.attr)
    top = subject.name.partition(".")[0]
    return imports, len(names & simple) if top in text else 0
