"""Finds where code is missing: below a comment, in a function without a body. Asked at each move of the cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.inline.scan import code_of
from aigc_plugins.inline.situation import indent_width
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.text import line_ending, line_span

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.document import Snapshot
    from aigc_plugins.syntax import Language
    from aigc_plugins.tasks.functions import Definition

# A statement that only stands for a body which is still to be written.
STUB = re.compile(
    r"(?:pass|\.\.\.|(?:raise|throw)\b[^\n]*(?:not[ _]?(?:yet[ _])?implemented|todo|unsupportedoperation)[^\n]*"
    r"|panic\([^\n]*(?:not|todo|implement)[^\n]*\)|(?:todo|unimplemented)!\([^\n]*\))\s*;?",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"@(?:\w+\.)*(?:overload|abstractmethod)\b|\babstract\b|\bdeclare\b"
)  # they have no body on purpose
_WORDS = 3  # that a comment has at least
_NO_TASK = re.compile(r"copyright|licen[sc]e|spdx|eslint|noqa|type:\s*ignore|pragma|^#!|coding[:=]|go:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gap:
    """[start, end) of a text becomes `insert`, what is to be written, and `tail`; `name` is the function's, else ''."""

    start: int
    end: int
    insert: str
    tail: str
    what: str
    name: str = ""


def gap_at(snapshot: Snapshot, at: int) -> Gap | None:
    """Return the gap that a cursor means, None where nothing is missing."""
    language = snapshot.language
    if snapshot.tree is None or language is None:
        return None
    low, high = line_span(snapshot.text, at)
    line = snapshot.text[low:high]
    if not line.strip():
        return None
    if language.line_comment and line.lstrip().startswith(language.line_comment):
        return _below_comment(snapshot, language, low, high)
    function = definition_at(snapshot, at, at)
    found = _in_body(snapshot, function) if function is not None else None
    return found or _open_header(snapshot, language, low, high)


def _below_comment(snapshot: Snapshot, language: Language, low: int, high: int) -> Gap | None:
    """Return the place below a comment that fills whole lines and has no code right below."""
    text, mark = snapshot.text, language.line_comment
    indent = text[low : low + len(text[low:high]) - len(text[low:high].lstrip())]
    while (following := _next_line(text, high)) is not None and text[slice(*following)].lstrip().startswith(mark):
        high = following[1]
    while low > 0 and text[slice(*line_span(text, low - 1))].lstrip().startswith(mark):
        low = line_span(text, low - 1)[0]
    words = text[low:high].replace(mark, " ")
    if len(words.split()) < _WORDS or _NO_TASK.search(text[low:high]):
        return None
    below = text[slice(*following)] if following is not None else ""
    if below.strip() and indent_width(below) >= indent_width(indent + "x"):
        return None
    return Gap(high, high, line_ending(text) + indent, "", "the code for this comment")


def _next_line(text: str, end: int) -> tuple[int, int] | None:
    """Return the span of the line after the one that ends at `end`."""
    start = end + (2 if text.startswith("\r\n", end) else 1)
    return line_span(text, start) if start <= len(text) else None


def _in_body(snapshot: Snapshot, function: Definition) -> Gap | None:
    """Return the place in a body that is empty, or in place of the statement that stands for it."""
    body, tree, text = function.body, function.tree, snapshot.text
    path = snapshot.path
    if body is None or _MEANT.search(function.header) or (path is not None and path.suffix == ".pyi"):
        return None
    statements = _statements(body, tree.language)
    comments = [one for one in statements if one.type in tree.language.comment_nodes or _is_text(one, tree.language)]
    rest = [one for one in statements if one not in comments]
    if len(rest) > 1 or (rest and STUB.fullmatch((rest[0].text or b"").decode("utf-8", "replace")) is None):
        return None
    newline, deeper = line_ending(text), function.indent + _unit(text, function.indent)
    what = f"the body of `{function.name}`"
    inner = body.type in ("block", "statement_block", "constructor_body") and not tree.language.blocks_by_indent
    start, end = function.body_start, tree.offset_of(body.end_byte)
    one_line = "\n" not in text[start:end]
    if inner and not comments and (one_line or not rest):  # { } or { stub }
        return Gap(start + 1, end - 1, newline + deeper, newline + function.indent, what, function.name)
    if rest:
        first, last = tree.offset_of(rest[0].start_byte), tree.offset_of(rest[0].end_byte)
        if text[line_span(text, first)[0] : first].strip():  # def f(): pass
            header = len(text[:first].rstrip())
            return Gap(header, last, newline + deeper, "", what, function.name) if not inner else None
        return Gap(first, last, "", "", what, function.name)
    if not comments:
        return None
    first, last = tree.offset_of(comments[-1].start_byte), tree.offset_of(comments[-1].end_byte)
    lead = text[line_span(text, first)[0] : first]
    if lead.strip():
        return None
    return Gap(last, last, newline + lead, "", what, function.name)


def _statements(body: tree_sitter.Node, language: Language) -> list[tree_sitter.Node]:
    """Return what stands in a body; some grammars have a list in between."""
    inner = body.named_children
    if len(inner) == 1 and inner[0].type == "statement_list":
        return inner[0].named_children
    return [child for one in inner for child in (one.named_children if one.type == "statement_list" else [one])]


def _is_text(node: tree_sitter.Node, language: Language) -> bool:
    """Tell whether a statement is a string alone: a docstring."""
    children = node.named_children
    return language.blocks_by_indent and len(children) == 1 and children[0].type in language.string_nodes


def _open_header(snapshot: Snapshot, language: Language, low: int, high: int) -> Gap | None:
    """Return the place below a line that opens a definition whose body is not written yet."""
    text = snapshot.text
    line = text[low:high]
    if not language.matches("definition", line) or not language.matches("opener", code_of(line, language)):
        return None
    name = re.search(r"([A-Za-z_$]\w*)\s*(?:<[^<>]*>)?\(", line)
    if name is None or _MEANT.search(line):
        return None
    indent = line[: len(line) - len(line.lstrip())]
    below = next((other for other in text[high : high + 2000].splitlines() if other.strip()), "")
    if below and indent_width(below) > indent_width(line):
        return None
    closed = below.strip().startswith("}") and indent_width(below) == indent_width(line)
    if closed:
        return None  # an empty body, which `_in_body` knows, or something that is no function
    newline = line_ending(text)
    tail = "" if language.blocks_by_indent else newline + indent + "}"
    start = low + len(line.rstrip())
    return Gap(start, high, newline + indent + _unit(text, indent), tail, f"the body of `{name[1]}`", name[1])


def _unit(text: str, indent: str) -> str:
    """Return one level of the file's indentation."""
    if "\t" in indent or "\n\t" in text:
        return "\t"
    widths = {len(found) for found in re.findall(r"^( +)\S", text[:20_000], re.MULTILINE)}
    return "  " if any(width % 4 == 2 for width in widths) else "    "
