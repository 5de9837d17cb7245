"""Parses the texts of a scenario, and clears away what a linter would find fault with. Names mean nothing here."""

from __future__ import annotations

import ast


def parsed(text: str) -> list[ast.stmt]:
    """Return the statements of a text."""
    body = ast.parse(text).body
    for statement in body:
        _keep_numbers(statement, text)
    return body


def expression(text: str) -> ast.expr:
    """Return the expression of a text."""
    node = ast.parse(text.strip(), mode="eval").body
    _keep_numbers(node, text.strip())
    return node


def _keep_numbers(tree: ast.AST, text: str) -> None:
    """Keep how numbers are written: `0xFF` says something that 255 does not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float, complex):
            written = ast.get_source_segment(text, node)
            if written is not None and written[0] in "0123456789.":
                node.written = written  # type: ignore[attr-defined]


def conjuncts(check: ast.expr) -> list[ast.expr]:
    """Return the parts of a check that are all to hold."""
    if isinstance(check, ast.BoolOp) and isinstance(check.op, ast.And):
        return [part for one in check.values for part in conjuncts(one)]
    return [check]


def is_unfit(tree: ast.AST) -> bool:
    """Tell whether code means something else, or nothing, in a test function."""
    kinds = (ast.Global, ast.Nonlocal, ast.Return, ast.Assert, ast.Await, ast.Yield, ast.YieldFrom)
    inside = {id(one) for node in ast.walk(tree) if _is_definition(node) for one in ast.walk(node)}
    return any(isinstance(node, kinds) for node in ast.walk(tree) if id(node) not in inside)


def _is_definition(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef)


def without_unused(arrange: list[ast.stmt], rest: list[ast.expr]) -> list[ast.stmt]:
    """Drop values that nothing reads; what makes one by a call is still called."""
    kept: list[ast.stmt] = []
    for statement in reversed(arrange):
        after: list[ast.AST] = [*kept, *rest]
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and not _reads(after, target.id):
                if isinstance(statement.value, ast.Call):
                    kept.insert(0, ast.Expr(statement.value))
                elif not _is_plain(statement.value):
                    kept.insert(0, statement)
                continue
        kept.insert(0, statement)
    return kept


def _is_plain(node: ast.expr) -> bool:
    return all(
        isinstance(one, ast.Constant | ast.Name | ast.List | ast.Tuple | ast.Dict | ast.Set | ast.expr_context)
        for one in ast.walk(node)
    )


def _reads(nodes: list[ast.AST], name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for node in nodes for one in ast.walk(node))
