"""Finds instances of a module's classes that its documentation and its own code make of what is written there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aigc_plugins.testgen.analysis.definitions import dotted
from aigc_plugins.testgen.proposers.blocks import code_blocks, doctests
from aigc_plugins.testgen.proposers.known import BUILTINS
from aigc_plugins.testgen.proposers.names import free

if TYPE_CHECKING:
    from aigc_plugins.testgen.proposers.known import Known

_LONGEST = 80


def shown_instances(known: Known) -> dict[str, str]:
    """Return for classes the shortest expression that makes an instance, of those that are shown with arguments."""
    found: dict[str, str] = {}
    there = BUILTINS | known.names
    for node in _calls(known.tree):
        name = dotted(node.func)
        if name in known.classes and (node.args or node.keywords) and not free(node) - there:
            text = ast.unparse(node)
            if len(text) <= _LONGEST and len(text) < len(found.get(name, " " * (_LONGEST + 1))):
                found[name] = text
    return found


def _calls(tree: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            for examples in (*doctests(text), *code_blocks(text)) if "(" in text else ():
                for one in examples:
                    if not one.raises:
                        yield from (inner for inner in ast.walk(one.node) if isinstance(inner, ast.Call))
