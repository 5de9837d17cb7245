"""Writes a function's header in another language: its name, parameters and types as that language has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.signatures import Parameter, facts, parameters, return_type
from aigc_plugins.tasks.translate.types import translated

if TYPE_CHECKING:
    from aigc_plugins.syntax import Language
    from aigc_plugins.tasks.functions import Definition

_SNAKE = frozenset(("python", "rust"))
_SCRIPT = frozenset(("javascript", "tsx"))
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?|\"[^\"\\\n]*\"|'[^'\\\n]*'|True|False|true|false")
_CONSTANTS = {"True": "true", "False": "false", "None": "null"}


@dataclass(frozen=True, slots=True)
class Header:
    """What the model goes on behind, what the function is to be called, how many parameters it has besides a receiver.

    `dropped` are defaults that the language cannot write.
    """

    text: str
    name: str
    count: int
    method: bool
    dropped: tuple[str, ...] = ()


def header(definition: Definition, target: Language) -> Header:
    """Return the header, up to where the table of types knows no further.

    Raises:
        WithheldError: a parameter has no counterpart.
    """
    source = "typescript" if definition.tree.language.name in _SCRIPT else definition.tree.language.name
    given = parameters(definition)
    method = any(one.kind == "receiver" for one in given) and source in ("python", "go", "rust")
    asked = [one for one in given if one.kind != "receiver"]
    for one in asked:
        if one.kind == "keywords" or one.pattern or not one.name:
            raise WithheldError(
                f"`{one.name or one.type}` of `{definition.name}` has no counterpart in {target.title}."
            )
    name = renamed(definition.name, target)
    names = [renamed(one.name, target) for one in asked]
    types = [translated(one.type or _type_of(one.default), source, target.name) for one in asked]
    result = _result(definition, source, target.name)
    text, dropped = _WRITERS[target.name](name, names, types, result, asked, method)
    return Header(text, name, len(asked), method, tuple(dropped))


def renamed(name: str, target: Language) -> str:
    """Return a name in the target's style: snake_case or camelCase; words of the language get a `_`."""
    lead = "_" * (len(name) - len(name.lstrip("_")))
    words = [word for part in name.split("_") for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[A-Z]", part)]
    if not words:
        return name
    lower = [word.lower() for word in words]
    if target.name in _SNAKE:
        text = "_".join(lower)
    else:
        text = lower[0] + "".join(word.capitalize() for word in lower[1:])
        lead = ""
    text = lead + text
    return f"{text}_" if text in target.reserved else text


def _result(definition: Definition, source: str, target: str) -> str | None:
    """Return the type of what a function gives, '' for nothing, None where it is not known."""
    written = return_type(definition)
    if not written:
        gives = facts(definition).returns_value or facts(definition).yields
        return None if gives else translated("void", "java", target)
    return translated(written, source, target, result=True)


def _type_of(default: str) -> str:
    """Return a type that a default shows, in words that Python and TypeScript share a table with: '' if none."""
    if default in ("True", "False", "true", "false"):
        return "bool" if default[0].isupper() else "boolean"
    if re.fullmatch(r"-?\d+", default):
        return "int"
    return ""


def _defaults(asked: list[Parameter]) -> list[str]:
    return [f"{one.name} = {one.default}" for one in asked if one.default]


def _python(
    name: str, names: list[str], types: list[str | None], result: str | None, asked: list[Parameter], method: bool
) -> tuple[str, list[str]]:
    shown = ["self"] if method else []
    dropped = []
    for one, text, kind in zip(asked, names, types, strict=True):
        star = "*" if one.kind == "rest" else ""
        part = f"{star}{text}" + (f": {kind}" if kind and not star else "")
        if one.default and _LITERAL.fullmatch(one.default):
            part += f"{' = ' if kind else '='}{one.default.replace('true', 'True').replace('false', 'False')}"
        elif one.default:
            dropped.append(f"{one.name} = {one.default}")
        shown.append(part)
    return f"def {name}({', '.join(shown)})" + (f" -> {result}" if result else "") + ":\n", dropped


def _typescript(
    name: str, names: list[str], types: list[str | None], result: str | None, asked: list[Parameter], method: bool
) -> tuple[str, list[str]]:
    shown, dropped = [], []
    for one, text, kind in zip(asked, names, types, strict=True):
        part = f"...{text}: {kind or 'any'}[]" if one.kind == "rest" else f"{text}: {kind or 'any'}"
        if one.default and _LITERAL.fullmatch(one.default):
            part += f" = {_CONSTANTS.get(one.default, one.default)}"
        elif one.default in ("None", "null"):
            part = f"{text}: {kind or 'any'} | null = null" if kind and "null" not in kind else f"{part} = null"
        elif one.default:
            dropped.append(f"{one.name} = {one.default}")
        shown.append(part)
    start = name if method else f"function {name}"
    return f"{start}({', '.join(shown)})" + (f": {result}" if result else "") + " {\n", dropped


def _go(
    name: str, names: list[str], types: list[str | None], result: str | None, asked: list[Parameter], method: bool
) -> tuple[str, list[str]]:
    start = f"func {name}("
    if None in types or result is None or method:
        return start, _defaults(asked)
    rows = [
        f"{text} {'...' if one.kind == 'rest' else ''}{kind}"
        for one, text, kind in zip(asked, names, types, strict=True)
    ]
    return f"{start}{', '.join(rows)}) {result}".rstrip() + " {\n", _defaults(asked)


def _java(
    name: str, names: list[str], types: list[str | None], result: str | None, asked: list[Parameter], method: bool
) -> tuple[str, list[str]]:
    start = "public " if method else "static "
    if None in types or result is None:
        return f"{start}{result} {name}(" if result else start, _defaults(asked)
    rows = [
        f"{kind}{'...' if one.kind == 'rest' else ''} {text}"
        for one, text, kind in zip(asked, names, types, strict=True)
    ]
    return f"{start}{result} {name}({', '.join(rows)}) {{\n", _defaults(asked)


def _rust(
    name: str, names: list[str], types: list[str | None], result: str | None, asked: list[Parameter], method: bool
) -> tuple[str, list[str]]:
    rows = ["&self"] if method else []
    if None in types or result is None:
        return f"fn {name}(" + ("&self" + (", " if asked else "") if method else ""), _defaults(asked)
    for one, text, kind in zip(asked, names, types, strict=True):
        rows.append(f"{text}: &[{kind}]" if one.kind == "rest" else f"{text}: {kind}")
    arrow = f" -> {result}" if result not in ("", "()") else ""
    return f"fn {name}({', '.join(rows)}){arrow} {{\n", _defaults(asked)


_WRITERS = {"python": _python, "typescript": _typescript, "go": _go, "java": _java, "rust": _rust}
