"""What a function gives back, where its own statements make that certain."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.tasks.annotate.infer import type_of
from aigc_plugins.tasks.annotate.known import SPECIAL_RETURNS
from aigc_plugins.tasks.annotate.module import decorators, own_nodes
from aigc_plugins.tasks.annotate.types import element, joined, members, union

if TYPE_CHECKING:
    from aigc_plugins.tasks.annotate.module import Function, Module
    from aigc_plugins.tasks.annotate.scope import Scope

_ABSTRACT = frozenset(("abstractmethod", "abstractproperty", "overload"))


def return_fact(function: Function, scope: Scope) -> tuple[str, str] | None:
    """Return a function's type of return and the reason for it, None where it is not certain."""
    special = SPECIAL_RETURNS.get(function.name) if scope.owner is not None else None
    if special is not None and not isinstance(function, ast.AsyncFunctionDef):
        return special, "special method"
    if is_generator(function):
        found = _generated(function, scope)
        return (found, "what it yields") if found is not None else None
    if _is_stub(function, scope.module):
        return None
    values = returned(function)
    types = [type_of(value, scope) if value is not None else "None" for value in values]
    if falls_through(function.body):
        types.append("None")
    known = [one for one in types if one is not None]
    if not types or len(known) < len(types):
        return None
    found = union(known)
    return (found, "what it returns") if found is not None else None


def may_be_none(function: Function) -> bool:
    """Tell whether a function certainly gives None back on some way through it."""
    return any(value is None or _is_none(value) for value in returned(function)) or falls_through(function.body)


def returned(function: Function) -> list[ast.expr | None]:
    """Return what a function's return statements give back."""
    return [node.value for node in own_nodes(function) if isinstance(node, ast.Return)]


def is_generator(function: Function) -> bool:
    """Tell whether a function is a generator."""
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(function))


def falls_through(body: list[ast.stmt]) -> bool:
    """Tell whether the end of a block can be reached, as far as its statements show."""
    return not any(_leaves(statement) for statement in body)


def with_none(type_: str, function: Function) -> str:
    """Return a type together with None where the function may give that back."""
    if is_generator(function) or "None" in members(type_) or not may_be_none(function):
        return type_
    return union([type_, "None"]) or type_


def _leaves(statement: ast.stmt) -> bool:
    """Tell whether nothing below a statement in the same block runs."""
    if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
        return True
    if isinstance(statement, ast.If):
        return bool(statement.orelse) and not (falls_through(statement.body) or falls_through(statement.orelse))
    if isinstance(statement, ast.While):
        endless = isinstance(statement.test, ast.Constant) and bool(statement.test.value)
        return endless and not any(_breaks(one) for one in statement.body)
    if isinstance(statement, ast.With | ast.AsyncWith):
        return not falls_through(statement.body)
    if isinstance(statement, ast.Try):
        if statement.finalbody and not falls_through(statement.finalbody):
            return True
        tries = [[*statement.body, *statement.orelse], *(handler.body for handler in statement.handlers)]
        return not any(falls_through(one) for one in tries)
    if isinstance(statement, ast.Match):
        last = statement.cases[-1]
        whole = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
        return whole and not any(falls_through(case.body) for case in statement.cases)
    return False


def _breaks(statement: ast.AST) -> bool:
    if isinstance(statement, ast.Break):
        return True
    if isinstance(
        statement, ast.For | ast.While | ast.AsyncFor | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ):
        return any(_breaks(one) for one in getattr(statement, "orelse", []))
    return any(_breaks(one) for one in ast.iter_child_nodes(statement))


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_stub(function: Function, module: Module) -> bool:
    """Tell whether a body says nothing of what is given back: others fill it in."""
    if decorators(function) & _ABSTRACT:
        return True
    body = [one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    if len(body) == 1 and isinstance(body[0], ast.Raise):
        return True
    method = module.owners.get(id(function)) is not None
    return method and all(isinstance(one, ast.Pass) for one in body)


def _generated(function: Function, scope: Scope) -> str | None:
    types: list[str | None] = []
    for node in own_nodes(function):
        if isinstance(node, ast.Yield):
            types.append(type_of(node.value, scope) if node.value is not None else "None")
        elif isinstance(node, ast.YieldFrom):
            types.append(element(type_of(node.value, scope)))
    if any(value is not None for value in returned(function)) or _receives(function):
        return None
    known = [one for one in types if one is not None]
    inner = union(known) if known and len(known) == len(types) else joined(types)
    name = "AsyncIterator" if isinstance(function, ast.AsyncFunctionDef) else "Iterator"
    return f"{name}[{inner}]" if inner is not None else None


def _receives(function: Function) -> bool:
    """Tell whether a generator uses what is sent to it."""
    alone = {id(node.value) for node in own_nodes(function) if isinstance(node, ast.Expr)}
    return any(isinstance(node, ast.Yield) and id(node) not in alone for node in own_nodes(function))
