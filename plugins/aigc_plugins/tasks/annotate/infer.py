"""The type of an expression, where the text alone makes it certain. It knows no flow: a checker has the last word."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.tasks.annotate.known import CALLS, FUNCTIONS, METHODS
from aigc_plugins.tasks.annotate.module import parameters_of
from aigc_plugins.tasks.annotate.scope import Scope, local_type, plain, targets
from aigc_plugins.tasks.annotate.types import arguments, element, joined, union

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.tasks.annotate.module import Function

_DEPTH = 8
_NUMBERS = {"bool": 0, "int": 1, "float": 2, "complex": 3}
_SURE = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


def type_of(node: ast.expr | None, scope: Scope) -> str | None:
    """Return an expression's type, None where it is not certain."""
    if node is None or scope.depth > _DEPTH:
        return None
    rule = _RULES.get(type(node))
    return rule(node, scope.inner()) if rule is not None else None


def _constant(node: ast.Constant, scope: Scope) -> str | None:
    if node.value is None:
        return "None"
    return None if node.value is ... else type(node.value).__name__


def _sequence(node: ast.List | ast.Set, scope: Scope) -> str | None:
    inner = joined(type_of(one, scope) for one in node.elts)
    return f"{'list' if isinstance(node, ast.List) else 'set'}[{inner}]" if inner else None


def _tuple(node: ast.Tuple, scope: Scope) -> str | None:
    types = [type_of(one, scope) for one in node.elts]
    known = [one for one in types if one is not None]
    return f"tuple[{', '.join(known)}]" if known and len(known) == len(types) <= 6 else None


def _dict(node: ast.Dict, scope: Scope) -> str | None:
    keys = joined(type_of(one, scope) for one in node.keys)
    values = joined(type_of(one, scope) for one in node.values)
    return f"dict[{keys}, {values}]" if keys and values else None


def _comprehension(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope) -> str | None:
    inner = scope
    for part in node.generators:
        inner = inner.inner(**targets(part.target, element(type_of(part.iter, inner))))
    if isinstance(node, ast.DictComp):
        key, value = type_of(node.key, inner), type_of(node.value, inner)
        return f"dict[{key}, {value}]" if key and value else None
    one = type_of(node.elt, inner)
    name = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node))
    return f"{name}[{one}]" if one and name and "|" not in one else None


def _operation(node: ast.BinOp, scope: Scope) -> str | None:
    left, right = type_of(node.left, scope), type_of(node.right, scope)
    if isinstance(node.op, ast.Mod) and left in ("str", "bytes"):
        return left
    if left in ("str", "bytes") and ((isinstance(node.op, ast.Add) and right == left) or right == "int"):
        return left if isinstance(node.op, ast.Add | ast.Mult) else None
    if left is not None and left == right and left.startswith("list[") and isinstance(node.op, ast.Add):
        return left
    if left not in _NUMBERS or right not in _NUMBERS or isinstance(node.op, ast.Pow | ast.MatMult):
        return None
    if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor) and left == right == "bool":
        return "bool"
    widest = max(left, right, key=lambda one: _NUMBERS[one or "int"])
    return "float" if isinstance(node.op, ast.Div) and widest != "complex" else "int" if widest == "bool" else widest


def _unary(node: ast.UnaryOp, scope: Scope) -> str | None:
    if isinstance(node.op, ast.Not):
        return "bool"
    inner = type_of(node.operand, scope)
    return inner if inner in ("int", "float", "complex") else None


def _compare(node: ast.Compare, scope: Scope) -> str | None:
    if all(isinstance(one, _SURE) for one in node.ops):
        return "bool"
    # Arrays and query builders compare to no bool; what is known to be a plain value does.
    plain = [type_of(one, scope) for one in (node.left, *node.comparators)]
    return "bool" if any(one in (*_NUMBERS, "str", "bytes", "None") for one in plain) else None


def _either(node: ast.BoolOp | ast.IfExp, scope: Scope) -> str | None:
    parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse]
    types = [type_of(one, scope) for one in parts]
    known = [one for one in types if one is not None]
    if len(known) != len(types) or (isinstance(node, ast.BoolOp) and len(set(known)) > 1):
        return None
    return union(known)


