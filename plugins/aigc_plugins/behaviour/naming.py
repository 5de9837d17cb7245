"""How a function is called within its module, and its module without it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.behaviour import effects
from aigc_plugins.syntax import ancestors

if TYPE_CHECKING:
    from aigc_plugins.tasks.functions import Definition


def qualified(definition: Definition) -> list[str] | None:
    """Return the names from the module to a function; None where it lies within another function."""
    names = [definition.name]
    language = definition.tree.language
    for node in ancestors(definition.node.parent):
        if node.type in language.function_nodes:
            return None
        if node.type in language.class_nodes:
            name = node.child_by_field_name("name")
            names.insert(0, name.text.decode() if name is not None and name.text is not None else "")
    return names


def broken(text: str, path: list[str]) -> str:
    """Return a module whose function does nothing but raise: tests that still pass say nothing of it."""
    tree = ast.parse(text)
    function = effects.find(tree, path)
    if function is not None:
        function.body = ast.parse("raise NotImplementedError").body
    return ast.unparse(tree)
