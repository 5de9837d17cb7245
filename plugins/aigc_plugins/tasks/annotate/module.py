"""A Python file as annotating needs it: its functions and classes, what its names are, where each is bound."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@dataclass(slots=True)
class ClassInfo:
    """A class: the annotated types of its attributes, what is assigned to `self.NAME`, its methods."""

    node: ast.ClassDef
    attributes: dict[str, str] = field(default_factory=dict)
    assigned: dict[str, list[tuple[Function, ast.expr]]] = field(default_factory=dict)
    methods: dict[str, Function] = field(default_factory=dict)


@dataclass(slots=True)
class Module:
    """What is known of a file. `bound` are its own names with the line of their first binding.

    `types` are those of them that may name a type (classes, imports, aliases), `checking` those that exist for type
    checkers only. `owners` tells the class of a method, by the node's identity.
    """

    tree: ast.Module
    functions: dict[str, Function] = field(default_factory=dict)
    classes: dict[str, ClassInfo] = field(default_factory=dict)
    bound: dict[str, int] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)
    modules: dict[str, str] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)
    checking: set[str] = field(default_factory=set)
    owners: dict[int, ClassInfo] = field(default_factory=dict)
    future: bool = False


def read_module(text: str) -> Module:
    """Read a file's text.

    Raises:
        SyntaxError: it is no Python, or of a version that this one does not know.
        ValueError: it holds a null character.
    """
    module = Module(ast.parse(text))
    for statement, checking in _statements(module.tree.body, False):
        _bind(module, statement, checking)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef):
            info = _class(node)
            if module.classes.get(node.name) is None and node in module.tree.body:
                module.classes[node.name] = info
            for method in info.methods.values():
                module.owners[id(method)] = info
    return module


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies in a function's body, without what is in functions and classes inside of it."""
    waiting: list[ast.AST] = list(getattr(function, "body", []))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, _SCOPES):
            waiting[:0] = list(ast.iter_child_nodes(node))


def parameters_of(function: Function | ast.Lambda) -> list[ast.arg]:
    """Return all parameters of a function, `*args` and `**kwargs` included, in the order of the text."""
    args = function.args
    middle = [args.vararg] if args.vararg is not None else []
    last = [args.kwarg] if args.kwarg is not None else []
    return [*args.posonlyargs, *args.args, *middle, *args.kwonlyargs, *last]


def decorators(function: Function) -> set[str]:
    """Return the last names of a function's decorators: `overload` for `@typing.overload`."""
    found = set()
    for one in function.decorator_list:
        node = one.func if isinstance(one, ast.Call) else one
        found.add(node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", ""))
    return found


def _statements(body: list[ast.stmt], checking: bool) -> Iterator[tuple[ast.stmt, bool]]:
    for statement in body:
        yield statement, checking
        if isinstance(statement, ast.If):
            yield from _statements(statement.body, checking or "TYPE_CHECKING" in ast.unparse(statement.test))
            yield from _statements(statement.orelse, checking)
        elif isinstance(statement, ast.Try):
            handlers = [inner for handler in statement.handlers for inner in handler.body]
            yield from _statements([*statement.body, *handlers, *statement.orelse, *statement.finalbody], checking)


def _bind(module: Module, statement: ast.stmt, checking: bool) -> None:
    names: list[str] = []
    is_type = False
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
        names = [statement.name]
        if statement.name in module.functions or statement.name in module.bound:
            module.functions.pop(statement.name, None)  # which of them is called, is not known
        else:
            module.functions[statement.name] = statement
    elif isinstance(statement, ast.ClassDef):
        names, is_type = [statement.name], True
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        names, is_type = _imports(module, statement), isinstance(statement, ast.ImportFrom)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        is_type = isinstance(statement.value, ast.Subscript | ast.BinOp) or _makes_type(statement.value)
    for name in names:
        module.bound.setdefault(name, statement.lineno)
        if is_type:
            module.types.add(name)
        if checking:
            module.checking.add(name)


def _makes_type(value: ast.expr | None) -> bool:
    name = ast.unparse(value.func).rpartition(".")[2] if isinstance(value, ast.Call) else ""
    return name in ("NewType", "namedtuple", "NamedTuple", "TypedDict", "Enum", "type")


def _imports(module: Module, statement: ast.Import | ast.ImportFrom) -> list[str]:
    names = []
    for alias in statement.names:
        name = alias.asname or alias.name
        if isinstance(statement, ast.Import):
            module.modules[alias.asname or alias.name.partition(".")[0]] = alias.name
            names.append(name.partition(".")[0])
            continue
        origin = "." * statement.level + (statement.module or "")
        module.imported[name] = f"{origin}.{alias.name}"
        module.future = module.future or (origin == "__future__" and alias.name == "annotations")
        if origin != "__future__":
            names.append(name)
    return names


def _class(node: ast.ClassDef) -> ClassInfo:
    info = ClassInfo(node)
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            info.attributes[statement.target.id] = ast.unparse(statement.annotation)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            info.methods[statement.name] = statement
            _attributes(info, statement)
    return info


def _attributes(info: ClassInfo, method: Function) -> None:
    names = parameters_of(method)
    owner = names[0].arg if names else ""
    for node in own_nodes(method):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if not (isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)):
                continue
            if target.value.id != owner:
                continue
            if isinstance(node, ast.AnnAssign):
                info.attributes[target.attr] = ast.unparse(node.annotation)
            elif isinstance(node, ast.Assign):
                info.assigned.setdefault(target.attr, []).append((method, node.value))
            else:  # `for self.x in …`, `self.x += …`
                unknown = ast.Name("?")
                info.assigned.setdefault(target.attr, []).append((method, unknown))
