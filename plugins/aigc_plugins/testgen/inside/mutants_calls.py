"""Small faults for calls: other arguments, another function of the same kind, no call at all."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from aigc_plugins.testgen.inside.mutants_nodes import Change, constant, is_none, replaced

_METHODS = {
    one: other
    for pair in (
        "lower upper", "lstrip rstrip", "startswith endswith", "find rfind", "index rindex", "ljust rjust",
        "partition rpartition", "removeprefix removesuffix", "split rsplit", "isupper islower", "union intersection",
        "issubset issuperset", "appendleft append", "keys values", "min max", "bisect_left bisect_right",
        "floor ceil", "popleft pop", "sin cos", "match search", "add discard",
    )
    for one, other in (pair.split(), pair.split()[::-1])
    if one not in ("append", "pop")
} | {"strip": "lstrip", "fullmatch": "match", "deepcopy": "copy"}  # fmt: skip
_FUNCTIONS = {
    "min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "reversed": "list", "abs": "",
    "round": "", "int": "", "float": "", "str": "", "bool": "", "list": "", "tuple": "", "set": "list",
    "frozenset": "list", "enumerate": "", "sum": "max", "repr": "str", "deepcopy": "", "iter": "",
}  # fmt: skip
_LOGS = frozenset({"log", "logger", "logging", "_log", "_logger", "LOG", "LOGGER", "_LOGGER"})
# Methods whose result is mostly the receiver: without the call, the receiver itself.
_PLAIN = frozenset(
    ("strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "replace", "copy",
     "expandtabs", "center", "ljust", "rjust", "zfill", "removeprefix", "removesuffix", "translate", "resolve",
     "absolute", "normalize", "format")
)  # fmt: skip


def is_log(node: Any) -> bool:
    """Whether this is a call that writes to a log."""
    function = node.func if isinstance(node, ast.Call) else None
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value
    return (owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")) in _LOGS


def names_encoding(node: ast.AST, part: ast.AST) -> bool:
    """Whether a constant in this call names an encoding, in which case means nothing."""
    if isinstance(part, ast.keyword):
        return part.arg == "encoding"
    function = getattr(node, "func", None)
    return getattr(function, "attr", getattr(function, "id", "")) in ("encode", "decode", "str", "bytes")


def calls(node: ast.Call) -> Iterator[Change]:
    """Yield what could stand there instead of a call, each with the kind of fault."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in ("super", "cast", "TypeVar", "locals", "globals", "isinstance", "issubclass"):
        return
    yield from _other_function(node)
    for place, one in enumerate(node.args):
        if isinstance(one, ast.Starred):
            continue
        if not is_none(one):
            yield "argument", replaced(node, args=[*node.args[:place], constant(None), *node.args[place + 1 :]])
        if len(node.args) + len(node.keywords) > 1 and place == len(node.args) - 1:
            yield "argument", replaced(node, args=node.args[:place])
    for place, keyword in enumerate(node.keywords):
        if keyword.arg is None:
            continue
        rest = [*node.keywords[:place], *node.keywords[place + 1 :]]
        yield "argument", replaced(node, keywords=rest)
        if not isinstance(keyword.value, ast.Constant):
            none = [*node.keywords[:place], replaced(keyword, value=constant(None)), *node.keywords[place + 1 :]]
            yield "argument", replaced(node, keywords=none)


def _other_function(node: ast.Call) -> Iterator[Change]:
    function = node.func
    if isinstance(function, ast.Attribute):
        if other := _METHODS.get(function.attr):
            yield "function", replaced(node, func=replaced(function, attr=other))
        if function.attr in _PLAIN:
            yield "no call", function.value
    elif isinstance(function, ast.Name) and function.id in _FUNCTIONS:
        other = _FUNCTIONS[function.id]
        if other:
            yield "function", replaced(node, func=replaced(function, id=other))
        elif node.args and not isinstance(node.args[0], ast.Starred):
            yield "no call", node.args[0]
