"""What no shown suggestion may do: add a syntax error, repeat the line below. Written apart from the product's own
judge, on trees of its own, so that the one can be checked by the other."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import Language

SYNTAX = "adds a syntax error"
REPEATS = "repeats the line below"
_TELLING = 3  # letters and digits that a line has at least before its repetition says anything


def guarantees(before: str, inserted: str, after: str, language: str, *, replaced: str = "") -> tuple[str, ...]:
    """Return which guarantees the text `before + inserted + after` breaks, none in the normal case.

    `language` is an LSP language id. `replaced` is what stood between `before` and `after` until the suggestion came.
    A language without a grammar has no syntax errors.
    """
    found = []
    if _adds_errors(before + replaced + after, before + inserted + after, language):
        found.append(SYNTAX)
    if _repeats_below(before, inserted, after):
        found.append(REPEATS)
    return tuple(found)


def _adds_errors(old: str, new: str, language_id: str) -> bool:
    from aigc_plugins.syntax import language_for

    language = language_for(language_id, PurePath())
    if language is None or not language.has_grammar:
        return False
    return _errors(language, new) > _errors(language, old)


def _errors(language: Language, text: str) -> int:
    """Count the ERROR and MISSING nodes of a whole text, parsed from nothing."""
    import tree_sitter

    tree = tree_sitter.Parser(language.grammar).parse(text.encode("utf-8", "replace"))
    count, waiting = 0, [tree.root_node]
    while waiting:
        node: tree_sitter.Node = waiting.pop()
        count += node.is_error or node.is_missing
        if node.has_error:
            waiting += node.children
    return count


def _repeats_below(before: str, inserted: str, after: str) -> bool:
    """Whether the line that the last of `inserted` stands on is the next line that is not blank."""
    body = inserted.rstrip()
    if not body.strip():
        return False
    left = before + body
    rest, _, below = (inserted[len(body) :] + after).partition("\n")
    line = left[left.rfind("\n") + 1 :] + rest
    following = next((other for other in below.split("\n") if other.strip()), "")
    words = line.split()
    if words != following.split() or sum(char.isalnum() for char in line) < _TELLING:
        return False
    # `end` below a deeper `end` closes something else.
    return len(words) > 1 or _indent(line) == _indent(following)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
