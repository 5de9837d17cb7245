"""From what a live callable says of its parameters to kinds of values; how instances are made is left to others.

Kinds are tuples that begin with a word, as in `aigc_plugins.behaviour.inside.kinds`. Beside those, `("object", class)`
is an instance, `("class", class)` a class, `("function", arguments, kind)` something to call that returns a kind.
"""

from __future__ import annotations

import collections.abc
import enum
import inspect
import numbers
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from aigc_plugins.behaviour.inside.kinds import ANY, Kind, UnknownKindError, kind_of

_PLAIN = ("builtins", "datetime", "decimal", "fractions", "pathlib", "re", "typing", "io", "collections.abc", "types")
_LISTS = ("Sequence", "MutableSequence", "Iterable", "Collection", "Container", "Reversible", "list", "deque")
_DICTS = ("dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict", "Counter", "ChainMap")
_SETS = ("set", "Set", "MutableSet")
_ITERATORS = ("Iterator", "Generator", "AsyncIterator", "AsyncIterable", "AsyncGenerator")
_WRAPPERS = (typing.Annotated, typing.Final, typing.ClassVar, typing.Required, typing.NotRequired)
_DEEPEST = 5
_WHOLE: Kind = ("int",)
_FUNCTION: Kind = ("function", -1, ANY)
_SPECIAL: dict[Any, Kind] = {
    slice: ("slice",), memoryview: ("memoryview",), types.GeneratorType: ("iterator", ANY), type(len): _FUNCTION,
    types.FunctionType: _FUNCTION, types.MethodType: _FUNCTION, types.LambdaType: _FUNCTION,
    numbers.Integral: _WHOLE, numbers.Rational: ("one of", _WHOLE, ("fraction",)),
    numbers.Real: ("one of", ("float",), _WHOLE, ("fraction",)), numbers.Complex: ("one of", ("complex",), ("float",)),
    numbers.Number: ("one of", _WHOLE, ("float",), ("fraction",)), types.SimpleNamespace: ("namespace",),
}  # fmt: skip


def kind_for(hint: Any, owner: type | None = None, depth: int = 0) -> Kind:
    """Return the kind for a live type hint; `owner` is what `Self` stands for. What nobody knows is any value."""
    if depth > _DEEPEST or isinstance(hint, str | typing.ForwardRef | list | types.EllipsisType):
        return ANY
    if hint is typing.Self:
        return ("object", owner) if owner is not None else ANY
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return ("one of", *(kind_for(one, owner, depth + 1) for one in arguments))
    if origin in _WRAPPERS:
        return kind_for(arguments[0], owner, depth + 1)
    if isinstance(hint, typing.TypeVar):
        choices = hint.__constraints__ or ((hint.__bound__,) if hint.__bound__ is not None else ())
        return ("one of", *(kind_for(one, owner, depth + 1) for one in choices)) if choices else ANY
    if isinstance(hint, typing.NewType):
        return kind_for(hint.__supertype__, owner, depth + 1)
    if origin is not None and origin is not typing.Literal:
        return _generic(origin, arguments, owner, depth)
    if inspect.isclass(hint):
        return _of_class(hint, owner, depth)
    try:
        return kind_of(hint)
    except (UnknownKindError, TypeError, NameError, AttributeError):
        return ANY


def _generic(origin: Any, arguments: tuple[Any, ...], owner: type | None, depth: int) -> Kind:
    name = getattr(origin, "__name__", "")
    inner = [kind_for(one, owner, depth + 1) for one in arguments if one is not Ellipsis and not isinstance(one, list)]
    if origin is tuple:
        return ("tuples", inner[0]) if Ellipsis in arguments and inner else ("tuple", *inner)
    if name == "Callable":
        count = len(arguments[0]) if arguments and isinstance(arguments[0], list) else -1
        return ("function", count, inner[-1] if inner else ANY)
    if origin is type:
        return ("class", arguments[0]) if arguments and inspect.isclass(arguments[0]) else ("type",)
    if name in _DICTS:
        return ("dict", *(inner if len(inner) == 2 else [("str",), inner[0] if inner else ANY]))
    if name in _SETS or name == "frozenset":
        return ("frozenset" if name == "frozenset" else "set", *inner)
    if name in _ITERATORS:
        return ("iterator", *inner[:1])
    if name in ("Pattern", "Match"):
        return ("pattern",)
    if name in ("IO", "TextIO"):
        return ("byte file",) if ("bytes",) in inner else ("text file",)
    if name in _LISTS:
        return ("list", *(inner or [ANY]))
    if name in ("Awaitable", "Coroutine"):
        return ANY
    if not inspect.isclass(origin) or origin.__module__ in ("collections.abc", "typing"):
        return ANY
    return _of_class(origin, owner, depth)


