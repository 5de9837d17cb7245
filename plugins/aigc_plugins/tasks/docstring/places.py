"""Where a definition's documentation is, or where it belongs, in each language. It knows neither words nor styles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.tasks.functions import Definition

_MARKERS = frozenset(("decorator", "attribute_item"))
# Comments that tell tools something; Go keeps them below the documentation.
_DIRECTIVE = re.compile(r"//(?:[a-z]+:\S|nolint|export |line | ?\+build)")


@dataclass(frozen=True, slots=True)
class Spot:
    """Documentation goes to [start, end) of the text, between `before` and `after`; its lines have `indent`.

    `existing` is what is there now, empty where there is none.
    """

    start: int
    end: int
    indent: str
    before: str = ""
    after: str = ""
    existing: str = ""


def spot_of(definition: Definition, unit: str) -> Spot | None:
    """Return where a definition's documentation belongs, None where it cannot be written without moving code.

    `unit` is one step of indentation.
    """
    if definition.tree.language.name == "python":
        return _docstring(definition, unit)
    if definition.tree.language.name in ("go", "rust"):
        return _line_comments(definition)
    return _block_comment(definition)


def docstring_node(body: tree_sitter.Node | None) -> tree_sitter.Node | None:
    """Return the string that is a Python body's docstring."""
    first = next((child for child in body.named_children if child.type != "comment"), None) if body else None
    if first is None or first.type != "expression_statement" or first.named_child_count != 1:
        return None
    string = first.named_children[0]
    parts = string.named_children if string.type == "concatenated_string" else [string]
    for part in parts:
        opening = (part.text or b"").split(b"'")[0].split(b'"')[0].lower()
        if part.type not in ("string", "comment") or opening not in (b"", b"r", b"u"):
            return None
    return string


def _docstring(definition: Definition, unit: str) -> Spot | None:
    tree, body = definition.tree, definition.body
    colons = [child for child in definition.node.children if child.type == ":"]
    if body is None or not colons:
        return None
    text = tree.text
    colon, start = tree.offset_of(colons[-1].end_byte), definition.body_start
    string = docstring_node(body)
    first = tree.offset_of(string.start_byte) if string is not None else start
    own_line = text[text.rfind("\n", 0, first) + 1 : first]
    if string is not None:
        end = tree.offset_of(string.end_byte)
        if not own_line.strip():
            return Spot(first, end, own_line, existing=text[first:end])
        if text[colon:first].strip():
            return None
        indent = definition.indent + unit
        return Spot(colon, end, indent, before=f"\n{indent}", existing=text[first:end])
    if "\n" not in text[colon:start] and "\r" not in text[colon:start]:
        indent = definition.indent + unit
        between = text[colon:start]
        return None if between.strip() else Spot(colon, start, indent, before=f"\n{indent}", after=f"\n{indent}")
    line_end = min(at for at in (text.find("\n", colon), text.find("\r", colon), len(text)) if at >= 0)
    if own_line.strip() or text[colon:line_end].rstrip().endswith("\\"):
        return None
    blank = text[line_end:].lstrip("\r\n \t") == "" or re.match(r"\r?\n[ \t]*\r?\n", text[line_end:])
    return Spot(line_end, line_end, own_line, f"\n{own_line}", "\n" if definition.kind == "class" and not blank else "")


def _anchor(definition: Definition) -> int | None:
    """Return where a definition begins with all that belongs to it, None where other code is on that line."""
    node, tree = definition.node, definition.tree
    while node.parent is not None and tree.offset_of(node.start_byte) > definition.start:
        node = node.parent
    while node.prev_named_sibling is not None and node.prev_named_sibling.type in _MARKERS:
        node = node.prev_named_sibling
    start = tree.offset_of(node.start_byte)
    line = tree.text[tree.text.rfind("\n", 0, start) + 1 : start]
    return None if line.strip() else start


def _block_comment(definition: Definition) -> Spot | None:
    anchor = _anchor(definition)
    if anchor is None:
        return None
    text = definition.tree.text
    indent = text[text.rfind("\n", 0, anchor) + 1 : anchor]
    above = text[: anchor - len(indent)]
    if above.rstrip().endswith("*/") and len(re.findall(r"\r\n|\r|\n", above[len(above.rstrip()) :])) == 1:
        end = len(above.rstrip())
        start = text.rfind("/*", 0, end)
        line = text[text.rfind("\n", 0, start) + 1 : start]
        is_comment = definition.tree.node_at(start, end).type in definition.tree.language.comment_nodes
        if text.startswith("/**", start) and not line.strip() and is_comment:
            return Spot(start, end, line, existing=text[start:end])
    return Spot(anchor, anchor, indent, after=f"\n{indent}")


def _line_comments(definition: Definition) -> Spot | None:
    anchor = _anchor(definition)
    if anchor is None:
        return None
    text = definition.tree.text
    mark = "///" if definition.tree.language.name == "rust" else "//"
    line_start = text.rfind("\n", 0, anchor) + 1
    indent = text[line_start:anchor]
    top = line_start
    lines: list[tuple[int, str]] = []
    while top > 0:
        above = text.rfind("\n", 0, top - 1) + 1
        line = text[above : top - 1].rstrip("\r")
        if not line.strip().startswith(mark):
            break
        lines.insert(0, (above, line))
        top = above
    while lines and (_DIRECTIVE.match(lines[-1][1].strip()) or lines[-1][1].strip() == "//"):
        top_of_directives, _ = lines.pop()
        line_start = top_of_directives
    if not lines:
        at = line_start + len(indent)
        return Spot(at, at, indent, after=f"\n{indent}" + (f"//\n{indent}" if at != anchor else ""))
    start, (last, line) = lines[0][0] + len(indent), lines[-1]
    end = last + len(line)
    return Spot(start, end, indent, existing=text[start:end])
