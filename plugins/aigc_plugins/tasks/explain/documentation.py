"""Reads the first sentence of what a definition's own documentation says: its docstring, or the comment above it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.tasks.explain.prose import escaped

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.tasks.functions import Definition

_LONGEST = 300
_MARKS = re.compile(r"^\s*(?:///?!?|#+|/\*+!?|\*+/?|--)\s?|\s*\*+/\s*$", re.MULTILINE)
_QUOTES = re.compile(r"^[A-Za-z]*(?:\"\"\"|'''|\"|')|(?:\"\"\"|'''|\"|')$")


def summary_of(definition: Definition) -> str:
    """Return the first sentence as Markdown without markup, empty where nothing is documented."""
    text = _docstring(definition) or _comment(definition)
    paragraph = text.strip().partition("\n\n")[0]
    first = re.split(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*(?=[:@-])", " ".join(_lines(paragraph)), maxsplit=1)[0].strip()
    return escaped(first.replace("`", ""))[:_LONGEST] if re.search(r"\w", first) else ""


def _lines(paragraph: str) -> list[str]:
    """Return the lines before the first one that is a tag or a heading's underline."""
    lines = []
    for line in paragraph.split("\n"):
        if re.match(r"\s*(?:[@:]\w|[-=]{3,}$)", line):
            break
        lines.append(line.strip())
    return lines


def _docstring(definition: Definition) -> str:
    body, language = definition.body, definition.tree.language
    statements = body.named_children if body is not None and language.blocks_by_indent else []
    inner = statements[0].named_children if statements else []
    if len(inner) != 1 or inner[0].type not in language.string_nodes:
        return ""
    return _QUOTES.sub("", _text(inner[0]).strip())


def _comment(definition: Definition) -> str:
    """Return the comment right above a definition, without its marks."""
    node: tree_sitter.Node = definition.node
    start = definition.tree.byte_of(definition.start)
    while node.parent is not None and node.parent.start_byte >= start:
        node = node.parent
    found: list[str] = []
    row = node.start_point[0]
    above = node.prev_named_sibling
    while above is not None and above.type in definition.tree.language.comment_nodes and above.end_point[0] >= row - 1:
        found.insert(0, _text(above).rstrip())
        row, above = above.start_point[0], above.prev_named_sibling
    return _MARKS.sub("", "\n".join(found))


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
