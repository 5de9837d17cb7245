"""Small faults for expressions: what else could stand in a node's place. Where that place is, `mutants` knows.

The kinds of faults are the usual ones of mutation testing (the sufficient operators of Offutt et al. 1996, relational
operators by Kaminski et al. 2013), and in kind what mutmut, cosmic-ray and mutatest plant.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from aigc_plugins.testgen.inside.mutants_calls import calls
from aigc_plugins.testgen.inside.mutants_nodes import Change, constant, is_none, replaced

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.NotEq, ast.GtE),
    ast.LtE: (ast.Lt, ast.Eq, ast.Gt),
    ast.Gt: (ast.GtE, ast.NotEq, ast.LtE),
    ast.GtE: (ast.Gt, ast.Eq, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_NEGATED = {op: others[-1] for op, others in _COMPARE.items()}
_NUMERIC: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.LtE, ast.GtE),
    ast.NotEq: (ast.Lt, ast.Gt),
}
BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.MatMult: ast.Mult,
}


def constants(node: ast.Constant) -> Iterator[Change]:
    """Yield other values of a constant's kind."""
    value = node.value
    if isinstance(value, bool):
        yield "constant", constant(not value)
    elif isinstance(value, int):
        yield "number", constant(value + 1)
        yield "number", constant(value - 1)
    elif isinstance(value, float):
        if abs(value) < 1e15:
            yield "number", constant(value + 1)
            if value:
                yield "number", constant(-value)
    elif isinstance(value, complex):
        yield "number", constant(value + 1)
    elif isinstance(value, str):
        yield "string", constant(f"XX{value}XX" if value else "XXXX")
        if value:
            yield "string", constant("")
        if value.swapcase() != value:
            yield "string case", constant(value.swapcase())
    elif isinstance(value, bytes):
        yield "string", constant(b"XX" + value + b"XX")
        if value:
            yield "string", constant(b"")


def _compare(node: ast.Compare) -> Iterator[Change]:
    sides = [node.left, *node.comparators]
    for place, op in enumerate(node.ops):
        others = _COMPARE.get(type(op), ())
        if _is_numeric(sides[place]) or _is_numeric(sides[place + 1]):
            others += _NUMERIC.get(type(op), ())
        for other in others:
            kind = "negation" if other is _NEGATED[type(op)] and len(node.ops) == 1 else "comparison"
            yield kind, replaced(node, ops=[*node.ops[:place], other(), *node.ops[place + 1 :]])


def _is_numeric(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, int | float) and not isinstance(node.value, bool)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("len", "abs", "sum", "int", "ord", "round")
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub)
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub | ast.Mult | ast.FloorDiv | ast.Div)


def _binary(node: ast.BinOp) -> Iterator[Change]:
    yield "operator", replaced(node, op=BINARY[type(node.op)]())
    if isinstance(node.op, ast.Add | ast.Sub | ast.BitOr | ast.BitAnd | ast.Mult | ast.Mod):
        yield "operand", node.left
    if isinstance(node.op, ast.Add | ast.BitOr | ast.BitAnd | ast.Mult):
        yield "operand", node.right


def _unary(node: ast.UnaryOp) -> Iterator[Change]:
    yield "unary", node.operand


def _boolean(node: ast.BoolOp) -> Iterator[Change]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield "and/or", replaced(node, op=other)
    for place in range(len(node.values)):
        rest = [*node.values[:place], *node.values[place + 1 :]]
        yield "operand", rest[0] if len(rest) == 1 else replaced(node, values=rest)


def _ternary(node: ast.IfExp) -> Iterator[Change]:
    yield "condition", node.body
    yield "condition", node.orelse


def _subscript(node: ast.Subscript) -> Iterator[Change]:
    part = node.slice
    if isinstance(part, ast.Slice):
        for bound in ("lower", "upper", "step"):
            if getattr(part, bound) is not None:
                yield "slice", replaced(node, slice=replaced(part, **{bound: None}))


def _display(node: ast.List | ast.Tuple | ast.Set) -> Iterator[Change]:
    count = len(node.elts)
    if count > 8 or (isinstance(node, ast.Set) and count < 2):
        return
    for place in range(count):
        yield "element", replaced(node, elts=[*node.elts[:place], *node.elts[place + 1 :]])


def _dict(node: ast.Dict) -> Iterator[Change]:
    for place in range(len(node.keys) if len(node.keys) <= 8 else 0):
        keys = [*node.keys[:place], *node.keys[place + 1 :]]
        yield "element", replaced(node, keys=keys, values=[*node.values[:place], *node.values[place + 1 :]])


def _text(node: ast.JoinedStr) -> Iterator[Change]:
    for place, part in enumerate(node.values):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            other = replaced(part, value=f"XX{part.value}XX")
            yield "string", replaced(node, values=[*node.values[:place], other, *node.values[place + 1 :]])


def _yield(node: ast.Yield) -> Iterator[Change]:
    if node.value is not None and not is_none(node.value):
        yield "value", replaced(node, value=constant(None))


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Iterator[Change]:
    first = node.generators[0]
    if not first.is_async:
        empty = replaced(first, iter=ast.Tuple(elts=[], ctx=ast.Load()))
        yield "no loop", replaced(node, generators=[empty, *node.generators[1:]])


_CHANGES: dict[type[ast.AST], Callable[[Any], Iterator[Change]]] = {
    ast.Constant: constants,
    ast.Compare: _compare,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.IfExp: _ternary,
    ast.Subscript: _subscript,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.Dict: _dict,
    ast.JoinedStr: _text,
    ast.Yield: _yield,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.Call: calls,
}


def changes(node: ast.expr) -> Iterator[Change]:
    """Yield the other expressions that could stand in a node's place, each with the kind of fault."""
    find = _CHANGES.get(type(node))
    if find is not None and isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        yield from find(node)


def in_role(node: ast.expr, role: str) -> Iterator[Change]:
    """Yield what could stand there for the part that the node plays: as a condition, as what is returned..."""
    if isinstance(node, ast.Constant) and role not in ("assign", "return"):
        return
    if role == "test":
        yield "condition", constant(True)
        yield "condition", constant(False)
    elif role == "while":
        yield "condition", constant(False)
    elif role in ("return", "lambda", "assign"):
        yield from _other_value(node, role)
    elif role in ("iterable", "handler"):
        yield ("no loop" if role == "iterable" else "exception"), ast.Tuple(elts=[], ctx=ast.Load())


def _other_value(node: ast.expr, role: str) -> Iterator[Change]:
    truth = isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))
    if truth:
        yield "value", constant(True)
        yield "value", constant(False)
    elif not is_none(node):
        yield "value", constant(None)
    else:
        yield "value", constant("" if role == "assign" else 0)
