"""Import statements in the order that formatters give them: by section, whole modules first, members by kind."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from typing import Any

from aigc_plugins.testgen.parts import Subject
from aigc_plugins.testgen.writing.reading import Origin

FUTURE, STANDARD, THIRD_PARTY, FIRST_PARTY, LOCAL = range(5)


def section(module: str, subject: Subject) -> int:
    """Return the section that imports of a module stand in; an empty name is a relative one."""
    top = module.partition(".")[0]
    if top == "__future__":
        return FUTURE
    if not top:
        return LOCAL
    if top == subject.name.partition(".")[0]:
        return FIRST_PARTY
    if top in sys.stdlib_module_names:
        return STANDARD
    folders = (subject.root, subject.root / "src", *subject.search_path)
    own = any((folder / top).is_dir() or (folder / f"{top}.py").is_file() for folder in folders)
    return FIRST_PARTY if own else THIRD_PARTY


def natural(text: str) -> list[Any]:
    """Return a key by which numbers in names count as numbers."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.split(r"(\d+)", text) if part]


def member(name: str) -> tuple[Any, ...]:
    """Return a key for a name in `from a import name`: constants, classes, and then the others."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, natural(name)


def order(module: str, is_from: bool, subject: Subject) -> tuple[Any, ...]:
    """Return a key for a statement."""
    return section(module, subject), is_from, natural(module.lower()), module


def written(names: Iterable[str], module: str, width: int) -> list[str]:
    """Return the lines of `from module import names`; names may hold ` as `."""
    ordered = sorted(dict.fromkeys(names), key=member)
    one = f"from {module} import {', '.join(ordered)}"
    if len(one) <= width:
        return [one]
    return [f"from {module} import (", *(f"    {name}," for name in ordered), ")"]


def statements(origins: Iterable[Origin], subject: Subject, width: int) -> list[tuple[tuple[Any, ...], list[str]]]:
    """Return import statements, in order, each with its key."""
    found: list[tuple[tuple[Any, ...], list[str]]] = []
    members: dict[str, list[str]] = {}
    for one in dict.fromkeys(origins):
        if one.name:
            members.setdefault(one.module, []).append(_as(one.name, one.local))
        else:
            plain = one.local == one.module.partition(".")[0]
            text = f"import {one.module}" if plain else f"import {one.module} as {one.local}"
            found.append((order(one.module, False, subject), [text]))
    found += [(order(module, True, subject), written(names, module, width)) for module, names in members.items()]
    return sorted(found, key=lambda one: (one[0], one[1]))


def _as(name: str, local: str) -> str:
    return name if name == local else f"{name} as {local}"


def key_of(node: ast.Import | ast.ImportFrom, subject: Subject) -> tuple[Any, ...]:
    """Return the key of a statement in a file."""
    if isinstance(node, ast.Import):
        return order(node.names[0].name, False, subject)
    return order("" if node.level else node.module or "", True, subject)


def block(found: list[tuple[tuple[Any, ...], list[str]]]) -> list[str]:
    """Return the lines of a file's imports, an empty one between sections."""
    lines: list[str] = []
    before = None
    for key, text in found:
        if before is not None and key[0] != before:
            lines.append("")
        before = key[0]
        lines += text
    return lines
