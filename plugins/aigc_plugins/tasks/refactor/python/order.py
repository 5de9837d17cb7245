"""What a statement computes before one of its expressions, and whether that one may be computed earlier.

Operators, attributes and subscripts count as free of side effects, calls do not.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Steady: TypeAlias = Callable[[ast.Name], bool]

_Step: TypeAlias = tuple[ast.AST, bool]  # what is computed, and whether that is certain
_ACTIVE = (
    ast.Call,
    ast.Await,
    ast.Yield,
    ast.YieldFrom,
    ast.NamedExpr,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)


def active(node: ast.AST) -> bool:
    """Tell whether computing an expression may change anything."""
    return any(isinstance(one, _ACTIVE) for one in ast.walk(node))


def movable(statement: ast.stmt, target: ast.expr, steady: Steady) -> bool:
    """Tell whether an expression may be computed just before its statement.

    It must be computed exactly once whenever the statement runs, and what comes before it in the statement must
    neither change it nor be changed by it. `steady` tells of a name that no call can give another value.
    """
    before = _before(statement, target)
    if before is None:
        return False
    if active(target):
        return all(_fixed(one, steady, called) for one, called in before)
    return isinstance(target, ast.Constant) or not any(active(one) for one, _ in before)


def _fixed(node: ast.AST, steady: Steady, called: bool = False) -> bool:
    """Tell whether a call cannot change what an expression gives. The method that is `called` is one such, but not the
    attributes on the way to it; of what can be changed, neither its truth nor its text."""
    if isinstance(node, ast.Attribute) and called:
        return _fixed(node.value, steady)
    if isinstance(node, ast.Name):
        return steady(node)
    if isinstance(node, ast.UnaryOp | ast.JoinedStr | ast.FormattedValue):
        parts = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr)]
        return all(isinstance(one, ast.Constant) or (isinstance(one, ast.FormattedValue) and _fixed(one, steady))
                   for one in parts)  # fmt: skip
    return isinstance(node, ast.Constant)


def _before(node: ast.AST, target: ast.expr) -> list[tuple[ast.AST, bool]] | None:
    """Return what is computed before `target`, and whether it is what is called then.

    None where `target` may not be computed, or more than once.
    """
    if node is target:
        return []
    done: list[tuple[ast.AST, bool]] = []
    for child, certain in _steps(node):
        if any(one is target for one in ast.walk(child)):
            rest = _before(child, target) if certain else None
            return None if rest is None else done + rest
        done.append((child, isinstance(node, ast.Call) and child is node.func))
    return None


def _steps(node: ast.AST) -> Iterable[_Step]:
    """Return the parts of a node in the order in which they are computed."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [(one, True) for pair in pairs for one in pair if one is not None]
    if isinstance(node, ast.For | ast.AsyncFor):
        return [(node.iter, True)]
    if isinstance(node, ast.With | ast.AsyncWith):
        return [(node.items[0].context_expr, True)]
    if isinstance(node, ast.Compare):
        return _sure(node.left, *node.comparators, count=2)
    if isinstance(node, ast.BoolOp):
        return _sure(*node.values, count=1)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        return [(node.generators[0].iter, True), *((one, False) for one in ast.iter_child_nodes(node))]
    if isinstance(node, ast.Assign):
        return _sure(node.value, *node.targets, count=1 + len(node.targets))
    if isinstance(node, ast.AnnAssign):
        return [] if node.value is None else _sure(node.value, node.target, count=1)
    if isinstance(node, ast.IfExp | ast.If | ast.Assert):
        return [(node.test, True)]
    if isinstance(node, ast.Match):
        return [(node.subject, True)]
    if isinstance(node, _IN_ORDER):
        return [(one, True) for one in ast.iter_child_nodes(node) if isinstance(one, ast.expr | ast.keyword)]
    return []


def _sure(*nodes: ast.AST, count: int) -> list[_Step]:
    return [(node, at < count) for at, node in enumerate(nodes)]


_IN_ORDER = (
    ast.Return,
    ast.Expr,
    ast.Raise,
    ast.AugAssign,
    ast.Call,
    ast.keyword,
    ast.Attribute,
    ast.Subscript,
    ast.Slice,
    ast.BinOp,
    ast.UnaryOp,
    ast.List,
    ast.Tuple,
    ast.Set,
    ast.Starred,
    ast.JoinedStr,
    ast.FormattedValue,
    ast.Await,
    ast.NamedExpr,
)
