"""Python: a name gets another one, in every file where it is known; only where none is left behind or caught."""

from __future__ import annotations

import ast
import builtins
import keyword
from typing import TYPE_CHECKING

from rope.refactor.rename import Rename

from aigc_plugins.tasks.refactor.python.dynamic import check_agreed, check_attributes, check_globals
from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.leftovers import check_attribute, check_global, check_parameter, check_strings
from aigc_plugins.tasks.refactor.python.outcome import Outcome
from aigc_plugins.tasks.refactor.python.project import changed, project
from aigc_plugins.tasks.refactor.python.renamed import differences
from aigc_plugins.tasks.refactor.python.scopes import Occurrence, Scope, Scopes
from aigc_plugins.tasks.refactor.python.source import Source
from aigc_plugins.tasks.refactor.python.words import occurrence_at, position, word_at

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.worker import Request

_FRAME = frozenset(("locals", "vars", "eval", "exec", "dir"))
# Decorators that leave a function's parameters what they are.
_PLAIN = frozenset(
    ("staticmethod", "classmethod", "property", "setter", "abstractmethod", "override", "contextmanager")
)


def rename(request: Request) -> Outcome:
    """Return the new texts. Raises RefusedError."""
    source = Source(request.text)
    scopes = Scopes(source.tree)
    start, end = word_at(source.text, request.start)
    old = source.text[start:end]
    if not old.isidentifier() or old.startswith("__"):
        raise RefusedError("There is no name here that could be another one.")
    if not request.name.isidentifier() or keyword.iskeyword(request.name) or request.name.startswith("__"):
        raise RefusedError(f"`{request.name}` is no name that could be given.")
    if request.name == old:
        raise RefusedError(f"It is called `{old}` already.")
    if hasattr(builtins, request.name):
        raise RefusedError(f"`{request.name}` is the name of something that Python has itself.")
    occurrence = occurrence_at(source, scopes, request.start)
    if occurrence is None:
        return _rename_attribute(request, source, old, start)
    scope = scopes.binding(occurrence)
    meant = scopes.meaning(old, scope)
    if any(isinstance(one.node, ast.alias) for one in meant):
        raise RefusedError(f"`{old}` is imported; rename it where it is defined.")
    if not any(one.stores for one in meant):
        raise RefusedError(f"`{old}` is not defined in this file.")
    if scope.is_class:
        return _rename_attribute(request, source, old, start)
    if scope is scopes.module:
        return _rename_global(request, old)
    return _rename_local(request, source, old, scope, meant)


def _rename_local(request: Request, source: Source, old: str, scope: Scope, meant: list[Occurrence]) -> Outcome:
    if any(isinstance(node, ast.Name) and node.id in _FRAME for node in ast.walk(scope.node)):
        raise RefusedError("The function looks at its variables by name.")
    function = scope.node
    callers: tuple[str, ...] = ()
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        given = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
        if old in given:
            callers = _callers(source, function, given.index(old))
    if callers and not request.whole:
        return Outcome(outside=(old, callers[-1]))
    try:
        return _checked_local(request, _renamed(request), old, scope, callers)
    except RefusedError:
        if callers:
            raise
    # Only this file knows the name: where rope misses places, each is known here.
    places = sorted({position(source, one.node, old) for one in meant if not isinstance(one.node, ast.keyword)})
    text = request.text
    for at in reversed(places):
        text = text[:at] + request.name + text[at + len(old) :]
    return _checked_local(request, {request.path: text}, old, scope, callers)


def _checked_local(request: Request, new: dict[str, str], old: str, scope: Scope, callers: tuple[str, ...]) -> Outcome:
    found = differences(request.files, new, old, request.name)
    own = {id(one.node) for one in _meant_again(found.trees[request.path], old, scope.number)}
    keywords = check_parameter(found, callers, old)
    extra = {one for nodes in found.changed.values() for one in nodes} - own - keywords
    if own - found.changed[request.path] or extra:
        raise RefusedError(f"Not every place that means this `{old}` could be told from the others.")
    return Outcome(new)


def _meant_again(tree: ast.Module, old: str, number: int) -> list[Occurrence]:
    """Return the places that mean the binding, as nodes of the tree that was compared."""
    scopes = Scopes(tree)
    return scopes.meaning(old, scopes.all[number])


def _callers(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef, index: int) -> tuple[str, ...]:
    """Return by which names calls reach the function whose parameter is renamed; none for `self`."""
    owner = source.parents[function]
    plain = {one.id if isinstance(one, ast.Name) else getattr(one, "attr", "") for one in function.decorator_list}
    if not plain <= _PLAIN or function.name.startswith("test"):
        raise RefusedError("Parameters of decorated functions and of tests may be known by their names elsewhere.")
    if isinstance(owner, ast.ClassDef):
        if index == 0 and "staticmethod" not in plain:
            return ()
        return (function.name, owner.name) if function.name in ("__init__", "__new__") else (function.name,)
    return (function.name,)


def _rename_global(request: Request, old: str) -> Outcome:
    if not request.whole:
        return Outcome(outside=(old,))
    new = _renamed(request)
    found = differences(request.files, new, old, request.name)
    own = {id(one.node) for one in _meant_again(found.trees[request.path], old, 0)}
    if own != found.changed[request.path]:
        raise RefusedError(f"Not every place that means this `{old}` could be told from the others.")
    check_strings(found, old)
    check_globals(found, request.path)
    check_global(found, old, request.path)
    return Outcome(new)


def _rename_attribute(request: Request, source: Source, old: str, start: int) -> Outcome:
    ends = {source.span(node)[1] for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)}
    in_class = occurrence_at(source, Scopes(source.tree), start) is not None
    if not in_class and start + len(old) not in ends:
        raise RefusedError("There is no name here that could be another one.")
    check_agreed(old)
    if not request.whole:
        return Outcome(outside=(old,))
    new = _renamed(request)
    found = differences(request.files, new, old, request.name)
    check_strings(found, old)
    check_attributes(found)
    check_attribute(found, old)
    return Outcome(new)


def _renamed(request: Request) -> dict[str, str]:
    with project(request.files) as rope:
        refactoring = Rename(rope, rope.get_resource(request.path), request.start)
        return changed(refactoring.get_changes(request.name))
