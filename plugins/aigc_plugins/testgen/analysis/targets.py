"""Makes targets of what a module defines. Which of them tests are wanted of is chosen elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from aigc_plugins.behaviour.effects import Effects
from aigc_plugins.testgen.analysis import functions
from aigc_plugins.testgen.analysis.classes import Classes
from aigc_plugins.testgen.analysis.definitions import (
    ClassFound,
    Definitions,
    FunctionFound,
    FunctionNode,
    decorators,
    definitions,
    last_part,
    statements,
)
from aigc_plugins.testgen.analysis.untestable import Outside
from aigc_plugins.testgen.scenario import Parameter, Target, TargetKind

# Python itself calls these while it makes classes and instances, or when it likes.
_NOT_CALLED = frozenset(
    ("__init__", "__new__", "__post_init__", "__init_subclass__", "__class_getitem__", "__del__", "__set_name__",
     "__subclasshook__", "__prepare__", "__attrs_post_init__")
)  # fmt: skip
_MAKING = ("__init__", "__new__", "__post_init__", "__attrs_post_init__")
_PROPERTIES = ("property", "cached_property", "abstractproperty", "lazy_property", "reify", "DynamicClassAttribute")
_IMPLICIT_CLASS = ("__init_subclass__", "__class_getitem__")


@dataclass(frozen=True, slots=True)
class Found:
    """A target with the lines [first, last] that belong to it, and the qualified names of what it may call."""

    target: Target
    spans: tuple[tuple[int, int], ...]
    calls: frozenset[str]

    @property
    def private(self) -> bool:
        """Whether its name says that others should not use it."""
        return any(part.startswith("_") and not is_dunder(part) for part in self.target.name.split("."))


def is_dunder(name: str) -> bool:
    """Tell whether a name is one of Python's own, as `__len__`."""
    return name.startswith("__") and name.endswith("__") and len(name) > 4


class Targets:
    """The targets of a module, in the order of its text."""

    def __init__(self, tree: ast.Module) -> None:
        self._constants = _constants(tree)
        self._defined = definitions(tree.body)
        self._nodes: dict[str, FunctionNode] = {}
        self._all: dict[str, ClassFound] = {}
        self._gather(self._defined)
        self.classes = Classes(self._all)
        self._effects = Effects(tree)
        self._outside = Outside(_imported(tree), self._nodes)

    def found(self) -> list[Found]:
        """Return all of them, private ones too."""
        made = [
            *self._of_functions(self._defined),
            *(one for each in self._all.values() for one in self._of_class(each)),
        ]
        return sorted(made, key=lambda one: (one.target.line, one.target.name))

    def _gather(self, defined: Definitions | ClassFound) -> None:
        self._nodes |= {found.name: found.node for found in defined.functions.values()}
        for found in defined.classes.values():
            self._all[found.name] = found
            self._gather(found)
            maker = next((found.functions[name] for name in _MAKING if name in found.functions), None)
            if maker is not None:
                self._nodes[found.name] = maker.node

    def _of_functions(self, defined: Definitions) -> Iterator[Found]:
        for found in defined.functions.values():
            if not is_dunder(found.name):
                yield self._function(found, "function")

    def _of_class(self, found: ClassFound) -> Iterator[Found]:
        kind = self.classes.kind(found)
        if kind == "typed dict":
            return
        reason = f"{found.name} is a protocol" if kind == "protocol" else ""
        if self.classes.is_own(found) and not reason:
            yield self._constructor(found)
        for name, function in found.functions.items():
            if name not in _NOT_CALLED and (is_dunder(name) or not name.startswith("__")):
                yield self._function(function, _kind(function.node), reason)

    def _function(self, found: FunctionFound, kind: TargetKind, reason: str = "") -> Found:
        node = found.node
        calls = functions.called(node, found.name)
        helpers = [self._nodes[one] for one in calls if one in self._nodes]
        given = () if kind == "property" else functions.parameters(node, bound=kind in ("method", "classmethod"))
        spans = tuple(_span(one) for one in (node, *found.more))
        return Found(
            Target(
                found.name, kind, *spans[0], given, functions.annotation(node.returns),
                asynchronous=isinstance(node, ast.AsyncFunctionDef),
                generator=functions.is_generator(node),
                literals=functions.literals([node, *found.more, *helpers], self._constants),
                raises=self._raises([node, *found.more, *helpers]),
                effects=self._effects.of(found.name.split(".")),
                untestable=reason or self._outside.reason(found.name),
            ),
            spans,
            frozenset(calls),
        )  # fmt: skip

    def _constructor(self, found: ClassFound) -> Found:
        makers = [found.functions[name] for name in _MAKING if name in found.functions]
        nodes = [one.node for one in makers]
        calls = {call for one in makers for call in functions.called(one.node, one.name)}
        helpers = [self._nodes[one] for one in sorted(calls) if one in self._nodes and self._nodes[one] not in nodes]
        spans = tuple(map(_span, nodes)) or (_head(found.node),)
        abstract = f"{found.name} is abstract" if self.classes.is_abstract(found) else ""
        effects = [self._effects.of(one.name.split(".")) for one in makers]
        return Found(
            Target(
                found.name, "constructor", *spans[0], self._parameters(found), found.name,
                literals=functions.literals([*nodes, *helpers], self._constants),
                raises=self._raises([*nodes, *helpers]),
                effects=next(filter(None, effects), ""),
                untestable=abstract or self._outside.reason(found.name),
            ),
            (*spans, _head(found.node)),
            frozenset(calls),
        )  # fmt: skip

    def _parameters(self, found: ClassFound) -> tuple[Parameter, ...]:
        given = self.classes.constructor(found)
        return (Parameter("args", star="*"),) if given is None else given

    def _raises(self, nodes: list[FunctionNode]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for node in nodes for name in functions.raised(node)))


def _kind(node: FunctionNode) -> TargetKind:
    names = {last_part(one) for one in decorators(node)}
    if names & set(_PROPERTIES):
        return "property"
    if names & {"classmethod", "abstractclassmethod"} or node.name in _IMPLICIT_CLASS:
        return "classmethod"
    return "staticmethod" if names & {"staticmethod", "abstractstaticmethod"} else "method"


def _span(node: FunctionNode) -> tuple[int, int]:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return first, node.end_lineno or node.lineno


def _head(node: ast.ClassDef) -> tuple[int, int]:
    """Return the lines of a class down to its first function or class: its decorators, bases and fields."""
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    last = node.lineno
    for one in node.body:
        if isinstance(one, FunctionNode | ast.ClassDef):
            break
        last = one.end_lineno or one.lineno
    return first, last


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the values of a module's variables as they are written, those of their names that are bound once."""
    found: dict[str, ast.expr] = {}
    for node in statements(tree.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                found[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                found[name] = value
    return found


def _imported(tree: ast.Module) -> dict[str, str]:
    """Return for each imported name what it stands for: `{"req": "urllib.request", "run": "subprocess.run"}`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                found[one.asname or one.name.partition(".")[0]] = one.name if one.asname else one.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found
