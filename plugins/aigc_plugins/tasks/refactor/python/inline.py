"""Python: the variable or function at the cursor goes into the places that use it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.inline_function import inline_function
from aigc_plugins.tasks.refactor.python.inline_variable import inline_variable
from aigc_plugins.tasks.refactor.python.outcome import Outcome
from aigc_plugins.tasks.refactor.python.scopes import Scopes
from aigc_plugins.tasks.refactor.python.source import Source
from aigc_plugins.tasks.refactor.python.words import occurrence_at

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.worker import Request


def inline(request: Request) -> Outcome:
    """Return the new text of the file. Raises RefusedError."""
    source = Source(request.text)
    scopes = Scopes(source.tree)
    occurrence = occurrence_at(source, scopes, request.start)
    if occurrence is None:
        raise RefusedError("There is no name of a variable or function here.")
    scope = scopes.binding(occurrence)
    meant = scopes.meaning(occurrence.name, scope)
    made = [one.node for one in meant if one.stores]
    if len(made) != 1:
        raise RefusedError(f"`{occurrence.name}` is not set exactly once.")
    if isinstance(made[0], ast.FunctionDef):
        return inline_function(request, source, scopes, made[0], meant)
    if isinstance(made[0], ast.Name):
        return inline_variable(request, source, scopes, made[0], meant)
    raise RefusedError(f"`{occurrence.name}` is neither a local variable nor a function.")
