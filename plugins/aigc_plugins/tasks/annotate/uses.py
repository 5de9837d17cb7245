"""What a function does with a parameter, as far as that makes its type certain."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.tasks.annotate.infer import type_of
from aigc_plugins.tasks.annotate.known import OWNERS
from aigc_plugins.tasks.annotate.module import own_nodes, parameters_of
from aigc_plugins.tasks.annotate.scope import plain
from aigc_plugins.tasks.annotate.types import union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.tasks.annotate.module import Function
    from aigc_plugins.tasks.annotate.scope import Scope

_ASKED = frozenset(("isinstance", "hasattr", "type", "callable", "issubclass"))


def use_fact(name: str, function: Function, scope: Scope) -> tuple[str, str] | None:
    """Return the type that a parameter must have and the reason, None where nothing makes it certain."""
    if name in _stored(function):
        return None
    guard = _guarded(name, function)
    if guard is not None:
        return guard, "the check of its type"
    if name in _asked(function):
        return None  # what is done with it depends on what it is
    found = list(_evidence(name, function, scope))
    types = {one for one, _ in found}
    return found[0] if len(types) == 1 else None


def _stored(function: Function) -> set[str]:
    return {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    } | {name for node in ast.walk(function) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}


def _asked(function: Function) -> set[str]:
    """Return the names whose type the function asks for itself, or that it tries out."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ASKED and node.args:
            found.add(getattr(node.args[0], "id", ""))
        elif isinstance(node, ast.Try | ast.Match):
            found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return found


def _guarded(name: str, function: Function) -> str | None:
    """Return what `if not isinstance(name, T): raise …` or `assert isinstance(name, T)` at the start ask for."""
    for statement in function.body:
        test: ast.expr | None = None
        if isinstance(statement, ast.Assert):
            test = statement.test
        elif isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Raise) and not statement.orelse:
            negated = statement.test
            test = negated.operand if isinstance(negated, ast.UnaryOp) and isinstance(negated.op, ast.Not) else None
        if not (isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "isinstance"):
            continue
        if len(test.args) == 2 and isinstance(test.args[0], ast.Name) and test.args[0].id == name:
            classes = test.args[1].elts if isinstance(test.args[1], ast.Tuple) else [test.args[1]]
            names = [one.id for one in classes if isinstance(one, ast.Name)]
            # A container's elements stay unknown, and so does what it is.
            certain = [one for one in names if one not in ("list", "dict", "set", "tuple", "frozenset", "type")]
            return union(certain) if len(certain) == len(classes) else None
    return None


def _evidence(name: str, function: Function, scope: Scope) -> Iterator[tuple[str, str]]:
    for node in own_nodes(function):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            for one, other in ((node.left, node.right), (node.right, node.left)):
                if _is(one, name) and type_of(other, scope) in ("str", "bytes"):
                    yield type_of(other, scope) or "", "what is added to it"
        elif isinstance(node, ast.Call):
            yield from _by_call(name, node, scope)
        elif isinstance(node, ast.Assign):
            yield from _by_attribute(name, node, scope)


def _by_call(name: str, node: ast.Call, scope: Scope) -> Iterator[tuple[str, str]]:
    called = node.func
    if isinstance(called, ast.Attribute):
        methods = {method for info in scope.module.classes.values() for method in info.methods}
        if _is(called.value, name) and called.attr in OWNERS and called.attr not in methods:
            yield OWNERS[called.attr], f"its method {called.attr}"
        target = scope.owner.methods.get(called.attr) if _is(called.value, "self") and scope.owner else None
        skip = 1
    else:
        target = scope.module.functions.get(called.id) if isinstance(called, ast.Name) else None
        skip = 0
        if isinstance(called, ast.Name) and called.id == "range" and any(_is(one, name) for one in node.args):
            yield "int", "its use in range()"
    if target is None or target.decorator_list:
        return
    wanted = [*target.args.posonlyargs, *target.args.args][skip:]
    pairs = list(zip(node.args, wanted, strict=False))
    named = {one.arg: one for one in parameters_of(target)}
    pairs += [(word.value, named[word.arg]) for word in node.keywords if word.arg in named]
    for value, parameter in pairs:
        if _is(value, name) and parameter.annotation is not None:
            stated = ast.unparse(parameter.annotation)
            if plain(stated) is not None and "object" not in stated:
                yield stated.strip("\"'"), f"its use as {parameter.arg} of {target.name}"


def _by_attribute(name: str, node: ast.Assign, scope: Scope) -> Iterator[tuple[str, str]]:
    for target in node.targets if _is(node.value, name) and scope.owner is not None else ():
        if isinstance(target, ast.Attribute) and _is(target.value, "self") and scope.owner is not None:
            stated = scope.owner.attributes.get(target.attr)
            if stated is not None and "Any" not in stated and "ClassVar" not in stated:
                yield stated.strip("\"'"), f"the attribute {target.attr}"


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
