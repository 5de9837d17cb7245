"""Adds names to a Python file's imports: to a statement that imports from the module, else as a line among the imports.

Which names are needed, it does not know.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.api import Edit
from aigc_plugins.text import LineIndex, line_ending

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def import_edits(text: str, tree: ast.Module, needed: Mapping[str, str], plain: Iterable[str] = ()) -> list[Edit]:
    """Return the edits by which `needed` (names and their modules) and the modules `plain` are imported."""
    lines = LineIndex(text)
    modules: dict[str, list[str]] = {}
    for name, module in needed.items():
        modules.setdefault(module, []).append(name)
    edits, new = [], [f"import {module}" for module in sorted(plain)]
    for module, names in sorted(modules.items()):
        there = _existing(tree, module)
        if there is not None:
            last = there.names[-1]
            at = lines.offset((last.end_lineno or 1) - 1, last.end_col_offset or 0, "utf-8")
            edits.append(Edit(at, at, "".join(f", {name}" for name in sorted(names))))
        else:
            new.append(f"from {module} import {', '.join(sorted(names))}")
    if new:
        edits.append(_added(text, tree, new, lines))
    return edits


def _existing(tree: ast.Module, module: str) -> ast.ImportFrom | None:
    for one in tree.body:
        if isinstance(one, ast.ImportFrom) and one.module == module and not one.level and one.names[0].name != "*":
            return one
    return None


def _added(text: str, tree: ast.Module, new: list[str], lines: LineIndex) -> Edit:
    """Return the edit that adds whole lines: among the first imports, behind the docstring and `__future__`."""
    end = line_ending(text)
    future, first = _places(tree)
    if first is not None:
        before = next((one for one in first if _order(ast.unparse(one)) > _order(new[0])), None)
        if before is not None:
            at, _ = lines.span(before.lineno - 1)
            return Edit(at, at, "".join(line + end for line in new))
        return _below(text, first[-1], "".join(end + line for line in new), lines)
    gap = end if future is not None else ""
    if future is not None:
        return _below(text, future, gap + "".join(end + line for line in new), lines)
    row = _first_line(tree.body[0]) if tree.body else 0
    at, _ = lines.span(min(row, lines.line_count - 1))
    definition = bool(tree.body) and isinstance(tree.body[0], ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return Edit(at, at, "".join(line + end for line in new) + end * (2 if definition else 1))


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)]) - 1


def _below(text: str, statement: ast.stmt, added: str, lines: LineIndex) -> Edit:
    _, at = lines.span((statement.end_lineno or 1) - 1)
    return Edit(at, at, added)


def _places(tree: ast.Module) -> tuple[ast.stmt | None, list[ast.Import | ast.ImportFrom] | None]:
    """Return what new imports stand behind (the docstring or `__future__`), and the first block of imports."""
    behind: ast.stmt | None = None
    block: list[ast.Import | ast.ImportFrom] = []
    for index, statement in enumerate(tree.body):
        if (index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)) or (
            isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        ):
            behind = statement
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            if block and statement.lineno > (block[-1].end_lineno or 0) + 1:
                break
            block.append(statement)
        else:
            break
    return behind, block or None


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line.lower()
