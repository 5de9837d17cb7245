"""Types as they are written in annotations: unions, elements, and which names of typing come from where.

A type is a string such as `dict[str, int]`. What values have which type is `infer`'s matter.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Names that an annotation may need and where they come from; how many arguments in brackets they want.
ABSTRACT = {
    **dict.fromkeys(
        ("Iterable", "Iterator", "Sequence", "MutableSequence", "Collection", "Container", "Reversible"), 1
    ),
    **dict.fromkeys(("Set", "MutableSet", "AsyncIterator", "AsyncIterable", "Awaitable", "KeysView", "ValuesView"), 1),
    **dict.fromkeys(("Mapping", "MutableMapping", "ItemsView", "AsyncGenerator", "Callable"), 2),
    **dict.fromkeys(("Generator", "Coroutine"), 3),
    **dict.fromkeys(("Hashable", "Sized"), 0),
}
TYPING = {"Literal": -1, "NoReturn": 0, "Optional": 1, "Union": -1, "IO": 1, "TextIO": 0, "BinaryIO": 0}
BUILTIN = {
    **dict.fromkeys(("list", "set", "frozenset", "type"), 1),
    **dict.fromkeys(("dict",), 2),
    **dict.fromkeys(("tuple",), -1),
    **dict.fromkeys(
        ("int", "str", "float", "bool", "bytes", "bytearray", "complex", "range", "slice", "memoryview"), 0
    ),
    **dict.fromkeys(("object", "property", "BaseException", "Exception"), 0),
}
_OLD = {"List": "list", "Dict": "dict", "Set": "set", "FrozenSet": "frozenset", "Tuple": "tuple", "Type": "type"}
_OF_ONE = frozenset(("list", "set", "frozenset", "tuple", "dict", *(name for name, count in ABSTRACT.items() if count)))
_MOST = 3


def is_exception(name: str) -> bool:
    """Tell whether a builtin is an exception class."""
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def parsed(text: str) -> ast.expr | None:
    """Return a type's expression, None where it is none."""
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def members(text: str) -> list[str]:
    """Return the members of a union."""
    node = parsed(text)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*members(ast.unparse(node.left)), *members(ast.unparse(node.right))]
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in ("Optional", "Union"):
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        extra = ["None"] if node.value.id == "Optional" else []
        return [one for part in inner for one in members(ast.unparse(part))] + extra
    return [text.strip()]


def union(types: Iterable[str]) -> str | None:
    """Return the union of types, `None` last; None where there is none, or too many to mean anything."""
    found = list(dict.fromkeys(one for text in types for one in members(text)))
    for narrow, wide in (("bool", "int"), ("int", "float"), ("bool", "float")):
        if narrow in found and wide in found:
            found.remove(narrow)
    if not found or len([one for one in found if one != "None"]) > _MOST:
        return None
    return " | ".join(sorted(found, key=lambda one: one == "None"))


def joined(types: Iterable[str | None]) -> str | None:
    """Return the one type of all, None where they differ or one of them is unknown."""
    found = list(types)
    if not found or any(one is None for one in found):
        return None
    whole = union(one for one in found if one is not None)
    return whole if whole is not None and "|" not in whole else None


def arguments(text: str) -> tuple[str, list[str]]:
    """Return a type's name and its arguments in brackets."""
    node = parsed(text)
    if isinstance(node, ast.Subscript):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return ast.unparse(node.value), [ast.unparse(part) for part in parts]
    return text.strip(), []


def element(text: str | None) -> str | None:
    """Return the type of what iterating over a type gives, None where it is unknown."""
    if text is None:
        return None
    name, inner = arguments(text)
    if name in ("str", "bytes", "range", "bytearray"):
        return "str" if name == "str" else "int"
    if name == "tuple":
        return inner[0] if len(inner) == 2 and inner[1] == "..." else joined(inner)
    return inner[0] if name.rpartition(".")[2] in _OF_ONE and inner else None


def modern(node: ast.expr, known: Iterable[str]) -> str:
    """Return a type as written today (`list`, `X | None`) where the file has no `List`, `Optional` of its own."""
    here = frozenset(known)

    class Rewrite(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return ast.Name(_OLD[node.id]) if node.id in _OLD and node.id not in here else node

        def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
            if isinstance(node.value, ast.Name) and node.value.id in ("typing", "t") and node.value.id not in here:
                return self.visit_Name(ast.Name(node.attr))
            return node

    text = ast.unparse(Rewrite().visit(node))
    if not here & {"Optional", "Union"} and text.startswith(("Optional[", "Union[")):
        return union(members(text)) or text
    return text
