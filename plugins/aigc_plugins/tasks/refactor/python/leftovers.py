"""After a renaming: is there anything with the old name left that may mean the same thing? Then it is refused."""

from __future__ import annotations

import ast
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aigc_plugins.tasks.refactor.python.errors import RefusedError

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.renamed import Found

_HARMLESS_BASES = frozenset(("object", "ABC"))


def check_parameter(found: Found, callers: tuple[str, ...], old: str) -> set[int]:
    """Return the keyword arguments that were renamed. Raises RefusedError where any that may mean it is left."""
    renamed: set[int] = set()
    for path, tree in found.trees.items():
        changed = found.changed[path]
        for node in ast.walk(tree) if callers else ():
            if isinstance(node, ast.Call):
                renamed |= _renamed_keywords(node, changed, callers, old, path)
        if callers:
            _check_uses(tree, changed, callers, old, path)
    return renamed


def _renamed_keywords(call: ast.Call, changed: set[int], callers: tuple[str, ...], old: str, path: str) -> set[int]:
    name = _last(call.func)
    renamed = {id(one) for one in call.keywords if id(one) in changed}
    if renamed and name not in callers:
        raise RefusedError("A call of another function would change.")
    if name in (*callers, "partial", "partialmethod", "") and not renamed and old in {one.arg for one in call.keywords}:
        raise RefusedError(f"A call in line {call.lineno} of {path} names a parameter `{old}`, and may mean this one.")
    return renamed


def _check_uses(tree: ast.Module, changed: set[int], callers: tuple[str, ...], old: str, path: str) -> None:
    """Refuse where the function is handed on, or another one of its name has the same parameter."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == callers[0]:
            given = [*node.args.args, *node.args.kwonlyargs]
            if any(one.arg == old and id(one) not in changed for one in given):
                raise RefusedError(f"Another `{node.name}`, in line {node.lineno} of {path}, has that parameter too.")
        elif _last(node) == callers[0] and id(node) not in called and len(callers) == 1:
            raise RefusedError(f"`{callers[0]}` is handed on as a value in {path}, and may be called from anywhere.")


def check_strings(found: Found, old: str) -> None:
    """Refuse where the name is written in a string that is no prose: `__all__`, `getattr`, a path for a mock."""
    word = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    for path, tree in found.trees.items():
        for node in ast.walk(tree):
            value = node.value.strip() if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if word.search(value) and not re.search(r"\s", value):
                raise RefusedError(f"`{old}` is also named in a string, in {path}.")


def check_global(found: Found, old: str, own: str) -> None:
    """Refuse where another file may still mean the renamed function, class or variable of the module `own`."""
    module = PurePosixPath(own)
    stem = module.parent.name if module.name == "__init__.py" else module.stem
    for path, tree in found.trees.items():
        if path == own:
            continue
        theirs = {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
            if alias.name.rpartition(".")[2] == stem
        }
        for node in ast.walk(tree):
            if id(node) in found.changed[path]:
                continue
            if isinstance(node, ast.ImportFrom) and _imports(node, found, path, old, stem):
                raise RefusedError(f"{path} imports `{old}` in a way that could not be followed.")
            if isinstance(node, ast.Attribute) and node.attr == old and _last(node.value) in {stem, *theirs}:
                raise RefusedError(f"{path} uses `{old}` in a way that could not be followed.")


def _imports(node: ast.ImportFrom, found: Found, path: str, old: str, stem: str) -> bool:
    of_module = (node.module or "").rpartition(".")[2] in (stem, "") or node.level > 0
    left = any(alias.name in (old, "*") and id(alias) not in found.changed[path] for alias in node.names)
    return of_module and left


def check_attribute(found: Found, old: str) -> None:
    """Refuse unless every attribute of that name was renamed, and no class with it has bases that are not known."""
    for path, node in found.left(old, kinds=(ast.Attribute,)):
        line = getattr(node, "lineno", 0)
        raise RefusedError(f"Line {line} of {path} has a `.{old}` that may be another one.")
    classes = [
        (path, node) for path, tree in found.trees.items() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    names = {node.name for _, node in classes}
    for path, node in classes:
        changed = found.changed[path]
        for one in node.body:
            if old in _defined(one) and not any(id(part) in changed for part in ast.walk(one)):
                raise RefusedError(f"The class `{node.name}` in {path} has another `{old}`.")
        if not any(id(one) in changed for one in ast.walk(node)):
            continue
        if not {_last(one) for one in node.bases} <= _HARMLESS_BASES | names or node.keywords:
            raise RefusedError(f"`{node.name}` has bases outside of these files, which may know `{old}`.")
        if any(old in _defined(one) for one in node.body if isinstance(one, ast.AnnAssign)):
            raise RefusedError(f"`{old}` is a declared field, which may be known by its name elsewhere.")


def _defined(statement: ast.stmt) -> set[str]:
    """Return what a statement of a class defines."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return {node.id for one in targets if one is not None for node in ast.walk(one) if isinstance(node, ast.Name)}


def _last(node: ast.AST) -> str:
    """Return the last name of a dotted one, empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
