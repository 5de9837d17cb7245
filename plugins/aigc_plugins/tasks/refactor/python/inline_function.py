"""Python: a function that only returns an expression gives way to it; written here, as rope drops brackets in that.

Only calls in the same file count, so the function has to be unknown elsewhere; who asks makes sure of that.
"""

from __future__ import annotations

import ast
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.order import active
from aigc_plugins.tasks.refactor.python.outcome import Outcome
from aigc_plugins.tasks.refactor.python.source import Source, means
from aigc_plugins.tasks.refactor.python.steady import steady

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.tasks.refactor.python.scopes import Occurrence, Scopes
    from aigc_plugins.tasks.refactor.python.worker import Request


def inline_function(
    request: Request, source: Source, scopes: Scopes, made: ast.FunctionDef, meant: list[Occurrence]
) -> Outcome:
    """Return the new text of the file. Raises RefusedError."""
    value = _value(source, made)
    uses = [one.node for one in meant if one.node is not made]
    calls = [source.parents[one] for one in uses]
    if not calls:
        raise RefusedError(f"`{made.name}` is never called in this file.")
    places: list[tuple[int, int, str]] = []
    memo: dict[int, Any] = {}
    for use, call in zip(uses, calls, strict=True):
        if not isinstance(call, ast.Call) or call.func is not use:
            raise RefusedError(f"`{made.name}` is used as a value, not only called.")
        given = _arguments(made, call)
        _check_call(source, made, value, call, given, steady(source, scopes, call))
        memo[id(call)] = _filled(value, given)
        places.append((*source.span(call), _text(source, value, given)))
    _check_meaning(scopes, made, value, calls)
    expected = _expected(source, made, memo)
    for brackets in (False, True):
        new = _without(source, made, [(start, end, f"({one})" if brackets else one) for start, end, one in places])
        if means(new, expected):
            return Outcome({request.path: new}, outside=(made.name,) if source.function_of(made) is None else ())
    raise RefusedError("The result would not mean the same.")


def _value(source: Source, made: ast.FunctionDef) -> ast.expr:
    """Return the only thing that a function does."""
    body = made.body[1:] if ast.get_docstring(made) is not None else made.body
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        raise RefusedError(f"`{made.name}` does more than to return one expression.")
    given = made.args
    if made.decorator_list or given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs or given.defaults:
        raise RefusedError(f"`{made.name}` has decorators, defaults or parameters of a special kind.")
    block, _ = source.block_of(made)
    if isinstance(block.owner, ast.ClassDef):
        raise RefusedError("Methods may be overridden, and are not inlined.")
    if len(block.statements) == 1 or not source.alone(made):
        raise RefusedError(f"The definition of `{made.name}` cannot be taken out.")
    value = body[0].value
    for node in ast.walk(value):
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr | ast.Lambda | ast.GeneratorExp):
            raise RefusedError(f"`{made.name}` has scopes or waits of its own.")
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.JoinedStr):
            raise RefusedError(f"`{made.name}` has a comprehension or an f-string, whose names might clash.")
        if isinstance(node, ast.Name) and node.id in (made.name, "locals", "vars", "eval", "exec", "dir", "super"):
            raise RefusedError(f"`{made.name}` calls itself, or looks at its own variables.")
    return value


