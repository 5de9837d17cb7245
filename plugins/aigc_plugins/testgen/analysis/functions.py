"""Describes a function as tests call it: its parameters, and what it holds and raises. It knows no other function."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aigc_plugins.behaviour import hints
from aigc_plugins.testgen.analysis.definitions import FunctionNode, decorators, dotted, last_part
from aigc_plugins.testgen.scenario import Parameter

_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_MOST_LITERALS = 60
_BY_DEFAULT: dict[type, tuple[Any, ...]] = {
    bool: ("bool",), int: ("int",), float: ("float",), str: ("str",), bytes: ("bytes",), complex: ("complex",),
}  # fmt: skip


def parameters(node: FunctionNode, *, bound: bool) -> tuple[Parameter, ...]:
    """Return a function's parameters; with `bound`, the first one is given by Python and left out."""
    given = node.args
    kinds = hints.guesses(node)
    plain = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults))
    defaults += given.defaults
    found = [_parameter(one, default, kinds) for one, default in zip(plain, defaults, strict=True)]
    found = found[1:] if bound else found
    if given.vararg is not None:
        found.append(_parameter(given.vararg, None, kinds, star="*"))
    for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append(_parameter(one, default, kinds, keyword=True))
    if given.kwarg is not None:
        found.append(_parameter(given.kwarg, None, kinds, star="**"))
    return tuple(found)


def _parameter(
    node: ast.arg,
    default: ast.expr | None,
    kinds: Mapping[str, list[hints.Kind]],
    *,
    star: str = "",
    keyword: bool = False,
) -> Parameter:
    guesses = [*_of_default(default), *map(frozen, kinds.get(node.arg, ()))] if node.annotation is None else []
    return Parameter(
        node.arg,
        annotation(node.annotation),
        ast.unparse(default) if default is not None else "",
        star,
        keyword,
        tuple(dict.fromkeys(guesses)),
    )


def annotation(node: ast.expr | None) -> str:
    """Return an annotation's text, one in quotes without them."""
    if node is None:
        return ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.strip()
    return ast.unparse(node)


def frozen(kind: Any) -> Any:
    """Return a kind of values with tuples for lists."""
    return tuple(map(frozen, kind)) if isinstance(kind, list | tuple) else kind


def _of_default(default: ast.expr | None) -> Iterator[tuple[Any, ...]]:
    match default:
        case ast.Constant(value=value) if type(value) in _BY_DEFAULT:
            yield _BY_DEFAULT[type(value)]
        case ast.UnaryOp(operand=ast.Constant(value=int() | float() as value)):
            yield _BY_DEFAULT[type(value)]


def own_nodes(node: FunctionNode) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body without those of functions and classes in it."""
    waiting: list[ast.AST] = list(reversed(node.body))
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, _OWN_SCOPE):
            waiting += reversed(list(ast.iter_child_nodes(one)))


def is_generator(node: FunctionNode) -> bool:
    """Tell whether calling a function gives something to iterate over; a context manager made of one does not."""
    if {"contextmanager", "asynccontextmanager"} & {last_part(one) for one in decorators(node)}:
        return False
    return any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own_nodes(node))


def raised(node: FunctionNode) -> list[str]:
    """Return the names of the exceptions that a function's own code raises, in the order of the code."""
    found: dict[str, None] = {}
    for one in own_nodes(node):
        if isinstance(one, ast.Raise) and one.exc is not None:
            name = dotted(one.exc)
            if name and last_part(name)[:1].isupper():
                found[name] = None
    return list(found)


def called(node: FunctionNode, name: str) -> list[str]:
    """Return the qualified names of what a function may call in its module, methods of its own class too."""
    found: dict[str, None] = {}
    holder = name.rpartition(".")[0]
    for one in ast.walk(node):
        match one:
            case ast.Call(func=ast.Name(id=used)):
                found[used] = None
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=used) if holder:
                found[f"{holder}.{used}"] = None
    return list(found)


def _said(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a function that say something of values: no annotations, no documentation."""
    if not isinstance(node, FunctionNode):
        return [node]
    body = node.body[1:] if ast.get_docstring(node, clean=False) is not None else node.body
    return [*body, *node.args.defaults, *filter(None, node.args.kw_defaults)]


def literals(nodes: Sequence[ast.AST], constants: Mapping[str, ast.expr]) -> tuple[Any, ...]:
    """Return the numbers and texts in code, then those of the module's constants that it names."""
    found: dict[tuple[type, Any], Any] = {}
    named: dict[str, None] = {}
    for node in nodes:
        for value in (one for part in _said(node) for one in hints.literals(part)):
            found.setdefault((type(value), value), value)
        named |= {one.id: None for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in constants}
    for name in named:
        for value in hints.literals(constants[name]):
            found.setdefault((type(value), value), value)
    return tuple(found.values())[:_MOST_LITERALS]
