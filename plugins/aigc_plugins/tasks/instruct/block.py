"""Finds the block of a text that an instruction is about. It reads no instruction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.text import line_span

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot
    from aigc_plugins.syntax import SyntaxTree

_LARGE = 80  # lines from which a statement is meant, not the function around it
_AROUND = 1200  # characters of the text shown on each side


@dataclass(frozen=True, slots=True)
class Block:
    """The code points [start, end) of a text: whole lines without the last line's ending, or a piece of one line."""

    snapshot: Snapshot
    start: int
    end: int
    whole_lines: bool

    @property
    def text(self) -> str:
        """What stands there now."""
        return self.snapshot.text[self.start : self.end].replace("\r\n", "\n")

    @property
    def before(self) -> str:
        """The text above that is shown, from the start of a line."""
        low = max(self.start - _AROUND, 0)
        shown = self.snapshot.text[low : self.start].replace("\r\n", "\n")
        return shown.partition("\n")[2] if low else shown

    @property
    def after(self) -> str:
        """The text below that is shown, up to the end of a line."""
        high = self.end + _AROUND
        shown = self.snapshot.text[self.end : high].replace("\r\n", "\n")
        return shown.rpartition("\n")[0] if high < len(self.snapshot.text) else shown

    def tree_with(self, answer: str) -> SyntaxTree | None:
        """Return the tree of the text with `answer` in the block's place."""
        tree = self.snapshot.tree
        return tree.edited(self.start, self.end, answer) if tree is not None else None


def block_at(snapshot: Snapshot, start: int, end: int) -> Block | None:
    """Return the selected block, whole lines where it is more than a piece of one; for a cursor the code around it.

    None: there is nothing but blanks.
    """
    text = snapshot.text
    if start == end:
        found = _around(snapshot, start)
        if found is None:
            return None
        start, end = found
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return None
    low, high = line_span(text, start)[0], line_span(text, end)[1]
    lone = not text[low:start].strip() and not text[end:high].strip()
    if lone or "\n" in text[start:end]:
        return Block(snapshot, low, high, True)
    return Block(snapshot, start, end, False)


def _around(snapshot: Snapshot, at: int) -> tuple[int, int] | None:
    """Return the function around a cursor, or the statement where that is large or there is none, or the line."""
    text, tree = snapshot.text, snapshot.tree
    low, high = line_span(text, at)
    if tree is None:
        return (low, high) if text[low:high].strip() else None
    function = definition_at(snapshot, at, at)
    if function is not None and function.text.count("\n") < _LARGE:
        return function.start, function.end
    while at < high and text[at] in " \t":
        at += 1
    if not text[low:high].strip():
        return None
    for node in ancestors(tree.node_at(at, at)):
        if node.parent is not None and node.parent.type in tree.language.block_nodes and node.is_named:
            return tree.offset_of(node.start_byte), tree.offset_of(node.end_byte)
    return low, high
