"""The types of a function's names: its parameters as they are stated, its local variables by what is put into them."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from aigc_plugins.tasks.annotate.module import own_nodes, parameters_of
from aigc_plugins.tasks.annotate.types import arguments, element, joined

if TYPE_CHECKING:
    from aigc_plugins.tasks.annotate.module import ClassInfo, Function, Module


@dataclass(slots=True)
class Scope:
    """Where an expression stands: the file, the function, and the types of names that are known there."""

    module: Module
    function: Function | None = None
    owner: ClassInfo | None = None
    names: dict[str, str | None] = field(default_factory=dict)
    depth: int = 0

    def inner(self, **names: str | None) -> Scope:
        """Return the scope one step deeper, with some more names."""
        return Scope(self.module, self.function, self.owner, {**self.names, **names}, self.depth + 1)


TypeOf: TypeAlias = Callable[[ast.expr | None, Scope], str | None]


def scope_of(module: Module, function: Function) -> Scope:
    """Return the scope of a function's body, with the types of parameters that it states and never gives anew."""
    names: dict[str, str | None] = {}
    args = function.args
    for parameter in parameters_of(function):
        stated = ast.unparse(parameter.annotation) if parameter.annotation is not None else None
        names[parameter.arg] = plain(stated)
    if args.vararg is not None:
        names[args.vararg.arg] = None
    if args.kwarg is not None:
        names[args.kwarg.arg] = None
    changed = {
        node.id for node in own_nodes(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    names = {name: None if name in changed else one for name, one in names.items()}
    return Scope(module, function, module.owners.get(id(function)), names)


def plain(text: str | None) -> str | None:
    """Return a stated type, None where the value may have been narrowed, or the type means nothing here."""
    if text is None or "|" in text or "Optional" in text or "Union" in text or "Any" in text:
        return None
    return text.strip("\"'")


def targets(target: ast.expr, value: str | None) -> dict[str, str | None]:
    """Return the types of the names that a target binds to a value."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple | ast.List):
        name, inner = arguments(value or "")
        fits = name == "tuple" and len(inner) == len(target.elts) and "..." not in inner
        found: dict[str, str | None] = {}
        for index, one in enumerate(target.elts):
            found |= targets(one, inner[index] if fits else None)
        return found
    return {}


def local_type(name: str, scope: Scope, type_of: TypeOf) -> str | None:
    """Return the type of a local variable: all that is assigned to it agrees."""
    function = scope.function
    scope = scope.inner(**{name: None})  # no endless circle
    types: list[str | None] = []
    empty = None
    for node in own_nodes(function) if function is not None else ():
        if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            return None
        if isinstance(node, ast.Assign) and [name] == [getattr(one, "id", None) for one in node.targets]:
            if _is_empty(node.value):
                empty = node.value
            else:
                types.append(type_of(node.value, scope))
        elif isinstance(node, ast.AnnAssign) and getattr(node.target, "id", None) == name:
            return plain(ast.unparse(node.annotation))
        elif isinstance(node, ast.For) and name in targets(node.target, None):
            types.append(targets(node.target, element(type_of(node.iter, scope)))[name])
        elif _binds(node, name):
            types.append(None)
    if empty is not None:
        types.append(_filled(name, empty, scope, type_of))
    return joined(types)


def _binds(node: ast.AST, name: str) -> bool:
    """Tell whether a node binds a name in any other way."""
    if isinstance(node, ast.Assign):
        assigned = node.targets
        return any(
            isinstance(one, ast.Name) and one.id == name and isinstance(one.ctx, ast.Store)
            for target in assigned
            for one in ast.walk(target)
        )
    if isinstance(node, ast.AugAssign):  # `n += 1` leaves an int one; what else comes of it, the checker sees
        return False
    if isinstance(node, ast.With | ast.AsyncWith):
        return any(item.optional_vars is not None and name in ast.unparse(item.optional_vars) for item in node.items)
    if isinstance(node, ast.NamedExpr | ast.AsyncFor):
        return name in targets(node.target, None)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
        return node.name == name
    return isinstance(node, ast.Import | ast.ImportFrom) and any(name in (a.asname, a.name) for a in node.names)


def _is_empty(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in ("list", "dict", "set") and not node.args
    return (isinstance(node, ast.List) and not node.elts) or (isinstance(node, ast.Dict) and not node.keys)


def _filled(name: str, empty: ast.expr, scope: Scope, type_of: TypeOf) -> str | None:
    """Return the type of a container that starts empty, by what is put into it."""
    kind = empty.func.id if isinstance(empty, ast.Call) and isinstance(empty.func, ast.Name) else ""
    kind = kind or ("list" if isinstance(empty, ast.List) else "dict")
    keys: list[str | None] = []
    values: list[str | None] = []
    for node in own_nodes(scope.function) if scope.function is not None else ():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == name and node.args:
                if node.func.attr in ("append", "add"):
                    values.append(type_of(node.args[0], scope))
                elif node.func.attr in ("extend", "update", "setdefault", "insert"):
                    values.append(element(type_of(node.args[0], scope)) if node.func.attr == "extend" else None)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            if isinstance(target.value, ast.Name) and target.value.id == name:
                keys.append(type_of(target.slice, scope))
                values.append(type_of(node.value, scope))
    value, key = joined(values), joined(keys)
    if kind == "dict":
        return f"dict[{key}, {value}]" if key and value else None
    return f"{kind}[{value}]" if value and not keys else None
