"""Reads a test file that exists: what its names mean, and which tests it has already. It changes nothing."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from aigc_plugins.action import WithheldError
from aigc_plugins.testgen.writing.code import Code
from aigc_plugins.testgen.writing.expressions import copied
from aigc_plugins.testgen.writing.literals import message_of
from aigc_plugins.testgen.writing.reading import Origin, imported, origin_of
from aigc_plugins.testgen.writing.scopes import bound, parameters, taken

Key: TypeAlias = tuple[str, ...]
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Existing:
    """A test file: `imports` are names that its imports bind for certain, `names` all that mean something in it.

    `keys` stand for what its tests do and say. `annotated` tells whether they say that they return nothing.
    """

    tree: ast.Module
    imports: Mapping[str, Origin]
    names: frozenset[str]
    keys: frozenset[Key]
    annotated: bool


def parsed(text: str, name: str, package: str = "", source: Callable[[Origin], Origin] = lambda one: one) -> Existing:
    """Read a test file that lies in a package; `source` says where things are made that others pass on.

    Raises:
        WithheldError: it cannot be parsed.
    """
    try:
        tree = ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise WithheldError(f"{name} cannot be parsed, and so not be extended: {error}") from None
    imports: dict[str, Origin] = {}
    times: dict[str, int] = {}
    for statement in tree.body:
        for one in bound([statement]):
            times[one] = times.get(one, 0) + 1
        imports.update({local: source(one) for local, one in imported(statement, package).items()})
    certain = {local: one for local, one in imports.items() if times[local] == 1 and one.module != "__future__"}
    functions = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    classes = {one.name for one in ast.walk(tree) if isinstance(one, ast.ClassDef)}
    keys = {key for one in functions if one.name.startswith("test") for key in _keys_of(one, certain)}
    tests = [one for one in functions if one.name.startswith("test")]
    annotated = sum(one.returns is not None for one in tests) * 2 > len(tests)
    names = times.keys() | classes | {one.name for one in functions}
    return Existing(tree, certain, frozenset(names), frozenset(keys), annotated)


def _keys_of(function: Function, imports: Mapping[str, Origin]) -> Iterator[Key]:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    own = {one.arg for one in parameters(function)} | bound(body)
    for row in _rows(function):
        nodes = _Substitute(row).all(body) if row else [copied(one) for one in body]
        for name in taken(nodes, own):
            if name.id in imports:
                name.origin = imports[name.id]  # type: ignore[attr-defined]
        yield key(nodes)
        yield from _single(nodes, own - {"self"})


def _single(nodes: list[ast.stmt], own: set[str]) -> Iterator[Key]:
    """Yield keys of statements that say something on their own."""
    for node in nodes:
        inner = any(isinstance(one, ast.Name) and one.id in own for one in ast.walk(node))
        if isinstance(node, ast.Assert | ast.Expr | ast.With) and not inner:
            yield key([node])


def key_of(code: Code) -> Key:
    """Return the key of a new test of one row."""
    return key([copied(one) for block in code.blocks for one in block])


def key(body: list[ast.stmt]) -> Key:
    """Return what stands for statements, whatever names imports give; the statements are changed."""
    made = [_Canonical().visit(one) for one in _with_messages(body)]
    return tuple(ast.dump(one) for one in _folded(made))


def _with_messages(body: list[ast.stmt]) -> list[ast.stmt]:
    """Put texts that are only there for the pattern of a message into the pattern."""
    texts: dict[str, ast.expr] = {}
    for statement in body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            names = [one.id for one in statement.targets if isinstance(one, ast.Name)]
            uses = [one for node in body for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in names]
            if len(uses) == 2 and isinstance(statement.value.value, str) and any(map(_raises, body)):
                texts[names[0]] = statement.value
    for statement in body:
        if isinstance(statement, ast.With) and _raises(statement):
            for item in statement.items:
                item.context_expr = _Substitute(texts).visit(item.context_expr)
    used = {
        one.id for node in body if isinstance(node, ast.With) for one in ast.walk(node) if isinstance(one, ast.Name)
    }
    return [one for one in body if not _assigns(one, texts.keys() - used)]


def _assigns(node: ast.stmt, names: Collection[str]) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in names


def _raises(node: ast.stmt) -> bool:
    call = node.items[0].context_expr if isinstance(node, ast.With) else None
    name = _last_name(call.func) if isinstance(call, ast.Call) else ""
    return name in ("raises", "assertRaisesRegex")


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _folded(body: list[ast.stmt]) -> list[ast.stmt]:
    """Put a value that is only asserted on into its assertion."""
    found: list[ast.stmt] = []
    for statement in body:
        folded = _into(found[-1], statement, body) if found else None
        if folded is not None:
            found[-1] = folded
        else:
            found.append(statement)
    return found


def _into(value: ast.stmt, check: ast.stmt, body: list[ast.stmt]) -> ast.stmt | None:
    if not (isinstance(value, ast.Assign) and isinstance(check, ast.Assert) and isinstance(check.test, ast.Compare)):
        return None
    target, left = value.targets[0], check.test.left
    if not (isinstance(target, ast.Name) and isinstance(left, ast.Name) and left.id == target.id):
        return None
    uses = sum(isinstance(one, ast.Name) and one.id == target.id for node in body for one in ast.walk(node))
    compared = ast.Compare(value.value, check.test.ops, check.test.comparators)
    return ast.Assert(compared) if uses == 2 and len(value.targets) == 1 else None


class _Canonical(ast.NodeTransformer):
    def visit_Name(self, node: ast.Name) -> ast.expr:
        origin = origin_of(node)
        if origin is None:
            return node
        top = origin.local if "." in origin.module and origin.module.startswith(f"{origin.local}.") else ""
        return ast.Name("@" + (top if top and not origin.name else origin.path), ast.Load())

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id.startswith("@"):
            return ast.Name(f"{node.value.id}.{node.attr}", ast.Load())
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Constant(node.value)  # without the `u` of a text

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Say of a pattern for a whole message which message that is, however it is written."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "@pytest.raises":
            for one in node.keywords:
                one.value = _message(one.value) if one.arg == "match" else one.value
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "assertRaisesRegex" and len(node.args) == 2:
            node.args[1] = _message(node.args[1])
        return node


def _message(node: ast.expr) -> ast.expr:
    text: object = None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = message_of(node.value)
    elif isinstance(node, ast.JoinedStr):
        calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
        if len(calls) == 1 and len(calls[0].args) == 1 and _last_name(calls[0].func) == "@re.escape":
            argument = calls[0].args[0]
            rest = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and one is not argument]
            if isinstance(argument, ast.Constant) and rest == ["^", "$"]:
                text = argument.value
    if not isinstance(text, str):
        return node
    return ast.Tuple([ast.Name("@message", ast.Load()), ast.Constant(text)], ast.Load())


def _rows(function: Function) -> list[dict[str, ast.expr]]:
    """Return the values of a function's parameters in each row of its one parametrisation."""
    tables = [one for one in function.decorator_list if isinstance(one, ast.Call) and _is_table(one)]
    if len(tables) != 1:
        return [{}]
    names = _names(tables[0].args[0])
    table = tables[0].args[1]
    if not names or not isinstance(table, ast.List | ast.Tuple):
        return [{}]
    rows = []
    for item in table.elts:
        values = _values(item, len(names))
        if values is not None and len(values) == len(names):
            rows.append(dict(zip(names, values, strict=True)))
    return rows or [{}]


def _is_table(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "parametrize" and len(node.args) == 2


def _names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [one.strip() for one in node.value.split(",")]
    if isinstance(node, ast.Tuple | ast.List):
        return [one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return []


def _values(item: ast.expr, count: int) -> list[ast.expr] | None:
    if isinstance(item, ast.Call) and _last_name(item.func) == "param":
        return item.args
    if count == 1:
        return [item]
    return item.elts if isinstance(item, ast.Tuple | ast.List) else None


class _Substitute(ast.NodeTransformer):
    def __init__(self, row: Mapping[str, ast.expr]) -> None:
        self._row = row

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copied(self._row.get(node.id, node))

    def all(self, body: Iterable[ast.stmt]) -> list[ast.stmt]:
        """Return statements with a row's values in them."""
        return [self.visit(copied(one)) for one in body]
