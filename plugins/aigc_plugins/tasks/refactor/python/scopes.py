"""Which binding each name of a Python module means, by the language's rules for scopes. It knows no attributes."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TypeAlias

from aigc_plugins.tasks.refactor.python.errors import RefusedError

_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_STORES = (ast.Store, ast.Del)


@dataclass(eq=False)
class Scope:
    """A module, class, function, lambda or comprehension, and the names that it binds."""

    node: ast.AST
    parent: Scope | None
    number: int
    bound: set[str] = field(default_factory=set)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)

    @property
    def is_class(self) -> bool:
        """Whether names bound here are unseen from functions inside."""
        return isinstance(self.node, ast.ClassDef)


@dataclass(frozen=True, eq=False)
class Occurrence:
    """A name at a node; `stores` where it gets or loses a value there, `declares` for `global` and `nonlocal`."""

    node: ast.AST
    name: str
    scope: Scope
    stores: bool
    declares: bool = False


class Scopes(ast.NodeVisitor):
    """All names of a module in the order of the tree."""

    def __init__(self, tree: ast.Module) -> None:
        self.all: list[Scope] = []
        self.occurrences: list[Occurrence] = []
        self.scope = self._new(tree, None)
        self.module = self.scope
        self.visit_block(tree.body)

    def of(self, node: ast.AST) -> Scope:
        """Return the scope that a node opens."""
        return next(scope for scope in self.all if scope.node is node)

    def binding(self, occurrence: Occurrence) -> Scope:
        """Return the scope whose binding a name means; the module's for globals and builtins."""
        return self.seen_from(occurrence.scope, occurrence.name)

    def seen_from(self, scope: Scope, name: str) -> Scope:
        """Return the scope whose binding a name means that is written in `scope`."""
        if name in scope.global_names:
            return self.module
        if name not in scope.nonlocal_names and name in scope.bound:
            return scope
        outer = scope.parent
        while outer is not None and (outer.is_class or name not in outer.bound or name in outer.nonlocal_names):
            if not outer.is_class and name in outer.global_names:
                return self.module
            outer = outer.parent
        return outer if outer is not None else self.module

    def signature(self) -> list[tuple[str, int]]:
        """Return each name with the number of the scope that it means: what a refactoring may not change."""
        return [(one.name, self.binding(one).number) for one in self.occurrences]

    def meaning(self, name: str, scope: Scope) -> list[Occurrence]:
        """Return every place that means the binding of `name` in `scope`."""
        return [one for one in self.occurrences if one.name == name and self.binding(one) is scope]

    # How the tree is walked

    def visit_block(self, body: list[ast.stmt]) -> None:
        """Visit statements."""
        for one in body:
            self.visit(one)

    def _new(self, node: ast.AST, parent: Scope | None) -> Scope:
        scope = Scope(node, parent, len(self.all))
        self.all.append(scope)
        return scope

    def _add(self, node: ast.AST, name: str, *, stores: bool) -> None:
        scope = self.scope
        if isinstance(node, ast.NamedExpr):  # binds around the comprehensions that it is in
            while isinstance(scope.node, _Comprehension) and scope.parent is not None:
                scope = scope.parent
        if stores and name not in scope.global_names and name not in scope.nonlocal_names:
            scope.bound.add(name)
        self.occurrences.append(Occurrence(node, name, scope, stores))

    def visit_Name(self, node: ast.Name) -> None:
        self._add(node, node.id, stores=isinstance(node.ctx, _STORES))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._add(node, node.target.id, stores=True)
        self.visit(node.value)

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.global_names.update(node.names)
        self.scope.bound.difference_update(node.names)
        self.module.bound.update(node.names)
        self._declared(node, node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.nonlocal_names.update(node.names)
        self.scope.bound.difference_update(node.names)
        self._declared(node, node.names)

    def _declared(self, node: ast.AST, names: list[str]) -> None:
        self.occurrences += [Occurrence(node, name, self.scope, stores=False, declares=True) for name in names]

    def visit_alias(self, node: ast.alias) -> None:
        if node.name != "*":
            self._add(node, node.asname or node.name.partition(".")[0], stores=True)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            self._add(node, node.name, stores=True)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name is not None:
            self._add(node, node.name, stores=True)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name is not None:
            self._add(node, node.name, stores=True)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest is not None:
            self._add(node, node.rest, stores=True)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        _no_type_parameters(node)
        self._add(node, node.name, stores=True)
        for one in node.decorator_list:
            self.visit(one)
        if node.returns is not None:
            self.visit(node.returns)
        self._inner(node, node.args, node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inner(node, node.args, [ast.Expr(node.body)])

    def _inner(self, node: ast.AST, given: ast.arguments, body: list[ast.stmt]) -> None:
        parameters = _parameters(given)
        for outside in (*given.defaults, *(one for one in given.kw_defaults if one is not None)):
            self.visit(outside)
        for one in parameters:
            if one.annotation is not None:
                self.visit(one.annotation)
        outer, self.scope = self.scope, self._new(node, self.scope)
        for one in parameters:
            self._add(one, one.arg, stores=True)
        self.visit_block(body)
        self.scope = outer

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        _no_type_parameters(node)
        self._add(node, node.name, stores=True)
        for one in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(one)
        outer, self.scope = self.scope, self._new(node, self.scope)
        self.visit_block(node.body)
        self.scope = outer

    def _comprehension(self, node: _Comprehension) -> None:
        first, *others = node.generators
        self.visit(first.iter)
        outer, self.scope = self.scope, self._new(node, self.scope)
        self.visit(first.target)
        for condition in first.ifs:
            self.visit(condition)
        for one in others:
            self.visit(one)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self.visit(part)
        self.scope = outer

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)


def _parameters(given: ast.arguments) -> list[ast.arg]:
    return [
        *given.posonlyargs,
        *given.args,
        *([given.vararg] if given.vararg else []),
        *given.kwonlyargs,
        *([given.kwarg] if given.kwarg else []),
    ]


def _no_type_parameters(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise RefusedError("Type parameters in brackets have scopes of their own, which are not supported.")