def _name(node: ast.Name, scope: Scope) -> str | None:
    if node.id in scope.names:
        return scope.names[node.id]
    return local_type(node.id, scope, type_of)


def _call(node: ast.Call, scope: Scope) -> str | None:
    called = node.func
    if isinstance(called, ast.Name):
        return _called_name(called.id, node, scope)
    if not isinstance(called, ast.Attribute):
        return None
    root, _, _ = ast.unparse(called).partition(".")
    if root in scope.module.modules and root not in scope.names:
        full = scope.module.modules[root] + ast.unparse(called)[len(root) :]
        return FUNCTIONS.get(full) or FUNCTIONS.get(ast.unparse(called))
    if scope.owner is not None and isinstance(called.value, ast.Name) and called.value.id == "self":
        method = scope.owner.methods.get(called.attr)
        return _returned(method) if method is not None else None
    name, inner = arguments(type_of(called.value, scope) or "")
    if name == "dict" and len(inner) == 2 and called.attr == "get" and len(node.args) == 1:
        return f"{inner[1]} | None"
    return METHODS.get(name, {}).get(called.attr)


def _called_name(name: str, node: ast.Call, scope: Scope) -> str | None:
    if name in scope.names or name in scope.module.bound:
        if name in scope.module.classes and name not in scope.names:
            return name
        function = scope.module.functions.get(name) if name not in scope.names else None
        return _returned(function) if function is not None else None
    if name in ("sorted", "list", "set", "frozenset") and node.args:
        inner = element(type_of(node.args[0], scope))
        return f"{'list' if name == 'sorted' else name}[{inner}]" if inner else None
    if name in ("abs", "sum", "round", "min", "max") and len(node.args) == 1:
        one = type_of(node.args[0], scope)
        one = element(one) if name in ("sum", "min", "max") else "int" if name == "round" and one == "float" else one
        return one if one in ("int", "float", "str") and not (name == "sum" and one != "int") else None
    if name == "enumerate" and node.args:
        inner = element(type_of(node.args[0], scope))
        return f"Iterator[tuple[int, {inner}]]" if inner else None
    return CALLS.get(name)


def _returned(function: Function) -> str | None:
    if isinstance(function, ast.AsyncFunctionDef) or function.returns is None or function.decorator_list:
        return None
    return plain(ast.unparse(function.returns))


def _attribute(node: ast.Attribute, scope: Scope) -> str | None:
    owner = scope.owner
    if owner is None or not (isinstance(node.value, ast.Name) and node.value.id == "self"):
        return None
    if node.attr in owner.attributes:
        return plain(owner.attributes[node.attr])
    assigned = owner.assigned.get(node.attr, [])
    inner = scope.inner(**{"?": None})
    return joined(
        type_of(value, Scope(scope.module, method, owner, _names(method), inner.depth)) for method, value in assigned
    )


def _names(method: Function) -> dict[str, str | None]:
    return {
        one.arg: plain(ast.unparse(one.annotation)) if one.annotation is not None else None
        for one in parameters_of(method)
    }


def _subscript(node: ast.Subscript, scope: Scope) -> str | None:
    whole = type_of(node.value, scope)
    name, inner = arguments(whole or "")
    if isinstance(node.slice, ast.Slice):
        return whole if name in ("str", "bytes", "list") else None
    if name in ("str", "bytes"):
        return "str" if name == "str" else "int"
    if name == "list" and inner:
        return inner[0]
    return inner[1] if name == "dict" and len(inner) == 2 else None


_RULES: dict[type[ast.expr], Callable[..., str | None]] = {
    ast.Constant: _constant,
    ast.JoinedStr: lambda node, scope: "str",
    ast.List: _sequence,
    ast.Set: _sequence,
    ast.Tuple: _tuple,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.BinOp: _operation,
    ast.UnaryOp: _unary,
    ast.Compare: _compare,
    ast.BoolOp: _either,
    ast.IfExp: _either,
    ast.Name: _name,
    ast.Call: _call,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
}
