"""Reads the type that a model wrote, and takes none that a program could not vouch for: whose names do not exist here,
that says nothing (`Any`, `object`), or whose brackets do not fit. Whether it is the right type, a checker decides."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.tasks.annotate.types import ABSTRACT, BUILTIN, TYPING, is_exception, modern, parsed, union

if TYPE_CHECKING:
    from aigc_plugins.tasks.annotate.module import Module

_OPENING = {"(": ")", "[": "]", "{": "}"}
_ENDS = ",)=:\n#"
_LONGEST = 120
_EMPTY = frozenset(("object", "Any", "type", "Hashable", "Sized"))
# Classes that are written in lower case.
_SMALL = frozenset(
    ("date", "datetime", "timedelta", "deque", "defaultdict", "array", "socket", "partial", "struct_time")
)


def cut(answer: str) -> tuple[str, bool]:
    """Return the type at the start of an answer, and whether its end was seen."""
    depth, quote = 0, ""
    for index, char in enumerate(answer):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in _OPENING:
            depth += 1
        elif depth and char in _OPENING.values():
            depth -= 1
        elif depth == 0 and char in _ENDS:
            return answer[:index].strip(), True
        if index > _LONGEST or char == "\n":
            return "", True
    return answer.strip(), False


def is_complete(answer: str) -> bool:
    """Tell whether an answer needs no more text."""
    return cut(answer)[1]


def bare_generic(answer: str, module: Module) -> str | None:
    """Return the name of a container whose elements an answer leaves open (`list`), None for any other answer."""
    node = parsed(cut(answer)[0])
    if not isinstance(node, ast.Name):
        return None
    name = modern(node, module.bound)
    count = _counts().get(name, 0)
    return (
        name if count != 0 and name not in ("type", "Callable") and name not in module.types - set(ABSTRACT) else None
    )


def accepted(answer: str, module: Module) -> str | None:
    """Return the type that an answer gives, None where it gives none that may be used."""
    text, _ = cut(answer)
    node = parsed(text)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        node = parsed(node.value)
    if node is None or len(text) > _LONGEST:
        return None
    try:
        text = modern(node, module.bound)
        again = parsed(text)
        if again is None or not _is_type(again, module, top=True):
            return None
    except RecursionError:
        return None
    return union([text])


def needed_imports(type_: str, module: Module) -> dict[str, str]:
    """Return the names in a type that the file does not have yet, and the modules that they come from."""
    node = parsed(type_)
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)} if node is not None else set()
    missing = {name for name in names if name not in module.bound and name not in BUILTIN and not is_exception(name)}
    return {
        name: "collections.abc" if name in ABSTRACT else "typing" for name in sorted(missing & {*ABSTRACT, *TYPING})
    }


def spelled(type_: str, function: ast.stmt, module: Module) -> str:
    """Return a type as it is written at a function: in quotes where its names do not exist yet when that runs."""
    node = parsed(type_)
    if module.future or node is None:
        return type_
    for name in (one.id for one in ast.walk(node) if isinstance(one, ast.Name)):
        info = module.classes.get(name)
        around = info is not None and info.node.lineno <= function.lineno <= (info.node.end_lineno or 0)
        later = name in module.bound and module.bound[name] > function.lineno
        if around or later or name in module.checking:
            return f'"{type_}"' if '"' not in type_ else f"'{type_}'"
    return type_


def _counts() -> dict[str, int]:
    return {**BUILTIN, **ABSTRACT, **TYPING}


def _is_type(node: ast.expr, module: Module, *, top: bool = False) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        sides = (node.left, node.right)
        return all(_is_type(one, module, top=top) for one in sides)
    if isinstance(node, ast.Name):
        if node.id in _EMPTY:
            return node.id in module.classes
        return _is_class(node.id, module) and _takes(node.id, 0, module)
    if isinstance(node, ast.Attribute):
        return _is_of_module(node, module)
    if isinstance(node, ast.Subscript):
        return _is_generic(node, module)
    return False


def _is_class(name: str, module: Module) -> bool:
    if name in module.bound:
        if name not in module.types:
            return False
        known = name in module.classes or name in ABSTRACT or name in TYPING or name in _SMALL
        return known or name[:1].isupper() or name.startswith("_")
    return name in BUILTIN or name in ABSTRACT or name in TYPING or is_exception(name)


def _is_of_module(node: ast.Attribute, module: Module) -> bool:
    """Tell whether `a.b.C` is a class of a module that the file imports, by its looks."""
    names = ast.unparse(node).split(".")
    return (
        names[0] in module.modules
        and all(map(str.isidentifier, names))
        and names[-1][:1].isupper()
        and names[-1] != "Any"
    )


def _takes(name: str, count: int, module: Module) -> bool:
    if name in module.classes or (name in module.bound and name not in ABSTRACT and name not in TYPING):
        return True
    wanted = _counts().get(name, 0)
    return count > 0 if wanted < 0 else count == wanted


def _is_generic(node: ast.Subscript, module: Module) -> bool:
    inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    if name == "Literal":
        return all(isinstance(one, ast.Constant) and isinstance(one.value, str | int | bool) for one in inner)
    if name == "type" or not (_is_class(name, module) if name else _is_type(node.value, module)):
        return name == "type" and len(inner) == 1 and _is_type(inner[0], module)
    if name == "tuple" and len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...:
        inner = inner[:1]
    elif name == "Callable" and len(inner) == 2:
        first = inner[0]
        if isinstance(first, ast.List):
            return all(_is_type(one, module) for one in (*first.elts, inner[1]))
        return isinstance(first, ast.Constant) and first.value is ... and _is_type(inner[1], module)
    return (not name or _takes(name, len(inner), module)) and all(_is_type(one, module) for one in inner)
