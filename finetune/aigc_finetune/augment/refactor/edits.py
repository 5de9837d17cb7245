"""Replacements in a text, and the nodes of a tree in order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from aigc_finetune.augment.source import Source
from aigc_plugins.syntax import Language

if TYPE_CHECKING:
    import tree_sitter


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the characters [start, end) by `text`."""

    start: int
    end: int
    text: str


def applied(text: str, groups: Iterable[Sequence[Edit]]) -> str:
    """Return the text after the edits of each group, or none of them: of groups that overlap the first one counts."""
    pieces: list[str] = []
    at = 0
    for group in sorted(sorted(group) for group in groups):
        if group[0].start < at:
            continue
        for edit in group:
            pieces += (text[at : edit.start], edit.text)
            at = edit.end
    return "".join((*pieces, text[at:]))


def nodes(source: Source, root: tree_sitter.Node | None, *kinds: str) -> list[tree_sitter.Node]:
    """Return the nodes of these types in `root`, in the order of the text, outer ones first."""
    if root is None:
        return []
    import tree_sitter

    found = tree_sitter.QueryCursor(_query(source.language, kinds)).captures(root).get("found", [])
    return sorted(found, key=lambda node: (node.start_byte, -node.end_byte))


@cache
def _query(language: Language, kinds: tuple[str, ...]) -> tree_sitter.Query:
    import tree_sitter

    return tree_sitter.Query(language.grammar, "".join(f"({kind}) @found\n" for kind in kinds))
