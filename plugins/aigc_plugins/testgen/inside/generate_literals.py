"""Reads from a module what its code may look for in values: constants, and regular expressions."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator
from typing import Any

from aigc_plugins.testgen.inside.generate_classes import classes_of

_LONGEST = 80


def constants(tree: ast.Module) -> Iterator[Any]:
    """Yield the numbers and texts that a module holds, each once, without its documentation."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body and isinstance(node.body[0], ast.Expr)
    }  # fmt: skip
    found: dict[tuple[type, Any], None] = {}
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Constant) and id(node) not in documentation else None
        usable = len(value) <= _LONGEST if isinstance(value, str | bytes) else type(value) in (int, float)
        if usable and value is not None:
            found.setdefault((type(value), value))
    yield from (value for _, value in list(found)[:400])


def patterns(module: types.ModuleType, tree: ast.Module) -> Iterator[re.Pattern[Any]]:
    """Yield the regular expressions of a module: its variables, those of its classes, and texts given to `re`."""
    found: dict[re.Pattern[Any], None] = {}
    for holder in (module, *classes_of(module)):
        for value in list(vars(holder).values()):
            if isinstance(value, re.Pattern):
                found.setdefault(value)
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[ast.Constant(value=str(text)), *_]):
                try:
                    found.setdefault(re.compile(text))
                except re.error:
                    continue
    yield from list(found)[:40]
