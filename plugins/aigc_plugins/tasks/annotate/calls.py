"""What a function is called with: in its own file, and in what the workspace knows of others."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

from aigc_plugins.tasks.annotate.infer import type_of
from aigc_plugins.tasks.annotate.module import Module, decorators, own_nodes
from aigc_plugins.tasks.annotate.scope import Scope, scope_of
from aigc_plugins.tasks.annotate.types import union

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.annotate.module import Function
    from aigc_plugins.workspace import Workspace

_MOST = 50


def call_types(function: Function, module: Module, snapshot: Snapshot, workspace: Workspace | None) -> dict[str, str]:
    """Return the types of parameters that all calls agree on; a parameter that one call leaves unclear is left out."""
    method = module.owners.get(id(function)) is not None
    calls = list(_here(function, module, method))
    if workspace is not None and not function.name.startswith("__"):
        calls += _elsewhere(function, snapshot, workspace, method)
    bound = method and "staticmethod" not in decorators(function)
    positional = [one.arg for one in (*function.args.posonlyargs, *function.args.args)][1 if bound else 0 :]
    named = {*positional, *(one.arg for one in function.args.kwonlyargs)}
    seen: dict[str, list[str | None]] = {}
    for call, scope in calls[:_MOST]:
        if any(isinstance(one, ast.Starred) for one in call.args) or any(word.arg is None for word in call.keywords):
            continue
        pairs = list(zip(positional, call.args, strict=False))
        pairs += [(word.arg, word.value) for word in call.keywords if word.arg in named]
        for name, value in pairs:
            seen.setdefault(name, []).append(type_of(value, scope))
    found = {}
    for name, types in seen.items():
        known = [one for one in types if one is not None]
        whole = union(known) if len(known) == len(types) else None
        if whole is not None and whole != "None":
            found[name] = whole
    return found


def _here(function: Function, module: Module, method: bool) -> Iterator[tuple[ast.Call, Scope]]:
    if not method and module.functions.get(function.name) is not function:
        return
    for around, node in _calls(module.tree):
        scope = scope_of(module, around) if around is not None else Scope(module)
        called = node.func
        plain = isinstance(called, ast.Name) and called.id == function.name and called.id not in scope.names
        if _is_own(called, function, module, around) if method else plain:
            yield node, scope


def _is_own(called: ast.expr, function: Function, module: Module, around: Function | None) -> bool:
    """Tell whether `called` is `self.NAME` in the class of the function, or the class where the function makes it."""
    owner = module.owners[id(function)]
    if function.name == "__init__":
        return isinstance(called, ast.Name) and module.classes.get(called.id) is owner
    inside = around is not None and module.owners.get(id(around)) is owner
    return (
        inside
        and isinstance(called, ast.Attribute)
        and called.attr == function.name
        and isinstance(called.value, ast.Name)
        and called.value.id in ("self", "cls")
    )


def _calls(tree: ast.Module) -> Iterator[tuple[Function | None, ast.Call]]:
    for node in own_nodes(tree):
        if isinstance(node, ast.Call):
            yield None, node
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in own_nodes(function):
                if isinstance(node, ast.Call):
                    yield function, node


def _elsewhere(
    function: Function, snapshot: Snapshot, workspace: Workspace, method: bool
) -> Iterator[tuple[ast.Call, Scope]]:
    """Yield the calls in other files of a name that is defined but once."""
    if len(workspace.symbols(function.name, language="python", limit=2)) > 1:
        return
    own = workspace.path_of(snapshot)
    for chunk in workspace.search([function.name], language="python", exclude=[own] if own is not None else []):
        try:
            tree = ast.parse(textwrap.dedent(chunk.text))
        except (SyntaxError, ValueError, RecursionError):
            continue
        for around, call in _calls(tree):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name == function.name and (isinstance(call.func, ast.Attribute) or not method):
                module = Module(tree)
                yield call, scope_of(module, around) if around is not None else Scope(module)
