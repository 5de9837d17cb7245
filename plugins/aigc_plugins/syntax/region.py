"""The part of a document that is parsed at each keystroke: all of a small one, the definitions around in a large one.

tree-sitter re-parses in time that grows with the number of top-level nodes (30 ms for 1 MB of Python), hence the limit.
"""

from __future__ import annotations

from dataclasses import dataclass

from aigc_plugins.syntax.language import Language
from aigc_plugins.syntax.tree import SyntaxTree

WHOLE = 48 * 1024  # characters of a document that is parsed as a whole
_BEFORE, _AFTER = 6 * 1024, 3 * 1024  # characters that a region has at least on each side of the offset asked for
_MARGIN = 1024  # a region is used again while the offset stays this far inside
_SEARCH = 8 * 1024  # how far a definition is looked for before any line has to do


@dataclass(frozen=True, slots=True)
class Region:
    """The characters [start, start + len(tree.text)) of a document, parsed on their own."""

    start: int
    tree: SyntaxTree
    whole: bool

    @property
    def end(self) -> int:
        """The offset in the document where it ends."""
        return self.start + len(self.tree.text)

    def edited(self, start: int, end: int, new_text: str) -> Region | None:
        """Return the region after an edit of the document, None where it has to be found anew."""
        if self.whole:
            return None  # the document's own tree is edited
        if self.start < start and end < self.end:
            return Region(self.start, self.tree.edited(start - self.start, end - self.start, new_text), False)
        if end <= self.start:
            return Region(self.start + len(new_text) - (end - start), self.tree, False)
        return self if start >= self.end else None


def region_at(tree: SyntaxTree, offset: int, known: Region | None = None) -> Region:
    """Return the region around `offset` of the document that `tree` is of; `known` is taken where it still serves."""
    text = tree.text
    if len(text) <= WHOLE:
        return Region(0, tree, whole=True)
    if known is not None and not known.whole:
        inside_left = known.start == 0 or known.start + _MARGIN <= offset
        if (
            inside_left
            and (offset + _MARGIN <= known.end or known.end == len(text))
            and known.end - known.start <= WHOLE
        ):
            return known
    start = _boundary(tree.language, text, max(offset - _BEFORE - _SEARCH, 0), max(offset - _BEFORE, 0), last=True)
    end = _boundary(tree.language, text, min(offset + _AFTER, len(text)), min(offset + _AFTER + _SEARCH, len(text)))
    return Region(start, SyntaxTree(tree.language, text[start:end]), whole=False)


def _boundary(language: Language, text: str, low: int, high: int, *, last: bool = False) -> int:
    """Return where in [low, high] a definition starts at the left margin, else any line."""
    if low == 0 and last:
        return 0
    if high == len(text) and not last:
        return high
    found = [at for at in language.definitions(text, low, high) if not text[at].isspace()]
    if found:
        return found[-1 if last else 0]
    line = text.rfind("\n", low, high) if last else text.find("\n", low, high)
    return line + 1 if line >= 0 else (high if last else low)
