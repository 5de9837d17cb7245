"""Lays out what is to be said of a definition as a doc comment: JSDoc, Javadoc, Go's and Rust's."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from aigc_plugins.tasks.docstring.known import default_text
from aigc_plugins.tasks.docstring.layout import stopped
from aigc_plugins.tasks.docstring.words import third_person

if TYPE_CHECKING:
    from aigc_plugins.tasks.docstring.described import Described
    from aigc_plugins.tasks.docstring.style import Style
    from aigc_plugins.tasks.functions import Definition, Parameter

_JS_TYPES = ((r"true|false", "boolean"), (r"-?[\d.]+", "number"), (r"['\"`].*", "string"), (r"\[.*", "Array"))


def doc_comment(definition: Definition, described: Described, style: Style, indent: str) -> str:
    """Return a doc comment; lines after the first have `indent`, the last has no line end."""
    summary = (
        third_person(described.summary) if style.third_person and definition.kind == "function" else described.summary
    )
    if style.layout in ("go", "rust"):
        return _lines(definition, summary, style, indent)
    tags = _javadoc(described) if style.layout == "javadoc" else _jsdoc(definition, described, style)
    summary = stopped(summary)
    room = max(style.width - len(indent) - 3, 40)
    lines = textwrap.wrap(summary, room, break_long_words=False, break_on_hyphens=False)
    for tag in tags:
        lines += ([""] if tag is tags[0] else []) + textwrap.wrap(
            tag, room, subsequent_indent="    " if style.layout == "javadoc" else "  ", break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    if style.layout == "javadoc":
        lines = [re.sub(r"`([^`]+)`", _code, line) for line in lines]
    lines = [line.replace("*/", "* /") for line in lines]
    if len(lines) == 1:
        return f"/** {lines[0]} */"
    body = "\n".join(f"{indent} * {line}".rstrip() for line in lines)
    return f"/**\n{body}\n{indent} */"


def jsdoc_names(parameters: tuple[Parameter, ...]) -> list[str]:
    """Return the names for JSDoc: a parameter that is taken apart gets one by its place."""
    taken = {parameter.name for parameter in parameters}
    names = []
    for at, parameter in enumerate(parameters):
        name = parameter.name
        if parameter.pattern:
            name = "options" if "options" not in taken and name.startswith("{") else f"param{at}"
            taken.add(name)
        names.append(name)
    return names


def _lines(definition: Definition, summary: str, style: Style, indent: str) -> str:
    mark = "///" if style.layout == "rust" else "//"
    if style.layout == "go":
        plain = summary.replace("`", "")
        if definition.kind == "class" and re.match(r"(?:A|An|The) ", plain):
            plain = f"is {plain[:1].lower()}{plain[1:]}"
        summary = f"{definition.name} {plain[:1].lower()}{plain[1:]}"
    room = max(style.width - len(indent) - len(mark) - 1, 40)
    wrapped = textwrap.wrap(stopped(summary), room, break_long_words=False, break_on_hyphens=False)
    return f"\n{indent}".join(f"{mark} {line}" for line in wrapped)


def _jsdoc(definition: Definition, described: Described, style: Style) -> list[str]:
    typed = style.types and definition.tree.language.name == "javascript"
    names = jsdoc_names(tuple(parameter for parameter, _ in described.parameters))
    tags = []
    for (parameter, text), name in zip(described.parameters, names, strict=True):
        kind = ""
        if typed:
            found = parameter.type or next(
                (kind for pattern, kind in _JS_TYPES if re.fullmatch(pattern, parameter.default)), "*"
            )
            kind = f"{{{'...' if parameter.kind == 'rest' else ''}{found}{'=' if parameter.default else ''}}} "
        default = default_text(parameter)
        rest = f" Defaults to `{default}`." if default else ""
        tags.append(f"@param {kind}{name} {'- ' if style.dash else ''}{stopped(text)}{rest}")
    for tag, text in (("returns", described.returns), ("yields", described.yields)):
        if text:
            tags.append(f"@{tag} {'{*} ' if typed else ''}{stopped(text)}")
    return [*tags, *(f"@throws {{{name}}} {stopped(text)}" for name, text in described.raises)]


def _javadoc(described: Described) -> list[str]:
    tags = [f"@param {parameter.name} {_started(text)}" for parameter, text in described.parameters]
    if described.returns:
        tags.append(f"@return {_started(described.returns)}")
    return [*tags, *(f"@throws {name} {_started(text)}" for name, text in described.raises)]


def _started(text: str) -> str:
    """Return a description as Javadoc has it: in lower case, without a full stop."""
    return text[:1].lower() + text[1:]


def _code(found: re.Match[str]) -> str:
    text = found.group(1)
    return f"{{@code {text}}}" if "{" not in text and "}" not in text and "@" not in text else text
