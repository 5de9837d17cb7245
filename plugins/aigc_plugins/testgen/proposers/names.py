"""Reads which names code uses, where they come from, and writes code with the names of the module under test bare."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from aigc_plugins.testgen.analysis.definitions import dotted

AnyNode = TypeVar("AnyNode", bound=ast.AST)


@dataclass(slots=True)
class Names:
    """The names that a file has by its imports.

    `bare` are those of the module under test by the file's own names for them, `modules` the names of that module,
    `imports` for all others the statement that imports them.
    """

    bare: dict[str, str] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)
    imports: dict[str, str] = field(default_factory=dict)

    def add(self, more: Names) -> None:
        """Take in names that later imports give."""
        self.bare |= more.bare
        self.modules |= more.modules
        self.imports |= more.imports


def names_of(tree: ast.AST, module: str, defined: frozenset[str], package: str = "") -> Names:
    """Return the names that the imports in a file give; it lies in `package`, and `module` defines `defined`."""
    found = Names()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == module:
                    found.modules.add(alias.asname or alias.name)
                else:
                    bound = alias.asname or alias.name.partition(".")[0]
                    found.imports[bound] = ast.unparse(ast.Import([alias]))
        elif isinstance(node, ast.ImportFrom):
            _from(node, module, defined, package, found)
    return found


def _from(node: ast.ImportFrom, module: str, defined: frozenset[str], package: str, found: Names) -> None:
    base = node.module or ""
    if node.level:
        parts = package.split(".") if package else []
        if len(parts) < node.level:
            return
        base = ".".join([*parts[: len(parts) - node.level + 1], *([base] if base else [])])
    for alias in node.names:
        bound = alias.asname or alias.name
        if f"{base}.{alias.name}" == module:
            found.modules.add(bound)
        elif base == module and alias.name == "*":
            found.bare |= {name: name for name in defined if not name.startswith("_")}
        elif (base == module or module.startswith(f"{base}.")) and alias.name in defined:
            found.bare[bound] = alias.name
        elif alias.name != "*" and base and base != "__future__":
            found.imports[bound] = ast.unparse(ast.ImportFrom(base, [alias], 0))


def package_of(path: Path, name: str) -> str:
    """Return the package that a module with this name lies in, empty for none."""
    return name if path.stem == "__init__" else name.rpartition(".")[0]


class _Bare(ast.NodeTransformer):
    def __init__(self, names: Names, defined: frozenset[str], strict: bool) -> None:
        self._names, self._defined, self._strict = names, defined, strict

    def visit_Name(self, node: ast.Name) -> ast.AST:
        name = self._names.bare.get(node.id, "")
        if not name:
            name = f"{node.id}_" if self._strict and node.id in self._defined else node.id
        return ast.copy_location(ast.Name(name, node.ctx), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if (
            node.attr in self._defined
            and not isinstance(node.value, ast.Call)
            and dotted(node.value) in self._names.modules
        ):
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return self.generic_visit(node)


def bare(node: AnyNode, names: Names, defined: frozenset[str], *, strict: bool = False) -> AnyNode:
    """Return a copy of code in which what comes from the module under test stands by its bare name.

    With `strict`, what only has the same name as something of the module gets another one.
    """
    return made_bare(copy.deepcopy(node), names, defined, strict=strict)


def made_bare(node: AnyNode, names: Names, defined: frozenset[str], *, strict: bool = False) -> AnyNode:
    """Change code as `bare` does, in its place."""
    changed: AnyNode = _Bare(names, defined, strict).visit(node)
    return changed


class _Substituted(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in self._values:
            return ast.copy_location(copy.deepcopy(self._values[node.id]), node)
        return node


def substituted(node: AnyNode, values: Mapping[str, ast.expr]) -> AnyNode:
    """Return a copy of code with values in the place of names."""
    changed: AnyNode = _Substituted(values).visit(copy.deepcopy(node))
    return changed


def free(node: ast.AST) -> set[str]:
    """Return the names that code reads without binding them itself; names in comprehensions and lambdas are its own."""
    own: set[str] = set()
    for one in ast.walk(node):
        if isinstance(one, ast.comprehension):
            own |= bound(one.target)
        elif isinstance(one, ast.Lambda):
            own |= {argument.arg for argument in ast.walk(one.args) if isinstance(argument, ast.arg)}
        elif isinstance(one, ast.NamedExpr):
            own.add(one.target.id)
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            own |= {argument.arg for argument in ast.walk(one.args) if isinstance(argument, ast.arg)}
            own |= {name for statement in one.body for name in _stored(statement)}
    used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        used.add(node.target.id)
    return used - own


def bound(node: ast.AST) -> set[str]:
    """Return the names that code binds."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return _stored(node)


def _stored(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def root(node: ast.expr) -> str:
    """Return the name at the start of `a.b[0].c()`, empty where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call | ast.Starred):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def changes(node: ast.stmt, names: Iterable[str]) -> bool:
    """Tell whether a statement binds one of these names, or may change what it stands for."""
    wanted = set(names)
    if bound(node) & wanted:
        return True
    match node:
        case ast.AugAssign(target=target):
            return root(target) in wanted
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return any(root(one) in wanted for one in targets if not isinstance(one, ast.Tuple))
        case (
            ast.Expr(value=ast.Call(func=function, args=given))
            | ast.Expr(value=ast.Await(value=ast.Call(func=function, args=given)))
        ):
            if root(function) in wanted and isinstance(function, ast.Attribute):
                return True
            plain = isinstance(function, ast.Name) and function.id in ("print", "repr", "len", "isinstance")
            return not plain and any(isinstance(one, ast.Name) and one.id in wanted for one in given)
        case ast.For() | ast.While() | ast.If() | ast.With() | ast.Try():
            return any(changes(one, wanted) for one in _inner(node))
    return False


def _inner(node: ast.stmt) -> Sequence[ast.stmt]:
    return [one for part in ("body", "orelse", "finalbody") for one in getattr(node, part, ())]
