"""Writes how an object that knows equality could be made again: from its fields, its repr, its signature, its text.

An expression counts only if it evaluates to an object of the same class that is equal, and unequal to others.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.inside.names import Names, UnwritableError

if TYPE_CHECKING:
    from aigc_plugins.testgen.inside.source import Source

_LONGEST = 500
_TAKES_ANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def construction(value: Any, source: Source, exact: bool) -> str:
    """Return an expression that makes an equal object.

    Raises:
        UnwritableError: none was found.
    """
    kind = type(value)
    if not knows_equality(kind):
        raise UnwritableError(f"{kind.__name__} knows no equality")
    for way in (_from_fields, _from_repr, _from_signature, _from_text):
        for right in (exact, True) if way is _from_fields and not exact else (True,):
            try:
                text = way(value, source, right)
                if text and len(text) <= _LONGEST and source.lasting(text) and _makes(text, value, source.names):
                    return text
            except Exception:  # noqa: S112 - any code of the class may run here: then it is not this way
                continue
    raise UnwritableError(f"no expression makes this {kind.__name__}")


def knows_equality(kind: type) -> bool:
    """Tell whether a class says itself when its objects are equal."""
    return getattr(kind, "__eq__", None) is not object.__eq__


def _equals_anything(value: Any) -> bool:
    return bool(value == object())


def _makes(text: str, value: Any, names: Names) -> bool:
    scope = dict(names.namespace)
    if "pytest" in text:
        import pytest

        scope["pytest"] = pytest
    made = eval(text, scope)  # noqa: S307
    return type(made) is type(value) and bool(value == made) and bool(made == value) and not _equals_anything(value)


def _from_fields(value: Any, source: Source, exact: bool) -> str:
    """Dataclasses, named tuples, classes of attrs: each field by its name, defaults left out."""
    kind, given = type(value), []
    for name, attribute, default in _fields(value):
        one = getattr(value, attribute)
        if default is not inspect.Parameter.empty and type(default) is type(one) and default == one:
            continue
        given.append(f"{name}={source.inner(one, exact)}")
    return f"{source.names.of(kind)}({', '.join(given)})"


def _fields(value: Any) -> Iterator[tuple[str, str, Any]]:
    empty = inspect.Parameter.empty
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if field.init:
                yield field.name, field.name, empty if field.default is dataclasses.MISSING else field.default
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        for name in value._fields:
            yield name, name, empty
    elif hasattr(type(value), "__attrs_attrs__"):
        for one in type(value).__attrs_attrs__:
            if one.init:
                yield getattr(one, "alias", None) or one.name.lstrip("_"), one.name, empty
    else:
        raise UnwritableError("no fields")


def _from_repr(value: Any, source: Source, exact: bool) -> str:
    """A repr that is an expression, its names replaced by what they are called in the test."""
    text = repr(value)
    if len(text) > _LONGEST:
        return ""
    tree = ast.parse(text, mode="eval")
    home = vars(sys.modules[type(value).__module__])
    return ast.unparse(ast.fix_missing_locations(_Renamer(type(value), home, source.names).visit(tree)))


class _Renamer(ast.NodeTransformer):
    """Puts the test's names in place of those that a repr has."""

    def __init__(self, kind: type, home: dict[str, Any], names: Names) -> None:
        self._kind, self._home, self._names = kind, home, names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._named(node, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._named(node, ast.unparse(node))

    def visit_keyword(self, node: ast.keyword) -> ast.keyword:
        node.value = self.visit(node.value)
        return node

    def _named(self, node: ast.expr, dotted: str) -> ast.expr:
        if dotted in (self._kind.__name__, self._kind.__qualname__):
            return ast.parse(self._names.of(self._kind), mode="eval").body
        found = self._looked_up(dotted)
        try:
            return ast.parse(self._names.of(found), mode="eval").body
        except UnwritableError:  # `datetime.timezone.utc`: what it is an attribute of has a name
            if isinstance(node, ast.Attribute):
                node.value = self._named(node.value, ast.unparse(node.value))
                return node
            raise

    def _looked_up(self, dotted: str) -> Any:
        first, *rest = dotted.split(".")
        for thing in (self._home.get(first), sys.modules.get(first), self._names.namespace.get(first), _builtin(first)):
            for name in rest:
                thing = getattr(thing, name, None)
            if thing is not None:
                return thing
        raise UnwritableError(dotted)


def _builtin(name: str) -> Any:
    import builtins

    return getattr(builtins, name, None)


def _from_signature(value: Any, source: Source, exact: bool) -> str:
    """Parameters of the constructor that the object has attributes of, `name` or `_name`."""
    given: list[str] = []
    in_order = True
    for name, one in inspect.signature(type(value)).parameters.items():
        if one.kind in _TAKES_ANY:
            continue
        attribute = next(key for key in (name, f"_{name}") if hasattr(value, key))
        held = getattr(value, attribute)
        if one.default is not one.empty and type(one.default) is type(held) and one.default == held:
            in_order = False
            continue
        text = source.inner(held, exact)
        in_order = in_order and one.kind is not one.KEYWORD_ONLY
        given.append(text if in_order and (not given or one.kind is one.POSITIONAL_ONLY) else f"{name}={text}")
    return f"{source.names.of(type(value))}({', '.join(given)})"


def _from_text(value: Any, source: Source, exact: bool) -> str:
    """The constructor takes the object's own text: versions, addresses, numbers."""
    if not str(value) or hasattr(type(value), "__iter__"):
        return ""
    return f"{source.names.of(type(value))}({source.inner(str(value), True)})"
