"""Cuts a source file into chunks, definition by definition, and names its symbols. Languages are data; see `syntax`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aigc_plugins.index import pieces
from aigc_plugins.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Iterable

    import tree_sitter

    from aigc_plugins.syntax import Language

_KINDS = {"class": 0, "function": 1, "method": 2, "owner": 3, "scope": 4, "variable": 5}  # the first wins at one name
_DEEPEST = 14  # levels of the tree that are searched for definitions
_SIGNATURE = 400  # characters
_LARGEST = 1 << 20  # characters that are parsed; what is longer is cut by lines


class Cut(NamedTuple):
    """A file in pieces: chunks as (start line, end line, text), symbols as rows of `Mark`."""

    lines: int
    chunks: list[tuple[int, int, str]]
    symbols: list[Mark]


class Mark(NamedTuple):
    """A symbol of one file; lines from 0, the end excluded."""

    name: str
    kind: str
    container: str
    start_line: int
    end_line: int
    signature: str


class _Found(NamedTuple):
    start: int
    end: int
    first: int
    last: int
    name: str
    kind: str
    container: str
    signature: str


def normal(text: str) -> str:
    """Return `text` with LF at the end of each line, so that a line here is a line of the editor's."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def cut(text: str, language: Language | None) -> Cut:
    """Return the chunks and symbols of a normalised text; without a grammar there are no symbols.

    A text with syntax errors is cut as well as it goes. Raises what a broken grammar or query of a plugin's raises.
    """
    lines = text.split("\n")
    definitions: list[pieces.Span] = []
    symbols: list[Mark] = []
    if language is not None and language.has_grammar and len(text) <= _LARGEST:
        definitions, symbols = _analyse(text, language)
    comment = language.line_comment if language is not None else ""
    chunks = [(start, end, "\n".join(lines[start:end])) for start, end in pieces.divide(lines, definitions, comment)]
    return Cut(len(lines) - (lines[-1] == ""), chunks, symbols)


def _analyse(text: str, language: Language) -> tuple[list[pieces.Span], list[Mark]]:
    import tree_sitter

    query = language.definition_query
    if query is None:
        return [], []
    data = replace_surrogates(text).encode()
    tree = tree_sitter.Parser(language.grammar).parse(data)
    cursor = tree_sitter.QueryCursor(query)
    cursor.set_max_start_depth(_DEEPEST)
    spans: list[pieces.Span] = []
    found: dict[int, _Found] = {}
    for _, captures in cursor.matches(tree.root_node):
        nodes = captures.get("definition")
        if nodes is not None:
            node = nodes[0]
            spans.append((node.start_point[0], _end_line(node)))
            continue
        one = _read(captures, data)
        if one is not None:
            key = captures["name"][0].start_byte
            known = found.get(key)
            if known is None or _KINDS[one.kind] < _KINDS[known.kind]:
                found[key] = one
    return spans, _placed(found.values())


def _read(captures: dict[str, list[tree_sitter.Node]], data: bytes) -> _Found | None:
    kind = next((key for key in captures if key in _KINDS), None)
    if kind is None or "name" not in captures:
        return None
    node, name = captures[kind][0], captures["name"][0]
    start = _header_start(data, node.start_byte)
    container = captures["container"][0] if "container" in captures else None
    body = captures["body"][0] if "body" in captures else node.child_by_field_name("body")
    if kind in ("owner", "scope"):
        signature = ""
    elif body is not None and kind != "variable":
        signature = _text(data, start, body.start_byte).strip()
    else:
        signature = _text(data, start, node.end_byte).partition("\n")[0].strip()
    return _Found(
        node.start_byte,
        node.end_byte,
        node.start_point[0],
        _end_line(node),
        _text(data, name.start_byte, name.end_byte),
        kind,
        _text(data, container.start_byte, container.end_byte) if container is not None else "",
        signature[:_SIGNATURE],
    )


def _header_start(data: bytes, start: int) -> int:
    """Return where the header begins that a node is part of: `export` or `type` before it belong to it."""
    line = data.rfind(b"\n", 0, start) + 1
    before = data[line:start]
    return line if before.replace(b" ", b"").isalpha() else start


def _placed(found: Iterable[_Found]) -> list[Mark]:
    """Give each symbol the names around it."""
    marks: list[Mark] = []
    around: list[_Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        while around and around[-1].end <= one.start:
            around.pop()
        outer = around[-1].kind if around else ""
        if one.kind not in ("owner", "scope"):
            names = [outside.name for outside in around] + ([one.container] if one.container else [])
            method = one.kind == "function" and (outer in ("class", "owner"))
            kind = "method" if method else one.kind
            marks.append(Mark(one.name, kind, ".".join(names), one.first, one.last, one.signature))
        if one.kind != "variable":
            around.append(one)
    return marks


def _end_line(node: tree_sitter.Node) -> int:
    row, column = node.end_point
    return row + 1 if column or row == node.start_point[0] else row


def _text(data: bytes, start: int, end: int) -> str:
    return data[start:end].decode("utf-8", "replace")
