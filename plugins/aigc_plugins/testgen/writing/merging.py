"""Puts imports and tests into the text of a file and leaves every other character of it as it is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from aigc_plugins.testgen.parts import Subject
from aigc_plugins.testgen.writing import imports
from aigc_plugins.testgen.writing.existing import Existing
from aigc_plugins.testgen.writing.reading import Origin

Key: TypeAlias = tuple[Any, ...]

_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Text:
    """A file's lines, to which lines are added; positions count from 0 and stay those of the file as it was."""

    def __init__(self, text: str) -> None:
        self.lines = _LINES.findall(text)
        ends = re.findall(r"\r\n|\r|\n", text)
        self._end = max(set(ends), key=ends.count) if ends else "\n"
        self._tabs = bool(re.search(r"^\t", text, re.MULTILINE)) and not re.search(r"^ {2,}\S", text, re.MULTILINE)
        self._added: dict[int, list[str]] = {}
        self._sections: dict[int, int] = {}
        self._replaced: dict[int, tuple[int, list[str]]] = {}

    def section(self, at: int) -> int | None:
        """Return the section of the last import that was added at a place."""
        return self._sections.get(at)

    def note(self, at: int, section: int) -> None:
        """Remember the section of an import that was added."""
        self._sections[at] = section

    def add(self, at: int, lines: Iterable[str]) -> None:
        """Add lines before a line."""
        self._added.setdefault(at, []).extend(lines)

    def replace(self, start: int, end: int, lines: Sequence[str]) -> None:
        """Put lines in place of others."""
        self._replaced[start] = (end, list(lines))

    def _written(self, line: str) -> str:
        if self._tabs:
            line = re.sub(r"^ +", lambda found: "\t" * (len(found[0]) // 4), line)
        return line + self._end

    def result(self) -> str:
        """Return the new text."""
        parts: list[str] = []
        at = 0
        while at <= len(self.lines):
            added = self._added.get(at, [])
            if added and parts and not parts[-1].endswith(("\n", "\r")):
                parts[-1] += self._end
            parts += map(self._written, added)
            if at in self._replaced:
                at, lines = self._replaced[at]
                parts += map(self._written, lines)
                continue
            if at < len(self.lines):
                parts.append(self.lines[at])
            at += 1
        return "".join(parts)


def merged(text: str, existing: Existing, added: Sequence[Origin], tests: list[str], subject: Subject) -> str:
    """Return a file's text with imports and tests added."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    file = Text(text.removeprefix("\ufeff"))
    if tests:
        _add_imports(file, existing.tree, added, subject)
        _add_tests(file, existing.tree, tests)
    return mark + file.result()


def _add_tests(file: Text, tree: ast.Module, tests: list[str]) -> None:
    at = len(file.lines)
    last = tree.body[-1] if tree.body else None
    main = last if isinstance(last, ast.If) and any(_is_name_of_module(one) for one in ast.walk(last.test)) else None
    if main is not None:
        at = main.lineno - 1
        while at > 0 and file.lines[at - 1].lstrip().startswith("#"):
            at -= 1
    blank = 0
    while blank < at and not file.lines[at - 1 - blank].strip():
        blank += 1
    if at > blank:
        tests = [*[""] * max(2 - blank, 0), *tests]
    file.add(at, [*tests, "", ""] if main is not None else tests)


def _is_name_of_module(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "__name__"


def _add_imports(file: Text, tree: ast.Module, added: Sequence[Origin], subject: Subject) -> None:
    head = _head(tree)
    rest = []
    members: dict[str, list[Origin]] = {}
    for one in added:
        members.setdefault(one.module if one.name else "", []).append(one)
    for module, origins in members.items():
        node = next((one for one in head if _is_plain_from(one, module, file)), None) if module else None
        if node is None:
            rest += origins
        else:
            _extend(file, node, origins, subject)
    _insert(file, tree, head, imports.statements(rest, subject, subject.conventions.line_length), subject)


def _head(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports before the first definition."""
    found = []
    for statement in tree.body:
        if isinstance(statement, _DEFINITIONS):
            break
        if isinstance(statement, ast.Import | ast.ImportFrom):
            found.append(statement)
    return found


def _is_plain_from(node: ast.stmt, module: str, file: Text) -> bool:
    """Tell whether a statement imports names of a module, and may be written anew with more of them."""
    if not isinstance(node, ast.ImportFrom) or node.level or node.module != module or node.names[0].name == "*":
        return False
    lines = file.lines[node.lineno - 1 : _end(node)]
    return not any("#" in line or ";" in line or "\\" in line for line in lines)


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _extend(file: Text, node: Any, origins: Sequence[Origin], subject: Subject) -> None:
    old = [f"{one.name} as {one.asname}" if one.asname else one.name for one in node.names]
    new = [f"{one.name} as {one.local}" if one.name != one.local else one.name for one in origins]
    width = subject.conventions.line_length if _end(node) == node.lineno else 0
    file.replace(node.lineno - 1, _end(node), imports.written([*old, *new], node.module, width))


def _insert(
    file: Text,
    tree: ast.Module,
    head: list[ast.Import | ast.ImportFrom],
    new: list[tuple[Key, list[str]]],
    subject: Subject,
) -> None:
    if not new:
        return
    if not head:
        at = _start(file, tree)
        before = [""] if at and file.lines[at - 1].strip() else []
        after = [""] if at < len(file.lines) and file.lines[at].strip() else []
        file.add(at, [*before, *imports.block(new), *after])
        return
    keys = [imports.key_of(one, subject) for one in head]
    steady = _together(tree, head)
    places: dict[int, list[tuple[Key, list[str]]]] = {}
    for one in new:
        earlier = [place for place, key in enumerate(keys) if key <= one[0]]
        place = max(earlier, default=-1)
        if not steady and one[0][0] > imports.STANDARD:
            place = len(head) - 1
        places.setdefault(place, []).append(one)
    for place, found in places.items():
        for one in found:
            _between(file, head, keys, place, one)


def _between(file: Text, head: Sequence[ast.stmt], keys: Sequence[Key], place: int, new: tuple[Key, list[str]]) -> None:
    """Add a statement after the import number `place` (-1: before all), or right before the next of its section."""
    section = new[0][0]
    before = keys[place][0] if place >= 0 else None
    after = keys[place + 1][0] if place + 1 < len(keys) else None
    if before != section and after == section:
        file.add(head[place + 1].lineno - 1, new[1])
    elif before is None:
        file.add(head[0].lineno - 1, [*new[1], ""])
    else:
        at = _end(head[place])
        same = before == section or file.section(at) == section
        file.add(at, new[1] if same else ["", *new[1]])
        file.note(at, section)


def _together(tree: ast.Module, head: list[ast.Import | ast.ImportFrom]) -> bool:
    """Tell whether no other statement stands between the imports."""
    places = [tree.body.index(one) for one in head]
    return places[-1] - places[0] == len(places) - 1


def _start(file: Text, tree: ast.Module) -> int:
    """Return the line for the first import: after the docstring, or the comments that a file begins with."""
    if ast.get_docstring(tree, clean=False) is not None:
        return _end(tree.body[0])
    at = 0
    while at < len(file.lines) and file.lines[at].startswith("#"):
        at += 1
    return at
