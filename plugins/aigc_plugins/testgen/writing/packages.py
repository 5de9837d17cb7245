"""Says what an import in a test file brings: what a package takes from the module under test is that module's."""

from __future__ import annotations

import ast
from pathlib import Path

from aigc_plugins.testgen.parts import Subject
from aigc_plugins.testgen.writing.reading import Origin, imported
from aigc_plugins.testgen.writing.scopes import bound


def package_of(subject: Subject) -> str:
    """Return the package that the subject's test file lies in, by which its relative imports go."""
    folder = subject.conventions.file.parent
    inside = [one for one in subject.search_path if folder.is_relative_to(one)]
    if not inside:
        return ""
    return ".".join(folder.relative_to(max(inside, key=lambda one: len(one.parts))).parts)


class Packages:
    """The packages around the module under test. Their files are read, and never run."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._public = {one for one in bound(_parsed(subject.text)) if not one.startswith("_")}
        self._passed_on: dict[str, tuple[frozenset[str], bool]] = {}

    def source(self, origin: Origin) -> Origin:
        """Return where a name is made that a package around the module under test passes on."""
        name = self._subject.name
        if not origin.name or not name.startswith(f"{origin.module}."):
            return origin
        names, whole = self._taken(origin.module)
        if origin.name in names or (whole and origin.name in self._public):
            return Origin(name, origin.name, origin.local)
        return origin

    def _taken(self, package: str) -> tuple[frozenset[str], bool]:
        """Return the names that a package takes from the module under test, and whether it takes all."""
        if package not in self._passed_on:
            self._passed_on[package] = self._read(package)
        return self._passed_on[package]

    def _read(self, package: str) -> tuple[frozenset[str], bool]:
        names, whole = set(), False
        for folder in self._subject.search_path:
            for statement in _statements(folder.joinpath(*package.split("."), "__init__.py")):
                for local, one in imported(statement, package).items():
                    if one.module == self._subject.name and one.name == local:
                        names.add(local)
                    whole = whole or (one.module == self._subject.name and one.name == "*")
        return frozenset(names), whole


def _statements(file: Path) -> list[ast.stmt]:
    try:
        return _parsed(file.read_text("utf-8"))
    except (OSError, ValueError):
        return []


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return []