def _of_class(hint: type, owner: type | None, depth: int) -> Kind:
    if hint in _SPECIAL:
        return _SPECIAL[hint]
    if hint.__name__ in ("BinaryIO", "BytesIO", "BufferedIOBase", "RawIOBase"):
        return ("byte file",)
    if hint.__name__ in ("TextIO", "IO", "TextIOBase", "StringIO", "IOBase", "TextIOWrapper", "SupportsRead"):
        return ("text file",)
    if hint.__module__ in ("collections.abc", "typing") and hint.__name__ not in ("Any", "Hashable", "Sized"):
        return _generic(hint, (), owner, depth)
    if typing.is_typeddict(hint):
        hints = hints_of(hint)
        return ("record", tuple((name, kind_for(one, owner, depth + 1)) for name, one in hints.items()))
    if issubclass(hint, enum.Enum) or hint.__module__ not in _PLAIN:
        return ("object", hint)
    try:
        kind = kind_of(hint)
    except (UnknownKindError, TypeError, NameError, AttributeError):
        return ("object", hint)
    return ("object", hint) if kind[0] == "instance" else kind


class _Names(dict[str, Any]):
    """What names in an annotation may mean: those of the module, of typing, and classes of all loaded modules."""

    def __init__(self, function: Any) -> None:
        module = sys.modules.get(getattr(function, "__module__", None) or "")
        own = dict(vars(function)) if inspect.isclass(function) else {}
        super().__init__({**vars(typing), **vars(collections.abc), **own, **(vars(module) if module else {})})
        self._package = str(getattr(function, "__module__", "")).partition(".")[0]

    def __missing__(self, name: str) -> Any:
        if name in _builtins():
            return _builtins()[name]
        for module in sorted(sys.modules, key=lambda one: (one.partition(".")[0] != self._package, one)):
            found = getattr(sys.modules[module], "__dict__", {}).get(name)
            if inspect.isclass(found) and found.__name__ == name:
                return found
        raise KeyError(name)


def _builtins() -> Mapping[str, Any]:
    import builtins

    return vars(builtins)


def hints_of(function: Any) -> dict[str, Any]:
    """Return the hints of a callable or class that can be evaluated; names that only type checkers import are looked
    for in the loaded modules."""
    try:
        return typing.get_type_hints(function)
    except Exception:  # hints are arbitrary expressions
        written = getattr(function, "__annotations__", None) or {}
    found: dict[str, Any] = {}
    names = _Names(function)
    for name, hint in dict(written).items():
        try:
            found[name] = eval(hint, {"__builtins__": {}}, names) if isinstance(hint, str) else hint  # noqa: S307
        except Exception:  # noqa: S112
            continue
    return found


def parameters(function: Any) -> Iterator[tuple[inspect.Parameter, Any]]:
    """Yield the parameters that a caller gives to a function or class, each with its hint, None where it has none."""
    hinted = function
    if inspect.isclass(function):
        hinted = next((vars(one)["__init__"] for one in function.__mro__ if "__init__" in vars(one)), function)
        if hinted is object.__init__ or isinstance(hinted, types.WrapperDescriptorType):
            hinted = next((vars(one)["__new__"] for one in function.__mro__ if "__new__" in vars(one)), function)
    try:
        signature = inspect.signature(function)
    except (ValueError, TypeError):
        return
    hints = hints_of(inspect.unwrap(getattr(hinted, "__func__", hinted)))
    if inspect.isclass(function) and not hints:
        hints = hints_of(function)
    for name, parameter in signature.parameters.items():
        hint = hints.get(name)
        if hint is not None and parameter.default is None and hint is not type(None):
            hint = typing.Optional[hint]  # noqa: UP045 (a hint may be no class)
        yield parameter, hint
