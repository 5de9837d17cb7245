"""Reads out of documentation that is there what it says of single parameters, in any of the usual layouts."""

from __future__ import annotations

import re

_FIELD = re.compile(
    r"^[ \t]*(?:\*[ \t]*)?(?::(?:param|parameter|arg|ivar)[ \t]+(?:[^:\n]+[ \t])?\*{0,2}(?P<rest>\w+):"
    r"|@param[ \t]+(?:\{[^}\n]*\}[ \t]+)?\[?(?P<tag>[\w$]+)(?:=[^\]\n]*)?\]?[ \t]+(?:-[ \t]+)?)"
    r"[ \t]*(?P<text>[^@:\n]+)",
    re.MULTILINE,
)
_SECTION = re.compile(
    r"^([ \t]*)(?:Args|Arguments|Parameters|Attributes):[ \t]*\r?\n((?:\1[ \t]+.*\n?|[ \t]*\r?\n)+)", re.MULTILINE
)
_ENTRY = re.compile(r"^([ \t]+)\*{0,2}(\w+)(?: \([^)\n]*\))?:[ \t]*(.+(?:\n\1[ \t]+.+)*)", re.MULTILINE)
_NUMPY = re.compile(r"^([ \t]*)\*{0,2}(\w+)(?:[ \t]*:.*)?\r?\n((?:\1[ \t]+\S.*\n?)+)", re.MULTILINE)
_TYPES = (
    re.compile(r"@param[ \t]+\{\.{0,3}(?P<type>[^}\n=]*)=?\}[ \t]+\[?(?P<name>[\w$]+)"),
    re.compile(r"^[ \t]*:type[ \t]+(?P<name>\w+):(?P<type>[^\n]+)", re.MULTILINE),
    re.compile(r"^[ \t]+\*{0,2}(?P<name>\w+) \((?P<type>[^)\n]+)\):", re.MULTILINE),
    re.compile(r"^[ \t]*\*{0,2}(?P<name>\w+)[ ]:[ ](?P<type>[^\n]+)\n[ \t]+\S", re.MULTILINE),
)

# What tools read in documentation, or run: it would be lost where documentation is written anew.
_READ_BY_TOOLS = re.compile(
    r"^[ \t]*(?:/?\*+|//[/!]?)?[ \t]*(?:(?P<test>>>>)[ \t]|(?P<directive>\.\. [\w:-]+::)"
    r"|(?P<tag>@(?!(?:param|arg|argument|returns?|throws|exception|yields?|yield)\b)[A-Za-z][\w-]*"
    r"|@param[ \t]+<\w+>)|(?P<mark>(?:Deprecated|TODO|FIXME|XXX|HACK)\b)|(?P<heading># [A-Z]\w+)|(?P<code>```))",
    re.MULTILINE,
)


def read_by_tools(existing: str) -> str:
    """Return something in documentation that tools read or run, such as a doctest or `@deprecated`; else nothing."""
    found = _READ_BY_TOOLS.search(existing)
    return next((text for text in found.groups() if text), "") if found is not None else ""


def told_parameters(existing: str) -> dict[str, str]:
    """Return what documentation says of parameters, by their names: phrases in one line, without a full stop."""
    found: dict[str, str] = {}
    for match in _FIELD.finditer(existing):
        found[match["rest"] or match["tag"]] = match["text"]
    for section in _SECTION.finditer(existing):
        entries = _ENTRY.findall(section.group(2))
        least = min((len(indent) for indent, _, _ in entries), default=0)
        found |= {name: text for indent, name, text in entries if len(indent) == least}
    numpy = re.split(
        r"^[ \t]*(?:Parameters|Attributes)[ \t]*\r?\n[ \t]*-{3,}[ \t]*\r?\n", existing, maxsplit=1, flags=re.M
    )
    if len(numpy) > 1:
        body = re.split(r"^[ \t]*\w+[ \t]*\r?\n[ \t]*-{3,}", numpy[1], maxsplit=1, flags=re.MULTILINE)[0]
        found |= {name: text for _, name, text in _NUMPY.findall(body)}
    plain = {name: re.sub(r"\s+", " ", text).strip() for name, text in found.items()}
    return {name: _phrase(text) for name, text in plain.items() if _phrase(text)}


def told_types(existing: str) -> dict[str, str]:
    """Return the types that documentation names beside parameters."""
    found: dict[str, str] = {}
    for pattern in _TYPES:
        found |= {match["name"]: match["type"].strip() for match in pattern.finditer(existing)}
    return {name: re.sub(r", (?:optional|default.*)$", "", text) for name, text in found.items() if text}


def _phrase(text: str) -> str:
    """Return a text without its default, which is written anew, and its full stop; empty where it may not stay."""
    text = re.sub(r"\s*Defaults to [^.]*(?:\.\d+)?[^.]*\.?$", "", text).rstrip(". ")
    return "" if '"""' in text or "'''" in text or "\\" in text else text
