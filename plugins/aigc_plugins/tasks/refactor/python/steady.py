"""Which names no call can give another value, seen from one place."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.tasks.refactor.python.scopes import Occurrence, Scope, Scopes
    from aigc_plugins.tasks.refactor.python.source import Source


def steady(source: Source, scopes: Scopes, place: ast.AST) -> Callable[[ast.Name], bool]:
    """Return what tells whether a name, read in the statement of `place`, keeps its value while calls are made.

    A local variable does unless a function inside may set it; a global one where it is set once in the module, and no
    function declares it global. That another module sets it is not thought of.
    """
    by_node = {id(one.node): one for one in scopes.occurrences}

    def tell(node: ast.Name) -> bool:
        one = by_node.get(id(node))
        if one is None:
            return False
        scope = scopes.binding(one)
        meant = [other for other in scopes.meaning(one.name, scope) if other.stores or other.declares]
        if scope is scopes.module:
            return len(meant) <= 1 and not any(other.declares for other in meant)
        return not any(other.scope is not scope for other in meant) and not _set_later(one, scope, meant)

    return tell


def _set_later(one: Occurrence, scope: Scope, meant: list[Occurrence]) -> bool:
    """Tell whether a name of an enclosing function may be set while this one runs."""
    return one.scope is not scope and len([other for other in meant if other.stores]) > 1
