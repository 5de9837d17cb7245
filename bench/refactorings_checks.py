"""Checks of a refactored module that are not the product's: its tree, an import of it, and its own tests."""

from __future__ import annotations

import ast
import builtins
import re
import subprocess
import symtable
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_IMPORT = "import sys; sys.path[:0] = [{folder!r}]; import {module} as m; assert m.__file__.startswith({folder!r})"
_TESTS = "{start}; import unittest; unittest.main('test_{module}', argv=['tests'], verbosity=0, failfast=True)"
_SECONDS = 120


def tree_faults(task: str, function: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the trees of a change, by file names."""
    found = []
    for path, text in after.items():
        try:
            compile(text, path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            return ["does not compile"]
        if text == before[path]:
            found.append("changes nothing")
        if _unknown(text) - _unknown(before[path]):
            found.append("names that nothing defines")
        if task == "rename" and _shape(text) != _shape(before[path]):
            found.append("more than names changed")
        if task.startswith("extract") and not _others(before[path], function) <= _others(text, function):
            found.append("other definitions changed")
    return found


def run_faults(folder: Path, module: str) -> list[str]:
    """Return what fails when the module of a folder is imported and its tests are run in processes of their own."""
    start = _IMPORT.format(folder=str(folder), module=module)
    if not _runs(start):
        return ["the import fails"]
    return [] if _runs(_TESTS.format(start=start, module=module)) else ["the module's own tests fail"]


def _runs(code: str) -> bool:
    command = [sys.executable, "-I", "-B", "-c", code]
    try:
        return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _unknown(text: str) -> set[str]:
    """Return the global names that are read in a module, but neither set there nor built in."""
    top = symtable.symtable(text, "module", "exec")
    known = {
        one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported() or one.is_namespace()
    }
    read: set[str] = set()
    waiting = [top]
    while waiting:
        table = waiting.pop()
        read |= {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
        known |= {one.get_name() for one in table.get_symbols() if one.is_declared_global()}
        waiting += table.get_children()
    return {name for name in read - known if not hasattr(builtins, name) and not name.startswith("__")}


def _shape(text: str) -> list[str]:
    """Return a module's nodes without names."""
    kinds = []
    for node in ast.walk(ast.parse(text)):
        constant = repr(node.value) if isinstance(node, ast.Constant) else ""
        kinds.append(f"{type(node).__name__} {constant}")
    return kinds


def _others(text: str, function: str) -> set[str]:
    """Return the definitions of a module other than one function and what is around it."""
    found = set()
    for name, node in _definitions(ast.parse(text)):
        if name != function and not function.startswith(f"{name}."):
            found.add(f"{name}: {ast.dump(node)}")
    return found


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield prefix + child.name, child
                if isinstance(child, ast.ClassDef):
                    waiting.append((f"{prefix}{child.name}.", child))


def reason_of(message: str) -> str:
    """Return a message without what is particular to a place, so that equal ones can be counted."""
    return re.sub(r"[\w.]+\.py|\b\d+\b", "…", re.sub(r"`[^`]*`", "…", message))
