"""Reads from a module's text what parameters without hints are used as; the module is loaded, nothing is called."""

from __future__ import annotations

import ast
import copy
import inspect
import re
from collections.abc import Iterator
from typing import Any

from aigc_plugins.behaviour.hints import guesses
from aigc_plugins.behaviour.inside.kinds import ANY, Kind
from aigc_plugins.testgen.inside.generate_kinds import kind_for

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_MOST_KINDS = 8
_WORDS = {"int": int, "integer": int, "str": str, "string": str, "bool": bool, "boolean": bool, "float": float,
          "list": list, "dict": dict, "tuple": tuple, "bytes": bytes, "callable": type(len), "set": set}  # fmt: skip


class Usage:
    """What a module's functions do with their parameters. `known` are classes beside its own that may be meant."""

    def __init__(self, tree: ast.Module, names: dict[str, Any], known: list[type]) -> None:
        self._names = names
        self.functions: dict[str, FunctionNode] = {}
        self._holders: dict[str, ast.ClassDef] = {}
        self._collect(tree, "", None)
        self._whole: dict[tuple[str, str], FunctionNode] = {}
        self._attributes = {one: frozenset(dir(one)) | self._assigned(one) for one in known}

    def _collect(self, node: ast.AST, prefix: str, holder: ast.ClassDef | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, FunctionNode):
                self.functions.setdefault(prefix + child.name, child)
                if holder is not None:
                    self._holders[prefix + child.name] = holder
            elif isinstance(child, ast.ClassDef):
                self._collect(child, f"{prefix}{child.name}.", child)
            elif not isinstance(child, ast.expr):
                self._collect(child, prefix, holder)

    def _assigned(self, one: type) -> frozenset[str]:
        """Return the attributes that methods in this module's text give to instances."""
        found = set()
        for name, holder in self._holders.items():
            if name.rpartition(".")[0] in {base.__qualname__ for base in one.__mro__}:
                found |= {
                    node.attr
                    for node in ast.walk(holder)
                    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is(node.value, "self")
                }
        return frozenset(found)

    def settable(self, cls: type) -> dict[str, Kind]:
        """Return the public attributes that a constructor only gives a constant: users may set them, too."""
        found: dict[str, Kind] = {}
        for base in cls.__mro__:
            node = self.functions.get(f"{base.__qualname__}.__init__")
            for one in ast.walk(node) if node is not None and vars(base).get("__init__") else ():
                match one:
                    case ast.Assign(
                        targets=[ast.Attribute(value=ast.Name(id="self"), attr=name)], value=ast.Constant()
                    ):
                        if not name.startswith("_"):
                            value = one.value.value  # type: ignore[attr-defined]
                            found.setdefault(name, kind_for(type(value)) if value is not None else ANY)
        return found

    def kinds(self, function: str, parameter: str, depth: int = 0) -> list[Kind]:
        """Return what a parameter may be, the likeliest first; empty where nothing tells."""
        node = self.functions.get(function)
        if node is None:
            return []
        node = self._with_attributes(function, node, parameter)
        found = [*self._checked(node, parameter), *self._documented(node, parameter)]
        if depth < 2:
            found += self._passed_on(function, node, parameter, depth)
        found += self._keys(node, parameter)
        found += self._owners(node, parameter)
        return list(dict.fromkeys(found))[:_MOST_KINDS]

    def guessed(self, function: str, parameter: str) -> list[Kind]:
        """Return what the parameter's name and the operators around it suggest."""
        node = self.functions.get(function)
        if node is None:
            return []
        found = guesses(self._with_attributes(function, node, parameter)).get(parameter, [])
        return [tupled(one) for one in found]

    def _with_attributes(self, function: str, node: FunctionNode, parameter: str) -> FunctionNode:
        key = (function, parameter)
        if key not in self._whole:
            self._whole[key] = self._extended(function, node, parameter)
        return self._whole[key]

    def _extended(self, function: str, node: FunctionNode, parameter: str) -> FunctionNode:
        """Return the function, with what the methods of its class do to an attribute that only holds the parameter."""
        holder = self._holders.get(function)
        attributes = {
            target.attr
            for one in ast.walk(node)
            if isinstance(one, ast.Assign) and _is(one.value, parameter)
            for target in one.targets
            if isinstance(target, ast.Attribute) and _is(target.value, "self")
        }
        if holder is None or not attributes:
            return node
        whole = copy.copy(node)
        whole.body = list(node.body)
        for method in holder.body:
            if isinstance(method, FunctionNode) and method.name != node.name and _holds(method, attributes):
                renamed = _Renamed(attributes, parameter).visit(copy.deepcopy(method))
                whole.body += renamed.body
        return whole

    def _checked(self, node: FunctionNode, parameter: str) -> Iterator[Kind]:
        for one in ast.walk(node):
            match one:
                case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[ast.Name(id=used), classes]):
                    if used == parameter:
                        yield from self._classes(classes, one.func.id == "issubclass")  # type: ignore[attr-defined]
                case ast.MatchClass(cls=cls):
                    yield from self._classes(cls, False)
                case ast.Compare(left=ast.Call(func=ast.Name(id="type"), args=[ast.Name(id=used)]), comparators=others):
                    if used == parameter:
                        for other in others:
                            yield from self._classes(other, False)

    def _classes(self, node: ast.expr, themselves: bool) -> Iterator[Kind]:
        for part in node.elts if isinstance(node, ast.Tuple) else [node]:
            value = self._value(part)
            for one in value if isinstance(value, tuple) else (value,):
                if inspect.isclass(one):
                    yield ("class", one) if themselves else kind_for(one)

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            builtins = self._names.get("__builtins__", {})
            return self._names.get(node.id, vars(builtins).get(node.id) if inspect.ismodule(builtins)
                                   else builtins.get(node.id))  # fmt: skip
        if isinstance(node, ast.Attribute):
            holder = self._value(node.value)
            return inspect.getattr_static(holder, node.attr, None) if holder is not None else None
        return None

    def _documented(self, node: FunctionNode, parameter: str) -> Iterator[Kind]:
        text = ast.get_docstring(node) or ""
        name = re.escape(parameter)
        for pattern in (
            rf":param\s+(\w+)\s+{name}\s*:",
            rf":type\s+{name}\s*:\s*(\w+)",
            rf"\b{name}\s*(?:\(|:)\s*(\w+)",
        ):
            for word in re.findall(pattern, text):
                if word.lower() in _WORDS:
                    yield kind_for(_WORDS[word.lower()])

    def _passed_on(self, function: str, node: FunctionNode, parameter: str, depth: int) -> Iterator[Kind]:
        prefix = function.rpartition(".")[0]
        for call in ast.walk(node):
            if not isinstance(call, ast.Call):
                continue
            called = self._called(call.func, prefix)
            inner = self.functions.get(called)
            if inner is None or called == function:
                continue
            names = [one.arg for one in (*inner.args.posonlyargs, *inner.args.args)]
            names = names[1:] if names[:1] in (["self"], ["cls"]) else names
            for name, given in (*zip(names, call.args, strict=False), *((one.arg, one.value) for one in call.keywords)):
                if name and _is(given, parameter):
                    yield from self._of_other(called, inner, name, depth)

    def _of_other(self, called: str, inner: FunctionNode, name: str, depth: int) -> Iterator[Kind]:
        every = (*inner.args.posonlyargs, *inner.args.args, *inner.args.kwonlyargs)
        annotated = next((one.annotation for one in every if one.arg == name), None)
        if annotated is not None:
            value = self._value(annotated)
            if value is not None:
                yield kind_for(value)
        yield from self.kinds(called, name, depth + 1)
        yield from self.guessed(called, name)[:2]

    def _called(self, function: ast.expr, prefix: str) -> str:
        match function:
            case ast.Name(id=name):
                return name if name in self.functions else f"{name}.__init__"
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                return f"{prefix}.{name}"
            case ast.Attribute(value=ast.Name(id=holder), attr=name):
                return f"{holder}.{name}"
        return ""

    def _keys(self, node: FunctionNode, parameter: str) -> Iterator[Kind]:
        keys = tuple(dict.fromkeys(keys_of(node, parameter)))
        if keys:
            yield ("keys", keys)

    def _owners(self, node: FunctionNode, parameter: str) -> Iterator[Kind]:
        used = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute) and _is(one.value, parameter)}
        wanted = parameter.replace("_", "").lower()
        if used:
            fitting = [one for one, names in self._attributes.items() if used <= names]
            fitting.sort(key=lambda one: (one.__name__.lower() not in wanted, len(dir(one)), one.__qualname__))
            yield from (("object", one) for one in fitting[:3])
        else:
            named = [one for one in self._attributes if len(one.__name__) > 2 and one.__name__.lower() == wanted]
            yield from (("object", one) for one in named[:2])


