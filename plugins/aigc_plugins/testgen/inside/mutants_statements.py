"""Small faults for statements, and the parts of each statement with the roles that they play for `mutants`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from aigc_plugins.testgen.inside.mutants_calls import is_log
from aigc_plugins.testgen.inside.mutants_expressions import BINARY
from aigc_plugins.testgen.inside.mutants_nodes import Fault, replaced

_LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Pass)


def is_left_alone(node: ast.stmt) -> bool:
    """Whether a statement and all in it stay as they are."""
    if isinstance(node, ast.If):
        test = node.test
        return (test.id if isinstance(test, ast.Name) else getattr(test, "attr", "")) == "TYPE_CHECKING"
    if type(node).__name__ == "TypeAlias":
        return True
    return isinstance(node, _LEFT_ALONE) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def faults(node: Any) -> Iterator[Fault]:
    """Yield what could stand in place of the whole statement."""
    if isinstance(node, ast.AugAssign):
        yield _fault("operator", node, replaced(node, op=BINARY[type(node.op)]()))
        target = replaced(node.target, ctx=ast.Store())
        yield _fault("assignment", node, ast.Assign(targets=[target], value=node.value))
        yield _fault("deletion", node, None)
    elif isinstance(node, ast.Break):
        yield _fault("break/continue", node, ast.Continue())
    elif isinstance(node, ast.Continue):
        yield _fault("break/continue", node, ast.Break())
    elif _can_go(node):
        yield _fault("deletion", node, None)


def _fault(operator: str, node: ast.stmt, new: ast.stmt | None) -> Fault:
    return Fault(operator, node, new, [] if new is None else [new])


def _can_go(node: Any) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call | ast.Await | ast.Yield | ast.YieldFrom) and not is_log(node.value)
    if isinstance(node, ast.Assign):
        return all(isinstance(one, ast.Attribute | ast.Subscript) for one in node.targets)
    if isinstance(node, ast.Delete):
        return all(isinstance(one, ast.Subscript | ast.Attribute) for one in node.targets)
    return isinstance(node, ast.Raise | ast.Assert)


def parts(node: Any) -> Iterator[tuple[Any, str]]:
    """Yield a statement's parts: expressions with their roles, and lists of statements."""
    if isinstance(node, ast.If | ast.While):
        yield node.test, _condition(node)
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield node.target, ""
        yield node.iter, "iterable" if isinstance(node, ast.For) else ""
    elif isinstance(node, ast.Assert):
        yield node.test, "test"
        yield node.msg, ""
    elif isinstance(node, ast.Match):
        yield node.subject, ""
    else:
        yield from _simple(node)
    yield from _blocks(node)


def _condition(node: ast.If | ast.While) -> str:
    return "test" if isinstance(node, ast.If) else "while"


def _simple(node: Any) -> Iterator[tuple[Any, str]]:
    if isinstance(node, ast.Assign):
        yield from ((one, "") for one in node.targets)
        yield node.value, "" if any(isinstance(one, ast.Tuple | ast.List) for one in node.targets) else "assign"
    elif isinstance(node, ast.AnnAssign):
        yield node.target, ""
        yield node.value, "assign"
    elif isinstance(node, ast.Return):
        yield node.value, "return"
    elif isinstance(node, ast.Expr):
        yield node.value, "statement"
    elif isinstance(node, ast.With | ast.AsyncWith):
        yield from ((one.context_expr, "") for one in node.items)
    elif isinstance(node, ast.Raise):
        yield node.exc, ""
    else:
        yield from ((one, "") for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr))


def _blocks(node: Any) -> Iterator[tuple[Any, str]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block, ""
    for handler in getattr(node, "handlers", ()):
        if type(node).__name__ == "Try" and handler.type is not None:
            yield handler.type, "handler"
        yield handler.body, ""
    for case in getattr(node, "cases", ()):
        yield case.guard, "test"
        yield case.body, ""


def is_stub(node: Any) -> bool:
    """Whether a function is only declared: an overload, or nothing but `...` in it."""
    names = {getattr(one, "id", getattr(one, "attr", "")) for one in node.decorator_list}
    return "overload" in names or all(
        isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in node.body
    )
