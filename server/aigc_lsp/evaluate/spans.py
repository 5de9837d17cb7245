"""Finds the spans of a source text that can be masked, by its syntax tree. Which files, and how many, it does not say.

Works with any grammar whose node types and fields go by tree-sitter's usual names; a grammar with names of its own
gives fewer spans, never wrong ones.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

    from aigc_plugins.syntax import Language, SyntaxTree

KINDS = ("line", "call", "block", "expression", "cross-file")

_CALLS = frozenset({"call", "call_expression", "function_call", "method_invocation", "macro_invocation"})
_FUNCTIONS = re.compile(r"function|method|constructor")
_ASSIGNS = re.compile(r"assign|declarator$|^let_declaration$|^short_var_declaration$")
_RETURNS = frozenset({"return_statement", "return_expression", "return"})
_NOT_A_LINE = re.compile(r"import|include|package|use_declaration|comment|namespace|preproc|^pass_statement$")
# From the part of a call that says what is called, to the last name in it.
_CALLEE = ("function", "method", "name", "macro")
_LAST_NAME = ("attribute", "property", "field", "method", "name")
_BLOCK_LINES, _BLOCK_CHARS = 10, 600
_MOST_CHARS = 200  # of a span within a line
_DEEPEST = 200  # columns of indentation


@dataclass(frozen=True, slots=True)
class Span:
    """Code points [start, end) that may be masked; `callee` is the name that a `call` calls."""

    kind: str
    start: int
    end: int
    callee: str = ""


def find_spans(tree: SyntaxTree, kinds: Collection[str]) -> list[Span]:
    """Return the spans of these kinds, in the order of the text.

    `line`: a whole line that is one simple statement. `call`: a call on one line, from the callee's name to its closing
    bracket. `block`: the body of a function, 2 to 10 lines. `expression`: the right-hand side of an assignment, or
    what is returned. Code that does not parse has none. `cross-file` spans are calls and found as such.
    """
    finder = _Finder(tree)
    found = {span for node in _walk(tree.root) for span in finder.spans(node, kinds)}
    return sorted(found, key=lambda span: (span.start, span.end, span.kind))


def _walk(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.is_error:
            continue
        yield node
        waiting += node.named_children


class _Finder:
    def __init__(self, tree: SyntaxTree) -> None:
        self._data = tree.text.encode("utf-8", "surrogatepass")
        self._ascii = tree.text.isascii()
        self._language: Language = tree.language

    def spans(self, node: Node, kinds: Collection[str]) -> Iterator[Span]:
        """Yield what `node` gives."""
        if node.has_error:
            return
        if "line" in kinds and self._is_line(node):
            yield from self._span("line", node.start_byte, self._line_end(node))
        if "call" in kinds and node.type in _CALLS and (name := _callee(node)) is not None:
            callee = (name.text or b"").decode("utf-8", "replace")
            yield from self._span("call", name.start_byte, node.end_byte, callee)
        if "block" in kinds and _FUNCTIONS.search(node.type) and (body := node.child_by_field_name("body")):
            yield from self._block(body)
        if "expression" in kinds and (value := _value(node)) is not None:
            yield from self._span("expression", value.start_byte, value.end_byte)

    def _is_line(self, node: Node) -> bool:
        if node.start_point[0] != node.end_point[0]:
            return False
        near = max(node.start_byte - _DEEPEST, 0)
        left = self._data[max(self._data.rfind(b"\n", near, node.start_byte) + 1, near) : node.start_byte]
        if left.strip() or self._data[node.end_byte : self._line_end(node)].strip(b" \t\r;,"):
            return False
        parent, language = node.parent, self._language  # a parent is found from the root: asked for last
        if parent is None or parent.type not in language.block_nodes:
            return False
        if _NOT_A_LINE.search(node.type) or node.child_by_field_name("body") is not None:
            return False
        only = node.named_child(0) if node.named_child_count == 1 else None
        # A string alone is a documentation comment, not code.
        return node.type not in language.string_nodes and (only is None or only.type not in language.string_nodes)

    def _line_end(self, node: Node) -> int:
        end = self._data.find(b"\n", node.end_byte)
        end = len(self._data) if end < 0 else end
        return node.end_byte + len(self._data[node.end_byte : end].rstrip())

    def _block(self, body: Node) -> Iterator[Span]:
        start, end = body.start_byte, body.end_byte
        if self._data[start:end].startswith(b"{"):
            start, end = start + 1, end - 1
        else:
            documentation = body.named_child(0)
            only = documentation.named_child(0) if documentation and documentation.named_child_count == 1 else None
            if only is not None and only.type in self._language.string_nodes and body.named_child_count > 1:
                start = body.named_children[1].start_byte
        text = self._data[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        if 1 <= text.count(b"\n") < _BLOCK_LINES and len(text) <= _BLOCK_CHARS:
            yield Span("block", self._offset(start), self._offset(start + len(text)))

    def _span(self, kind: str, start: int, end: int, callee: str = "") -> Iterator[Span]:
        text = self._data[start:end]
        if b"\n" not in text and 4 <= len(text) <= _MOST_CHARS and any(chr(byte).isalnum() for byte in text):
            yield Span(kind, self._offset(start), self._offset(end), callee)

    def _offset(self, byte: int) -> int:
        return byte if self._ascii else len(self._data[:byte].decode("utf-8", "surrogatepass"))


def _callee(node: Node) -> Node | None:
    """Return the last name of what a call calls: `c` of `a.b.c(…)`; None where it is no name."""
    name = next((found for field in _CALLEE if (found := node.child_by_field_name(field)) is not None), None)
    while name is not None:
        deeper = next((found for field in _LAST_NAME if (found := name.child_by_field_name(field)) is not None), None)
        if deeper is None or name.type in _CALLS:
            break
        name = deeper
    return name if name is not None and name.type.endswith("identifier") else None


def _value(node: Node) -> Node | None:
    """Return the right-hand side of an assignment, or what a return statement returns."""
    if node.type in _RETURNS:
        return node.named_child(0)
    if not _ASSIGNS.search(node.type):
        return None
    return node.child_by_field_name("right") or node.child_by_field_name("value")