def keys_of(node: ast.AST, parameter: str) -> Iterator[str]:
    """Yield the constant keys that code looks up in a parameter."""
    for one in ast.walk(node):
        match one:
            case ast.Subscript(value=ast.Name(id=used), slice=ast.Constant(value=str(key))) if used == parameter:
                yield key
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=used), attr="get" | "pop" | "setdefault"),
                args=[ast.Constant(value=str(key)), *_],
            ) if used == parameter:
                yield key
            case ast.Compare(left=ast.Constant(value=str(key)), ops=[ast.In() | ast.NotIn()], comparators=[other]):
                if _is(other, parameter):
                    yield key


def tupled(kind: Any) -> Any:
    """Return a kind as it is after JSON as tuples."""
    return tuple(tupled(one) for one in kind) if isinstance(kind, list | tuple) else kind


def _holds(node: ast.AST, attributes: set[str]) -> bool:
    return any(isinstance(one, ast.Attribute) and one.attr in attributes for one in ast.walk(node))


class _Renamed(ast.NodeTransformer):
    def __init__(self, attributes: set[str], name: str) -> None:
        self._attributes, self._name = attributes, name

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Put the parameter for an attribute that holds it."""
        if node.attr in self._attributes and _is(node.value, "self"):
            return ast.copy_location(ast.Name(self._name, node.ctx), node)
        self.generic_visit(node)
        return node


def _is(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
