"""Python: a local variable that is set once gives way to its value; only where that stays the same value."""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from rope.refactor.inline import InlineVariable

from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.order import movable
from aigc_plugins.tasks.refactor.python.outcome import Outcome
from aigc_plugins.tasks.refactor.python.project import changed, project
from aigc_plugins.tasks.refactor.python.reduced import reduced, restored
from aigc_plugins.tasks.refactor.python.source import Function, Source, means
from aigc_plugins.tasks.refactor.python.steady import steady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.tasks.refactor.python.scopes import Occurrence, Scopes
    from aigc_plugins.tasks.refactor.python.worker import Request

_FRAME = frozenset(("locals", "vars", "eval", "exec", "dir"))


def inline_variable(
    request: Request, source: Source, scopes: Scopes, made: ast.Name, meant: list[Occurrence]
) -> Outcome:
    """Return the new text of the file. Raises RefusedError."""
    statement = source.parents[made]
    if not isinstance(statement, ast.Assign) or statement.targets != [made]:
        raise RefusedError(f"`{made.id}` is not set by a plain assignment.")
    function = source.function_of(made)
    if function is None or scopes.binding(meant[0]).node is not function:
        raise RefusedError(f"`{made.id}` is no local variable: it may be used from elsewhere.")
    if any(isinstance(node, ast.Name) and node.id in _FRAME for node in ast.walk(function)):
        raise RefusedError("The function looks at its variables by name.")
    if any(one.declares for one in meant) or not source.alone(statement):
        raise RefusedError(f"The line that sets `{made.id}` cannot be taken out.")
    uses = [one.node for one in meant if one.node is not made]
    if not uses:
        raise RefusedError(f"`{made.id}` is never read.")
    _check_uses(source, scopes, statement, uses, function)
    expected = _expected(source, statement, uses)
    for text in _texts(request, source, function, statement, uses):
        if means(text, expected):
            return Outcome({request.path: text})
    raise RefusedError("The result would not mean the same.")


def _texts(
    request: Request, source: Source, function: Function, statement: ast.Assign, uses: list[ast.AST]
) -> Iterator[str]:
    """Yield rope's text, then one with brackets around the value: rope drops those that it needs."""
    small = reduced(source, function)
    try:
        with project({request.path: small}) as rope:
            refactoring = InlineVariable(rope, rope.get_resource(request.path), source.span(statement.targets[0])[0])
            yield restored(request.text, small, changed(refactoring.get_changes()).get(request.path, small))
    except RefusedError:  # the checks before were the ones that count
        pass
    start, end = source.span(statement)
    line, following = source.text.rfind("\n", 0, start) + 1, source.text.find("\n", end) + 1
    first, last = source.span(statement.value)
    places = [(*source.span(one), f"({source.text[first:last]})") for one in uses]
    text = source.text
    for begin, stop, new in sorted([*places, (line, following or len(text), "")], reverse=True):
        text = text[:begin] + new + text[stop:]
    yield text


def _check_uses(source: Source, scopes: Scopes, statement: ast.Assign, uses: list[ast.AST], function: Function) -> None:
    """Let pass: any number of uses of a value that cannot change, or one use in the very next statement."""
    block, at = source.block_of(statement)
    below = {id(node) for one in block.statements[at + 1 :] for node in ast.walk(one)}
    if any(id(one) not in below for one in uses):
        raise RefusedError("It is read in places that come before, or in another block.")
    if any(not isinstance(one, ast.Name) or not isinstance(one.ctx, ast.Load) for one in uses):
        raise RefusedError("It loses its value again.")
    if _constant(statement.value) or _unchanged(scopes, statement.value, function):
        return
    following = block.statements[at + 1]
    if len(uses) > 1:
        raise RefusedError("It is read several times, and its value might be another one each time.")
    use = uses[0]
    if id(use) not in {id(node) for node in ast.walk(following)}:
        raise RefusedError("Other statements stand between it and its use, which might change its value.")
    if any(isinstance(one, ast.Yield | ast.YieldFrom | ast.NamedExpr) for one in ast.walk(statement.value)):
        raise RefusedError("Its value sets a name or yields.")
    value = deepcopy(statement.value)
    trial = deepcopy(following, {id(use): value})
    names = steady(source, scopes, use)
    originals = {_key(node): node for node in ast.walk(following) if isinstance(node, ast.Name)}
    if not movable(trial, value, lambda node: names(originals.get(_key(node), node))):
        raise RefusedError("It is not always read, or not once, or something before it might change its value.")


def _key(node: ast.AST) -> tuple[Any, ...]:
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0), getattr(node, "id", ""))


def _constant(value: ast.expr) -> bool:
    if isinstance(value, ast.UnaryOp):
        return isinstance(value.operand, ast.Constant) and isinstance(value.operand.value, int | float)
    return isinstance(value, ast.Constant)


def _unchanged(scopes: Scopes, value: ast.expr, function: Function) -> bool:
    """Tell whether a value is the name of a parameter that never gets another value."""
    if not isinstance(value, ast.Name):
        return False
    own = scopes.of(function)
    one = next((other for other in scopes.occurrences if other.node is value), None)
    if one is None or scopes.binding(one) is not own:
        return False
    meant = scopes.meaning(value.id, own)
    return [isinstance(other.node, ast.arg) for other in meant if other.stores or other.declares] == [True]


def _expected(source: Source, statement: ast.Assign, uses: list[ast.AST]) -> ast.Module:
    """Return the tree that has to come out."""
    memo: dict[int, Any] = {id(one): statement.value for one in uses}
    block, at = source.block_of(statement)
    tree = deepcopy(source.tree, memo)
    del getattr(memo.get(id(block.owner), tree), block.field)[at]
    return tree
