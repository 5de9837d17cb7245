"""Finds the functions and classes of a module that live when it is imported. What can be tested of them is not its."""

from __future__ import annotations

import ast
import operator
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

_OPERATORS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}  # fmt: skip
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class FunctionFound:
    """A function: the definition that wins, and others that belong to it (setters, implementations for other types)."""

    name: str
    node: FunctionNode
    more: list[FunctionNode] = field(default_factory=list)


@dataclass(slots=True)
class ClassFound:
    """A class with what is defined in it, nested classes too; names are qualified."""

    name: str
    node: ast.ClassDef
    functions: dict[str, FunctionFound] = field(default_factory=dict)
    classes: dict[str, ClassFound] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()


@dataclass(slots=True)
class Definitions:
    """What a module or class defines, by name."""

    functions: dict[str, FunctionFound] = field(default_factory=dict)
    classes: dict[str, ClassFound] = field(default_factory=dict)


def definitions(body: list[ast.stmt], around: str = "") -> Definitions:
    """Return what statements define; of a name bound twice, the last binding counts."""
    found = Definitions()
    for node in statements(body):
        if isinstance(node, FunctionNode):
            _function(node, around, found)
        elif isinstance(node, ast.ClassDef):
            _forget(found, node.name)
            found.classes[node.name] = _class(node, around)
        else:
            for name in _replaced(node):
                _forget(found, name)
    return found


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, also those within `if`, `try` and `with`, not what never runs here."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            runs = truth(node.test)
            yield from statements(
                [*(node.body if runs is not False else []), *(node.orelse if runs is not True else [])]
            )
        elif isinstance(node, ast.Try | ast.TryStar):
            # What is tried comes last: it wins over what stands in for it.
            handled = [one for handler in node.handlers for one in handler.body]
            yield from statements([*handled, *node.body, *node.orelse, *node.finalbody])
        elif isinstance(node, ast.With):
            yield from statements(node.body)


def truth(test: ast.expr) -> bool | None:
    """Return what a condition on the way of running is on import, None where it cannot be known."""
    match test:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return False
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            known = truth(inner)
            return None if known is None else not known
        case ast.Compare(left=left, ops=[compare], comparators=[right]):
            return _compared(_of_system(left), compare, _value(right))
    return None


def dotted(node: ast.expr) -> str:
    """Return a name with its attributes (`functools.lru_cache`), that of a call or subscript; empty for others."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return ".".join([node.id, *parts]) if isinstance(node, ast.Name) else ""


def decorators(node: FunctionNode | ast.ClassDef) -> tuple[str, ...]:
    """Return the names of what decorates a definition."""
    return tuple(dotted(one) for one in node.decorator_list)


def last_part(name: str) -> str:
    """Return a dotted name's last part."""
    return name.rpartition(".")[2]


def _function(node: FunctionNode, around: str, found: Definitions) -> None:
    earlier = found.functions.get(node.name)
    for decorator in decorators(node):
        holder, _, role = decorator.rpartition(".")
        owner = found.functions.get(holder)
        if role in ("setter", "deleter", "getter", "register") and owner is not None:
            owner.more.append(node)
            return
    if "overload" in map(last_part, decorators(node)) and earlier is not None and not _is_overload(earlier.node):
        return
    _forget(found, node.name)
    found.functions[node.name] = FunctionFound(f"{around}{node.name}", node)


def _is_overload(node: FunctionNode) -> bool:
    return "overload" in map(last_part, decorators(node))


def _class(node: ast.ClassDef, around: str) -> ClassFound:
    inside = definitions(node.body, f"{around}{node.name}.")
    bases = tuple(filter(None, map(dotted, node.bases)))
    metaclass = tuple(dotted(one.value) for one in node.keywords if one.arg == "metaclass")
    bases += tuple("ABC" for one in metaclass if last_part(one) == "ABCMeta")
    bases += tuple("Enum" for one in metaclass if last_part(one) in ("EnumMeta", "EnumType"))
    return ClassFound(f"{around}{node.name}", node, inside.functions, inside.classes, bases, decorators(node))


def _forget(found: Definitions, name: str) -> None:
    found.functions.pop(name, None)
    found.classes.pop(name, None)


def _replaced(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds to something else than what it was (`f = trace(f)` keeps it)."""
    if isinstance(node, ast.Delete):
        yield from (one.id for one in node.targets if isinstance(one, ast.Name))
    elif isinstance(node, ast.Assign):
        used = {one.id for one in ast.walk(node.value) if isinstance(one, ast.Name)}
        yield from (one.id for one in node.targets if isinstance(one, ast.Name) and one.id not in used)


def _of_system(node: ast.expr) -> object:
    version = tuple(sys.version_info[:3])
    match node:
        case ast.Subscript(value=inner, slice=ast.Constant(value=int(place))) if dotted(inner) == "sys.version_info":
            return version[place] if 0 <= place < len(version) else None
        case ast.Subscript(value=inner, slice=ast.Slice(lower=None, upper=ast.Constant(value=int(end)), step=None)):
            return version[:end] if dotted(inner) == "sys.version_info" else None
        case ast.Subscript() | ast.Call():
            return None
    return {
        "sys.version_info": version, "sys.version_info.major": version[0], "sys.version_info.minor": version[1],
        "sys.platform": sys.platform, "os.name": os.name,
    }.get(dotted(node))  # fmt: skip


def _value(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _compared(left: object, compare: ast.cmpop, right: object) -> bool | None:
    known = _OPERATORS.get(type(compare))
    if known is None or left is None or type(left) is not type(right):
        return None
    if isinstance(right, tuple) and not all(isinstance(one, int) for one in right):
        return None
    return bool(known(left, right))
