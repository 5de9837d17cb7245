"""Walks through a file's code and tells for each expression what ran before it: in tests, the fixture-like `setUp` too.

Loops over values that are written out, and pytest's `parametrize`, give rows: what their names stand for, each in turn.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aigc_plugins.testgen.analysis.definitions import dotted, last_part

Row = Mapping[str, ast.expr]
_MOST_ROWS, _MOST_BEFORE = 12, 60
_SETUPS = ("setUp", "setup_method", "setup")
_TRANSPARENT = ("raises", "assertRaises", "assertRaisesRegex", "warns", "assertWarns", "suppress", "subTest",
                "subtests", "catch_warnings", "deprecated_call", "does_not_raise", "nullcontext", "test")  # fmt: skip
_RAISING = ("assertRaises", "raises")


@dataclass(frozen=True, slots=True)
class Place:
    """An expression, the statements that ran before it, and rows of values for names in both."""

    act: ast.expr
    before: Sequence[ast.stmt]
    rows: Sequence[Row] = ()


def places(tree: ast.Module) -> Iterator[Place]:
    """Yield the expressions of a file's statements, those of functions and methods too, in the order of the text."""
    yield from _Walk(tree).block(tree.body, [], ())


class _Walk:
    """A walk through one file; its short variables are there in all of its functions."""

    def __init__(self, tree: ast.Module) -> None:
        self._top = tree.body
        self._constants = [one for one in tree.body if isinstance(one, ast.Assign | ast.AnnAssign) and _is_short(one)]

    def block(self, body: Sequence[ast.stmt], before: Sequence[ast.stmt], rows: Sequence[Row]) -> Iterator[Place]:
        """Yield the expressions of statements that run one after another."""
        ran = list(before)
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                around = self._constants if body is self._top else ran
                yield from self.block(statement.body, around, rows or _parametrized(statement))
            elif isinstance(statement, ast.ClassDef):
                yield from self._class(statement)
            elif isinstance(statement, ast.For | ast.With | ast.AsyncWith | ast.If | ast.While | ast.Try):
                yield from self._compound(statement, ran, rows)
            elif not isinstance(statement, ast.Import | ast.ImportFrom):
                for expression in ast.iter_child_nodes(statement):
                    if isinstance(expression, ast.expr) and not isinstance(getattr(expression, "ctx", None), ast.Store):
                        yield Place(expression, ran, rows)
            if _runs_on(statement):
                ran = [*ran, statement][-_MOST_BEFORE:]

    def _compound(self, statement: ast.stmt, ran: list[ast.stmt], rows: Sequence[Row]) -> Iterator[Place]:
        match statement:
            case ast.For(target=target, iter=given, body=inner):
                yield Place(given, ran, rows)
                yield from self.block(inner, ran, _rows(target, given) or rows)
            case ast.With(items=items, body=inner) | ast.AsyncWith(items=items, body=inner):
                yield from (Place(item.context_expr, ran, rows) for item in items)
                yield from self.block(inner, ran, rows)
            case ast.If(test=test, body=inner, orelse=other) | ast.While(test=test, body=inner, orelse=other):
                yield Place(test, ran, rows)
                yield from self.block(inner, ran, rows)
                yield from self.block(other, ran, rows)
            case ast.Try(body=inner, handlers=handlers, orelse=other, finalbody=last):
                for part in (inner, *(one.body for one in handlers), other, last):
                    yield from self.block(part, ran, rows)

    def _class(self, node: ast.ClassDef) -> Iterator[Place]:
        """Yield the expressions of methods; attributes that `setUp` gives are names that it binds."""
        setups = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in _SETUPS]
        attributes = {
            target.attr for one in setups for target in ast.walk(one)
            if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store) and _is_own(target)
        }  # fmt: skip
        plain = _Plain(attributes)
        first = [plain.visit(copy.deepcopy(one)) for setup in setups for one in setup.body]
        outer = _parametrized(node)
        for one in node.body:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                body = [plain.visit(copy.deepcopy(inner)) for inner in one.body] if attributes else one.body
                before = self._constants if one in setups else [*self._constants, *first]
                yield from self.block(body, before, _parametrized(one) or outer)
            elif isinstance(one, ast.ClassDef):
                yield from self._class(one)


def _runs_on(statement: ast.stmt) -> bool:
    """Tell whether what a statement does counts for later ones."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        return not statement.decorator_list
    if isinstance(statement, ast.With) and all(
        last_part(dotted(item.context_expr)) in _TRANSPARENT for item in statement.items
    ):
        return False  # what raises does not run on
    return not isinstance(statement, ast.Assert | ast.Return | ast.Raise | ast.ClassDef | ast.Import | ast.ImportFrom)


def _is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


class _Plain(ast.NodeTransformer):
    """Writes `x` for `self.x`."""

    def __init__(self, attributes: set[str]) -> None:
        self._attributes = attributes

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if node.attr in self._attributes and _is_own(node):
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return self.generic_visit(node)


def raising(node: ast.Call) -> ast.Call | None:
    """Return the call that `assertRaises(ValueError, parse, "x")` makes, None for other calls."""
    if last_part(dotted(node.func)) in _RAISING and len(node.args) > 1:
        return ast.Call(node.args[1], node.args[2:], [one for one in node.keywords if one.arg != "match"])
    return None


def _parametrized(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[dict[str, ast.expr]]:
    """Return what the names of `parametrize` stand for; of several, each row of one with the first of the others."""
    found: list[list[dict[str, ast.expr]]] = []
    for decorator in node.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, ast.List() | ast.Tuple() as values, *_]):
                found.append(_of_names(_texts(names), values.elts))
    firsts = {name: value for rows in found if rows for name, value in rows[0].items()}
    return [firsts | row for rows in found for row in rows][:_MOST_ROWS]


def _texts(node: ast.expr) -> list[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [one.strip() for one in text.split(",") if one.strip()]
        case ast.List(elts=names) | ast.Tuple(elts=names):
            return [one.value for one in names if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return []


def _of_names(names: Sequence[str], values: Sequence[ast.expr]) -> list[dict[str, ast.expr]]:
    rows = []
    for value in values:
        if isinstance(value, ast.Call) and last_part(dotted(value)) == "param":
            value = ast.Tuple(value.args, ast.Load()) if len(names) > 1 else value.args[0] if value.args else value
        parts = value.elts if isinstance(value, ast.Tuple | ast.List) and len(names) > 1 else [value]
        if len(parts) == len(names):
            rows.append(dict(zip(names, parts, strict=True)))
    return rows


def _rows(target: ast.expr, given: ast.expr) -> list[dict[str, ast.expr]]:
    """Return what the names of a loop stand for, where the values are written out."""
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute) and given.func.attr == "items":
        given = given.func.value
        if isinstance(given, ast.Dict) and None not in given.keys:
            pairs = [
                ast.Tuple([key, value], ast.Load()) for key, value in zip(given.keys, given.values, strict=True) if key
            ]
            given = ast.List(list(pairs), ast.Load())
    if not isinstance(given, ast.List | ast.Tuple | ast.Set):
        return []
    names = [target] if isinstance(target, ast.Name) else target.elts if isinstance(target, ast.Tuple) else []
    plain = [one.id for one in names if isinstance(one, ast.Name)]
    return _of_names(plain, given.elts)[:_MOST_ROWS] if len(plain) == len(names) else []


def _is_short(node: ast.AST) -> bool:
    return sum(1 for _ in ast.walk(node)) < 200
