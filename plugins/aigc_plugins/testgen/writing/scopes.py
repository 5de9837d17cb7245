"""Which names a piece of code takes from outside, and which it binds; what they mean there is left to `reading`."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements or expressions bind in the scope they stand in."""
    names: set[str] = set()
    for node in nodes:
        names.update(_bound(node))
    return names


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        yield node.name
        for outside in _outside(node):
            yield from _bound(outside)
    elif isinstance(node, ast.Lambda):
        for outside in _outside(node):
            yield from _bound(outside)
    elif isinstance(node, _COMPREHENSIONS):
        yield from (one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr))
        yield from _bound(node.generators[0].iter)
    else:
        yield from _direct(node)
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)


def _direct(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _outside(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a definition evaluates in the scope around it."""
    if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
        yield from node.args.defaults
        yield from (one for one in node.args.kw_defaults if one is not None)
    if isinstance(node, _FUNCTIONS):
        yield from node.decorator_list
        yield from (one.annotation for one in parameters(node) if one.annotation is not None)
        if node.returns is not None:
            yield node.returns
    if isinstance(node, ast.ClassDef):
        yield from (*node.decorator_list, *node.bases, *node.keywords)


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[ast.arg]:
    """Return all parameters of a function."""
    found = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return found + [one for one in (node.args.vararg, node.args.kwarg) if one is not None]


def taken(nodes: Iterable[ast.AST], before: Collection[str] = (), late: Collection[str] = ()) -> list[ast.Name]:
    """Return the places where names are read that none of the given code binds.

    `before` are names bound by what ran before; bodies of functions run later and see `late`, too.
    """
    finder = _Finder(set(before), set(late))
    for node in nodes:
        finder.visit(node)
    return finder.found


class _Finder(ast.NodeVisitor):
    def __init__(self, before: set[str], late: set[str]) -> None:
        self.found: list[ast.Name] = []
        self._late = late
        self._scopes: list[tuple[set[str], str]] = [(before, "body")]

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load) and not self._is_bound(node.id):
                self.found.append(node)
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            self._definition(node)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node)
        else:
            self.generic_visit(node)

    def _is_bound(self, name: str) -> bool:
        later = False
        for place, (names, kind) in enumerate(reversed(self._scopes)):
            if name in names and (kind != "class" or place == 0):
                return True
            later = later or kind == "function"
        return later and name in self._late

    def _inner(self, names: set[str], kind: str, nodes: Sequence[ast.AST]) -> None:
        self._scopes.append((names, kind))
        for node in nodes:
            self.visit(node)
        self._scopes.pop()

    def _definition(self, node: ast.AST) -> None:
        for outside in _outside(node):
            self.visit(outside)
        if isinstance(node, ast.Lambda):
            self._inner({one.arg for one in parameters(node)} | bound([node.body]), "function", [node.body])
        elif isinstance(node, _FUNCTIONS):
            self._inner({one.arg for one in parameters(node)} | bound(node.body), "function", node.body)
        elif isinstance(node, ast.ClassDef):
            self._inner(bound(node.body), "class", node.body)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)
        names = bound(one.target for one in node.generators)
        rest: list[ast.AST] = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for place, one in enumerate(node.generators):
            rest += [*([one.iter] if place else []), *one.ifs]
        self._inner(names, "comprehension", rest)
