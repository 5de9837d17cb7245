"""`x += y` for `x = x + y` and back, where `x` can only be an integer (Python)."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from aigc_finetune.augment.refactor.edits import Edit
from aigc_finetune.augment.source import Source

_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}
_UPDATE = re.compile(r"^[ \t]*(?:\w+ *[-+*]=|(\w+) *= *\1\b)", re.MULTILINE)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def integer_updates(source: Source) -> Iterator[tuple[Edit, ...]]:
    """Yield an edit for each update of a local variable that only ever holds integers."""
    if "\r" in source.text or "\f" in source.text:
        return  # `ast` counts lines in another way
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for function in ast.walk(tree):
        if not isinstance(function, _Function) or not _has_update(source, function):
            continue
        integers = _integers(function)
        for node in ast.walk(function) if integers else ():
            edit = _edit(source, node, integers)
            if edit is not None:
                yield (edit,)


def _has_update(source: Source, function: _Function) -> bool:
    """Whether the lines of a function look as if there was something to change; most have nothing, and are done."""
    last = function.end_lineno or function.lineno
    end = source.line_starts[last] if last < len(source.line_starts) else len(source.text)
    return _UPDATE.search(source.text, source.line_starts[function.lineno - 1], end) is not None


def _integers(function: _Function) -> set[str]:
    """Return the local variables to which a function gives nothing but integers, by literals and sums of such."""
    updates: dict[str, list[ast.expr]] = {}
    stores: dict[str, int] = {}
    inner: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            stores[node.id] = stores.get(node.id, 0) + 1
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            updates.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and type(node.op) in _SIGNS:
            updates.setdefault(node.target.id, []).append(node.value)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            inner.update(node.names)
        elif node is not function:
            inner |= _bound_elsewhere(node)
    inner |= {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    names = {name for name, values in updates.items() if len(values) == stores.get(name) and name not in inner}
    while True:  # a name whose value needs one that fell out falls out too
        left = {name for name in names if all(_is_integer(value, names) for value in updates[name])}
        if left == names:
            return names
        names = left


def _bound_elsewhere(node: ast.AST) -> set[str]:
    """Return names that a node binds without a Name: imports, handlers, patterns, definitions with their inside."""
    if isinstance(node, ast.alias):
        return {(node.asname or node.name).partition(".")[0]}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        return {node.name} if node.name else set()
    if isinstance(node, ast.MatchMapping):
        return {node.rest} if node.rest else set()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        own = {getattr(node, "name", "")}
        return own | {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return set()


def _is_integer(value: ast.expr, names: set[str]) -> bool:
    if isinstance(value, ast.Constant):
        return type(value.value) is int
    if isinstance(value, ast.Name):
        return value.id in names
    if isinstance(value, ast.UnaryOp):
        return isinstance(value.op, ast.USub) and _is_integer(value.operand, names)
    if isinstance(value, ast.BinOp) and type(value.op) in _SIGNS:
        return _is_integer(value.left, names) and _is_integer(value.right, names)
    return False


def _edit(source: Source, node: ast.AST, integers: set[str]) -> Edit | None:
    """Return the edit of one update, None for any other statement."""
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        name, operator, value = node.target.id, node.op, node.value
        if not isinstance(value, ast.Constant | ast.Name):
            return None
        form = "{0} = {0} {1} {2}"
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.BinOp):
        name, operator, value = node.targets[0].id, node.value.op, node.value.right
        if len(node.targets) > 1 or not isinstance(node.value.left, ast.Name) or node.value.left.id != name:
            return None
        form = "{0} {1}= {2}"
    else:
        return None
    sign = _SIGNS.get(type(operator))
    if name not in integers or sign is None or node.lineno != node.end_lineno:
        return None
    start, end = _span(source, node)
    first, last = _span(source, value)
    return Edit(start, end, form.format(name, sign, source.text[first:last]))


def _span(source: Source, node: ast.stmt | ast.expr) -> tuple[int, int]:
    """Return the characters of a node on one line; columns of `ast` are bytes of UTF-8 from the line's start."""
    start = source.byte_of(source.line_starts[node.lineno - 1])
    return source.offset_of(start + node.col_offset), source.offset_of(start + (node.end_col_offset or 0))
