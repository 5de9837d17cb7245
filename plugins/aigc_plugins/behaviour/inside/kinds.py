"""From type hints to kinds: how a value for a parameter is made, as nested tuples that begin with a word."""

from __future__ import annotations

import collections.abc
import datetime
import decimal
import enum
import fractions
import inspect
import io
import pathlib
import re
import types
import typing
from typing import Any

Kind = tuple[Any, ...]

ANY: Kind = ("any",)
_SIMPLE: dict[Any, Kind] = {
    int: ("int",), float: ("float",), str: ("str",), bool: ("bool",), bytes: ("bytes",), bytearray: ("bytearray",),
    complex: ("complex",), None: ("none",), type(None): ("none",), object: ANY, Any: ANY, range: ("range",),
    list: ("list", ANY), tuple: ("tuples", ANY), set: ("set", ("int",)), frozenset: ("frozenset", ("int",)),
    dict: ("dict", ("str",), ANY), pathlib.Path: ("path",), pathlib.PurePath: ("path",),
    pathlib.PurePosixPath: ("path",), datetime.date: ("date",), datetime.datetime: ("datetime",),
    datetime.timedelta: ("timedelta",), decimal.Decimal: ("decimal",), fractions.Fraction: ("fraction",),
    re.Pattern: ("pattern",), typing.TextIO: ("text file",), io.StringIO: ("text file",), typing.Hashable: ("str",),
    collections.abc.Callable: ("callable",), type: ("type",), collections.abc.Hashable: ("str",),
    collections.abc.Sized: ("list", ("int",)), typing.SupportsInt: ("int",), typing.SupportsFloat: ("float",),
}  # fmt: skip
_LISTS = ("Sequence", "MutableSequence", "Iterable", "Collection", "Container", "Reversible", "List", "list", "deque")
_DICTS = ("dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict")
_SETS = ("set", "Set", "AbstractSet", "MutableSet")


class UnknownKindError(Exception):
    """No value can be made for a hint."""


def kind_of(hint: Any, depth: int = 0) -> Kind:
    """Return the kind for a type hint. Raises UnknownKindError."""
    if depth > 6:
        return ANY
    with_hash = hint if isinstance(hint, collections.abc.Hashable) else None
    if with_hash in _SIMPLE:
        return _SIMPLE[with_hash]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return ("one of", *(kind_of(one, depth + 1) for one in arguments))
    if origin is typing.Literal:
        return ("literal", *arguments)
    if origin in (typing.Annotated, typing.Final, typing.ClassVar, typing.Required, typing.NotRequired):
        return kind_of(arguments[0], depth + 1)
    if isinstance(hint, typing.TypeVar):
        choices = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ is not None else (int,))
        return kind_of(choices[0], depth + 1)
    if isinstance(hint, typing.NewType):
        return kind_of(hint.__supertype__, depth + 1)
    if origin is not None:
        return _generic(origin, arguments, depth)
    if inspect.isclass(hint):
        return _of_class(hint, depth)
    raise UnknownKindError(f"no value can be made for the hint {hint!r}")


def _generic(origin: Any, arguments: tuple[Any, ...], depth: int) -> Kind:
    name = getattr(origin, "__name__", "")
    inner = [kind_of(one, depth + 1) for one in arguments if one is not Ellipsis and not isinstance(one, list)]
    if origin is tuple:
        return ("tuples", inner[0]) if Ellipsis in arguments else ("tuple", *inner)
    if name == "Callable":
        return ("callable",)
    if origin is type:
        return ("type",)
    if name in _DICTS:
        return ("dict", *(inner or [("str",), ANY]))
    if name in _SETS:
        return ("set", *inner)
    if name == "frozenset":
        return ("frozenset", *inner)
    if name in ("Iterator", "Generator"):
        return ("iterator", *inner[:1])
    if name == "Pattern":
        return ("pattern",)
    if name in ("IO", "TextIO"):
        return ("text file",)
    if name in _LISTS:
        return ("list", *inner)
    if inspect.isclass(origin):
        return _of_class(origin, depth)
    raise UnknownKindError(f"no value can be made for the hint {origin!r}")


def _of_class(hint: type, depth: int) -> Kind:
    if issubclass(hint, enum.Enum):
        return ("literal", *hint)
    if issubclass(hint, BaseException):
        return ("instance", hint, {})
    if typing.is_typeddict(hint):
        hints = typing.get_type_hints(hint)
        return ("record", {name: kind_of(one, depth + 1) for name, one in hints.items()})
    name = hint.__name__
    if hint.__module__ in ("collections.abc", "typing"):
        return _generic(hint, (), depth) if name not in _LISTS else ("list", ANY)
    if inspect.isabstract(hint) or getattr(hint, "_is_protocol", False):
        raise UnknownKindError(f"{name} is abstract")
    return ("instance", hint, parameters_of(hint, depth + 1))


def parameters_of(function: Any, depth: int = 0) -> dict[str, Kind]:
    """Return the kinds of those parameters of a class or function that need a value. Raises UnknownKindError."""
    try:
        signature = inspect.signature(function)
        hinted = function.__init__ if inspect.isclass(function) and "__init__" in vars(function) else function
        hints = typing.get_type_hints(hinted)
    except (ValueError, TypeError, NameError, AttributeError) as error:
        raise UnknownKindError(
            f"{getattr(function, '__name__', function)} has no readable signature: {error}"
        ) from None
    kinds = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if name not in hints and parameter.default is not parameter.empty:
            continue
        if name not in hints:
            raise UnknownKindError(f"{_name(function)} has no type for {name}")
        kinds[name] = kind_of(hints[name], depth + 1)
    return kinds


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", function))
