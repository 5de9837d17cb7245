"""Lays out what is to be said of a Python definition as a docstring in one of the usual styles."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from aigc_plugins.action import WithheldError
from aigc_plugins.tasks.docstring.known import default_text
from aigc_plugins.tasks.docstring.words import third_person

if TYPE_CHECKING:
    from aigc_plugins.tasks.docstring.described import Described
    from aigc_plugins.tasks.docstring.style import Style
    from aigc_plugins.tasks.functions import Parameter

_STARS = {"rest": "*", "keywords": "**"}


def docstring(described: Described, style: Style, indent: str) -> str:
    """Return a docstring with its quotes; lines after the first have `indent`.

    Raises:
        WithheldError: its text holds both kinds of quotes.
    """
    summary = stopped(third_person(described.summary) if style.third_person else described.summary)
    room = max(style.width - len(indent), 40)
    sections = _SECTIONS[style.layout](described, style, room) if style.layout in _SECTIONS else []
    if style.layout == "rest":
        summary = _doubled(summary)
        sections = [_doubled(line) for line in sections]
    one_line = not sections and not style.own_line and len(summary) + 6 <= room
    lines = _hanging(summary, "", "", room - (0 if style.own_line else 3))
    if sections:
        lines += ["", *sections]
    return quoted(lines, style, indent, one_line=one_line)


def quoted(lines: list[str], style: Style, indent: str, *, one_line: bool) -> str:
    """Return lines as a string literal with three quotes, raw where there are backslashes."""
    text = "\n".join(indent + line if line else "" for line in lines).removeprefix(indent)
    quotes = style.quotes if style.quotes not in text else {'"""': "'''", "'''": '"""'}[style.quotes]
    if quotes in text or text.endswith(quotes[0]) or re.search(r"\\[\"']*$", text):
        raise WithheldError("The docstring would hold quotes that end it.")
    raw = "r" if "\\" in text else ""
    start = f"\n{indent}" if style.own_line else ""
    return f"{raw}{quotes}{start}{text}{'' if one_line else chr(10) + indent}{quotes}"


def stopped(text: str) -> str:
    """Return a phrase as a sentence."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def type_of(parameter: Parameter) -> str:
    """Return a parameter's type in one line: as it is written, else that of a literal default."""
    if parameter.type:
        return re.sub(r"\s+", " ", parameter.type)
    default = default_text(parameter)
    for pattern, name in (
        (r"True|False", "bool"),
        (r"-?\d+", "int"),
        (r"-?[\d.]+(?:e-?\d+)?", "float"),
        (r"['\"].*", "str"),
    ):
        if re.fullmatch(pattern, default):
            return name
    return ""


def with_default(parameter: Parameter, text: str) -> str:
    """Return a description as sentences; a default that says something is the second one."""
    default = default_text(parameter)
    return stopped(text) + (f" Defaults to `{default}`." if default else "")


def _doubled(text: str) -> str:
    """Return a line with its code as reStructuredText marks it."""
    return re.sub(r"`([^`]+)`", r"``\1``", text)


def _google(described: Described, style: Style, room: int) -> list[str]:
    unit = style.unit if style.unit.strip(" ") == "" else "    "
    entries: list[tuple[str, list[str]]] = []
    args = []
    for parameter, text in described.parameters:
        kind = f" ({type_of(parameter)})" if style.types and type_of(parameter) else ""
        name = f"{_STARS.get(parameter.kind, '')}{parameter.name}{kind}"
        args += _hanging(f"{name}: {with_default(parameter, text)}", unit, unit * 2, room)
    result_type = f"{described.return_type}: " if style.types and described.return_type else ""
    entries.append(("Attributes" if described.of_class else "Args", args))
    entries.append(
        ("Returns", _hanging(result_type + stopped(described.returns), unit, unit, room) if described.returns else [])
    )
    entries.append(("Yields", _hanging(stopped(described.yields), unit, unit, room) if described.yields else []))
    raises = [
        line for name, text in described.raises for line in _hanging(f"{name}: {stopped(text)}", unit, unit * 2, room)
    ]
    entries.append(("Raises", raises))
    return _joined([[f"{title}:", *lines] for title, lines in entries if lines])


def _numpy(described: Described, style: Style, room: int) -> list[str]:
    unit = style.unit if style.unit.strip(" ") == "" else "    "
    blocks = []
    params = []
    for parameter, text in described.parameters:
        kind = type_of(parameter)
        optional = ", optional" if parameter.default and kind else ""
        name = f"{_STARS.get(parameter.kind, '')}{parameter.name}"
        params.append(f"{name} : {kind}{optional}" if kind else name)
        params += _hanging(with_default(parameter, text), unit, unit, room)
    blocks.append(("Attributes" if described.of_class else "Parameters", params))
    for title, text in (("Returns", described.returns), ("Yields", described.yields)):
        kind = described.return_type or ("bool" if text.startswith("`True` if") else "object")
        blocks.append((title, [kind, *_hanging(stopped(text), unit, unit, room)] if text else []))
    raises = []
    for name, text in described.raises:
        raises += [name, *_hanging(stopped(text), unit, unit, room)]
    blocks.append(("Raises", raises))
    return _joined([[title, "-" * len(title), *lines] for title, lines in blocks if lines])


def _rest(described: Described, style: Style, room: int) -> list[str]:
    field = "ivar" if described.of_class else "param"
    unit = style.unit if style.unit.strip(" ") == "" else "    "
    lines = []
    for parameter, text in described.parameters:
        lines += _hanging(f":{field} {parameter.name}: {with_default(parameter, text)}", "", unit, room)
        if style.types and type_of(parameter):
            lines.append(f":type {parameter.name}: {type_of(parameter)}")
    if text := described.returns or described.yields:
        lines += _hanging(f":{'yields' if described.yields else 'returns'}: {stopped(text)}", "", unit, room)
        if style.types and described.return_type:
            lines.append(f":rtype: {described.return_type}")
    for name, text in described.raises:
        lines += _hanging(f":raises {name}: {stopped(text)}", "", unit, room)
    return lines


_SECTIONS = {"google": _google, "numpy": _numpy, "rest": _rest}


def _hanging(text: str, first: str, others: str, room: int) -> list[str]:
    """Wrap a text; code in backticks stays on one line."""
    solid = re.sub(r"`[^`]*`", lambda found: found.group().replace(" ", "\0"), text)
    lines = textwrap.wrap(
        solid, room, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace("\0", " ") for line in lines]


def _joined(blocks: list[list[str]]) -> list[str]:
    return [line for at, block in enumerate(blocks) for line in (["", *block] if at else block)]