def _arguments(made: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    names = [one.arg for one in made.args.args]
    given = dict(zip(names, call.args, strict=False))
    given.update({one.arg: one.value for one in call.keywords if one.arg is not None})
    plain = not any(isinstance(one, ast.Starred) for one in call.args) and all(one.arg for one in call.keywords)
    if not plain or set(given) != set(names) or len(call.args) + len(call.keywords) != len(names):
        raise RefusedError("A call gives other arguments than the function has.")
    return given


def _check_call(
    source: Source,
    made: ast.FunctionDef,
    value: ast.expr,
    call: ast.Call,
    given: dict[str, ast.expr],
    names: Callable[[ast.Name], bool],
) -> None:
    """Refuse arguments that would be computed more or less often, or in another order."""
    if any(one is made for one in source.ancestors(call)):
        raise RefusedError(f"`{made.name}` calls itself.")
    if any(isinstance(one, ast.JoinedStr) for one in source.ancestors(call)):
        raise RefusedError("A call is inside of an f-string.")
    inner = {id(node) for one in given.values() for node in ast.walk(one)}
    if any(isinstance(node, ast.Name) and node.id == made.name and id(node) in inner for node in ast.walk(call)):
        raise RefusedError("A call is an argument of another one.")
    for name, argument in given.items():
        used = [node for node in ast.walk(value) if isinstance(node, ast.Name) and node.id == name]
        simple = isinstance(argument, ast.Constant | ast.Name)
        if not simple and (active(argument) or active(value) or len(used) != 1 or not _always(value, used[0])):
            raise RefusedError(f"The argument for `{name}` would be computed at another time, or not just once.")
        if isinstance(argument, ast.Name) and active(value) and not names(argument):
            raise RefusedError(f"`{argument.id}` may get another value while `{made.name}` runs.")


def _always(value: ast.expr, part: ast.AST) -> bool:
    """Tell whether a part of an expression is computed whenever that is."""
    for node in ast.walk(value):
        optional: list[ast.expr] = []
        if isinstance(node, ast.BoolOp):
            optional = node.values[1:]
        elif isinstance(node, ast.IfExp):
            optional = [node.body, node.orelse]
        elif isinstance(node, ast.Compare):
            optional = node.comparators[1:]
        if any(one is part for branch in optional for one in ast.walk(branch)):
            return False
    return True


def _filled(value: ast.expr, given: dict[str, ast.expr]) -> ast.expr:
    memo: dict[int, Any] = {
        id(node): given[node.id] for node in ast.walk(value) if isinstance(node, ast.Name) and node.id in given
    }
    return deepcopy(value, memo)


def _text(source: Source, value: ast.expr, given: dict[str, ast.expr]) -> str:
    """Return the expression as it is written, with the arguments in place of the parameters."""
    start, end = source.span(value)
    text = source.text[start:end]
    names = [node for node in ast.walk(value) if isinstance(node, ast.Name) and node.id in given]
    for node in sorted(names, key=source.span, reverse=True):
        first, last = source.span(node)
        argument = given[node.id]
        begin, close = source.span(argument)
        written = source.text[begin:close]
        simple = isinstance(argument, ast.Name | ast.Constant | ast.Attribute | ast.Subscript | ast.Call)
        text = text[: first - start] + (written if simple else f"({written})") + text[last - start :]
    return text


def _without(source: Source, made: ast.FunctionDef, texts: list[tuple[int, int, str]]) -> str:
    """Return the text with the calls replaced, and without the definition and the blank lines below it."""
    text = source.text
    start, end = source.span(made)
    start = text.rfind("\n", 0, start) + 1
    end = text.find("\n", end) + 1 or len(text)
    while text.startswith("\n", end):
        end += 1
    for first, last, new in sorted([*texts, (start, end, "")], reverse=True):
        text = text[:first] + new + text[last:]
    return text


def _expected(source: Source, made: ast.FunctionDef, memo: dict[int, Any]) -> ast.Module:
    block, at = source.block_of(made)
    tree = deepcopy(source.tree, memo)
    del getattr(memo.get(id(block.owner), tree), block.field)[at]
    return tree


def _check_meaning(scopes: Scopes, made: ast.FunctionDef, value: ast.expr, calls: list[ast.AST]) -> None:
    """Refuse where a name of the function would mean another thing in the place of a call."""
    inside, own = {id(node) for node in ast.walk(value)}, scopes.of(made)
    by_node = {id(one.node): one for one in scopes.occurrences}
    for one in scopes.occurrences:
        binding = scopes.binding(one)
        if id(one.node) not in inside or binding is own:
            continue
        for call in calls:
            place = by_node[id(call.func)].scope  # type: ignore[attr-defined]
            if scopes.seen_from(place, one.name) is not binding:
                raise RefusedError(f"`{one.name}` means something else where `{made.name}` is called.")
