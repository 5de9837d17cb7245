"""Takes JavaScript expressions and statements apart: calls into what is called and its arguments. It runs nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_plugins.syntax import SyntaxTree, language_for
from aigc_plugins.testgen.script.statements import text_of

if TYPE_CHECKING:
    import tree_sitter


def parsed(text: str) -> SyntaxTree:
    """Return the syntax tree of a text in TypeScript, which JavaScript is a part of."""
    language = language_for("typescript")
    if language is None:
        raise LookupError("TypeScript is not among the languages")
    return SyntaxTree(language, text)


@lru_cache(4096)
def call_of(act: str) -> tuple[str, list[str]]:
    """Return what an act calls (`parse`, `new Queue`) and its arguments; empty where it is no call."""
    root = parsed(f"({act.removeprefix('await ')});").root
    node = root
    while node.named_child_count == 1 and node.type not in ("call_expression", "new_expression"):
        node = node.named_children[0]
    arguments = node.child_by_field_name("arguments")
    if root.has_error or node.type not in ("call_expression", "new_expression") or arguments is None:
        return "", []
    called = text_of(node.child_by_field_name("function") or node.child_by_field_name("constructor"))
    inner = [text_of(one) for one in arguments.named_children if one.type != "comment"]
    return ("new " if node.type == "new_expression" else "") + called, inner


def valid(text: str) -> bool:
    """Tell whether a text parses."""
    return not parsed(text).root.has_error


def names_in(node: tree_sitter.Node) -> set[str]:
    """Return the names that a piece of code uses, those of properties left out."""
    found, waiting = set(), [node]
    while waiting:
        one = waiting.pop()
        if one.type in ("identifier", "shorthand_property_identifier"):
            found.add(text_of(one))
        waiting += one.named_children
    return found


def mentions(name: str, text: str) -> bool:
    """Tell whether a text has a name in it as a word."""
    return re.search(rf"(?<![\w$])(?:(?<!\.)|(?<=\.\.\.)){re.escape(name)}(?![\w$])", text) is not None
