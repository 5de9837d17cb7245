"""Where in the text a name of the tree stands."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.scopes import Occurrence, Scopes
    from aigc_plugins.tasks.refactor.python.source import Source

_WORD = re.compile(r"\w+")


def word_at(text: str, offset: int) -> tuple[int, int]:
    """Return the word that an offset is in or behind of; an empty range where there is none."""
    start = end = offset
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return start, end


def occurrence_at(source: Source, scopes: Scopes, offset: int) -> Occurrence | None:
    """Return the name at an offset, None for attributes, keywords, text in strings."""
    start, end = word_at(source.text, offset)
    word = source.text[start:end]
    for one in scopes.occurrences:
        if one.name == word and hasattr(one.node, "lineno") and position(source, one.node, word) == start:
            return one
    return None


def position(source: Source, node: ast.AST, name: str) -> int:
    """Return where the name of a node is written: some nodes start with other words."""
    start, end = source.span(node)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        start = source.offset(node.lineno, node.col_offset)
    if isinstance(node, ast.Name | ast.arg | ast.NamedExpr | ast.MatchStar):
        return start if not isinstance(node, ast.MatchStar) else start + 1
    for found in _WORD.finditer(source.text, start, end):
        if found.group() == name:
            return found.start()
    return -1
