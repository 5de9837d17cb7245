"""Python: an expression gets a name in the line above; only where it is computed just as often, and to the same."""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import TYPE_CHECKING

from rope.refactor.extract import ExtractVariable

from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.order import movable
from aigc_plugins.tasks.refactor.python.outcome import Outcome
from aigc_plugins.tasks.refactor.python.project import changed, project
from aigc_plugins.tasks.refactor.python.reduced import reduced, restored
from aigc_plugins.tasks.refactor.python.scopes import Scopes
from aigc_plugins.tasks.refactor.python.source import Source, means, trimmed
from aigc_plugins.tasks.refactor.python.steady import steady

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.worker import Request


def extract_variable(request: Request) -> Outcome:
    """Return the new text of the file. Raises RefusedError."""
    source = Source(request.text)
    start, end = trimmed(request.text, request.start, request.end)
    target = source.expression(start, end)
    if target is None:
        raise RefusedError("The selection is not one whole expression.")
    statement = source.statement(target)
    function = source.function_of(statement)
    if function is None:
        raise RefusedError("It is offered inside of functions only: elsewhere, the name would be seen from outside.")
    _check_place(source, target, statement)
    start, end = source.span(target)
    scopes = Scopes(source.tree)
    if not movable(statement, target, steady(source, scopes, target)):
        raise RefusedError(
            "The expression is not always computed, or not once, or not before everything that could change it."
        )
    small = reduced(source, function)
    with project({request.path: small}) as rope:
        refactoring = ExtractVariable(rope, rope.get_resource(request.path), start, end)
        new = restored(request.text, small, changed(refactoring.get_changes(request.name)).get(request.path, small))
    expected = _expected(source, target, statement, request.name)
    bare = new.replace(f"({request.name})", request.name, 1)  # brackets that were around the expression
    for text in (bare, new):
        if means(text, expected):
            return Outcome({request.path: text})
    raise RefusedError("The result would not mean the same.")


def _check_place(source: Source, target: ast.expr, statement: ast.stmt) -> None:
    if not isinstance(getattr(target, "ctx", ast.Load()), ast.Load) or isinstance(target, ast.Starred | ast.Slice):
        raise RefusedError("The selection is no value.")
    if isinstance(statement, ast.Expr) and statement.value is target:
        raise RefusedError("The selection is a whole statement.")
    if isinstance(target, ast.Name):
        raise RefusedError("The selection is a name already.")
    if any(isinstance(one, ast.NamedExpr | ast.Yield | ast.YieldFrom) for one in ast.walk(target)):
        raise RefusedError("The expression sets a name or yields.")
    if not source.alone(statement):
        raise RefusedError("There is no line of its own for the new variable before the statement.")
    if isinstance(source.parents.get(target), ast.keyword | ast.Call) and _bare_generator(source, target):
        raise RefusedError("The generator has no brackets of its own.")


def _bare_generator(source: Source, target: ast.expr) -> bool:
    return isinstance(target, ast.GeneratorExp) and not source.text.startswith("(", source.span(target)[0])


def _expected(source: Source, target: ast.expr, statement: ast.stmt, name: str) -> ast.Module:
    """Return the tree that has to come out."""
    block, at = source.block_of(statement)
    owner = block.owner
    memo: dict[int, ast.AST] = {id(target): ast.Name(name, ast.Load())}
    tree = deepcopy(source.tree, memo)
    copied = memo.get(id(owner), tree)
    value = deepcopy(target)
    getattr(copied, block.field).insert(at, ast.Assign([ast.Name(name, ast.Store())], value))
    return tree
