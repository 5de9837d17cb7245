"""A tree-sitter tree over a text, parsed when it is first needed and again from its former self after an edit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aigc_plugins.syntax.language import Language
from aigc_plugins.text import replace_surrogates

if TYPE_CHECKING:
    import tree_sitter


class SyntaxTree:
    """The syntax of one text. Never changed: an edit gives a new one. Offsets are code points of `text`."""

    __slots__ = ("_lock", "_stale", "_tree", "language", "text")

    def __init__(self, language: Language, text: str, stale: tree_sitter.Tree | None = None) -> None:
        self.language = language
        self.text = text
        self._stale = stale
        self._tree: tree_sitter.Tree | None = None
        self._lock = threading.Lock()

    @property
    def root(self) -> tree_sitter.Node:
        """The root node; the first look parses."""
        return self._parsed().root_node

    def edited(self, start: int, end: int, new_text: str, text: str | None = None) -> SyntaxTree:
        """Return the tree with [start, end) replaced; what did not change is not parsed again.

        `text` is the resulting text, for a caller who has it already.
        """
        if text is None:
            text = self.text[:start] + new_text + self.text[end:]
        old = self._tree or self._stale
        if old is None:
            return SyntaxTree(self.language, text)
        tree = old.copy()
        first, last = self.byte_of(start), self.byte_of(end)
        new_last = first + len(new_text.encode("utf-8", "surrogatepass"))
        new_end = start + len(new_text)
        tree.edit(first, last, new_last, _point(self.text, start), _point(self.text, end), _point(text, new_end))
        return SyntaxTree(self.language, text, tree)

    def byte_of(self, offset: int) -> int:
        """Return the UTF-8 byte of a code point offset."""
        return offset if self.text.isascii() else len(self.text[:offset].encode("utf-8", "surrogatepass"))

    def offset_of(self, byte: int) -> int:
        """Return the code point offset of a UTF-8 byte."""
        if self.text.isascii():
            return byte
        return len(self.text.encode("utf-8", "surrogatepass")[:byte].decode("utf-8", "ignore"))

    def node_at(self, start: int, end: int) -> tree_sitter.Node:
        """Return the smallest node that covers [start, end), the root where none is smaller."""
        found = self.root.descendant_for_byte_range(self.byte_of(start), self.byte_of(end))
        return found if found is not None else self.root

    def errors(self, start: int = 0, end: int | None = None) -> int:
        """Count the ERROR and MISSING nodes that touch [start, end]."""
        first = self.byte_of(start)
        last = self.byte_of(len(self.text) if end is None else end)
        return sum(1 for _ in _faults(self.root, first, last))

    def _parsed(self) -> tree_sitter.Tree:
        with self._lock:
            if self._tree is None:
                import tree_sitter

                data = replace_surrogates(self.text).encode()
                parser = tree_sitter.Parser(self.language.grammar)
                self._tree = parser.parse(data) if self._stale is None else parser.parse(data, self._stale)
                self._stale = None
            return self._tree


def ancestors(node: tree_sitter.Node | None) -> Iterator[tree_sitter.Node]:
    """Yield a node, its parent, and so on up to the root."""
    while node is not None:
        yield node
        node = node.parent


def _faults(node: tree_sitter.Node, first: int, last: int) -> Iterator[tree_sitter.Node]:
    if node.is_error or node.is_missing:
        yield node
    if node.has_error:
        for child in node.children:
            if (child.has_error or child.is_missing) and child.start_byte <= last and child.end_byte >= first:
                yield from _faults(child, first, last)


def _point(text: str, offset: int) -> tuple[int, int]:
    line = text.rfind("\n", 0, offset) + 1
    column = text[line:offset]
    return text.count("\n", 0, offset), len(column.encode("utf-8", "surrogatepass"))
