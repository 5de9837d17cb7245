"""Proves that documentation changed nothing else, by reading both texts anew. It does not ask how the edit was made."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.action import WithheldError
from aigc_plugins.syntax import SyntaxTree
from aigc_plugins.tasks.docstring.places import docstring_node

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.syntax import Language

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def check_unchanged(before: str, after: str, language: Language) -> None:
    """Check that the code of two texts is the same: all but comments and, in Python, the docstring of one definition.

    Raises:
        WithheldError: it is not.
    """
    old, new = SyntaxTree(language, before), SyntaxTree(language, after)
    if new.errors() > old.errors():
        raise WithheldError("The text does not parse with that documentation.")
    if list(_tokens(old.root)) != list(_tokens(new.root)):
        raise WithheldError("That documentation would change code.")
    if language.name == "python":
        _check_python(before, after)


def _check_python(before: str, after: str) -> None:
    before, after = before.removeprefix("\ufeff"), after.removeprefix("\ufeff")  # which `ast` takes for a letter
    try:
        old = ast.parse(before)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # unfinished or newer code: the tokens and their depth were compared
    try:
        new = ast.parse(after)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise WithheldError("The text does not parse with that documentation.") from None
    old_strings, new_strings = _without_docstrings(old), _without_docstrings(new)
    if ast.dump(old) != ast.dump(new) or len(old_strings) != len(new_strings):
        raise WithheldError("That documentation would change statements.")
    if sum(one != other for one, other in zip(old_strings, new_strings, strict=True)) != 1:
        raise WithheldError("That documentation would not be the one of the definition alone.")


def _without_docstrings(tree: ast.Module) -> list[str | None]:
    """Take the docstrings out of a tree and return them, None where a definition has none."""
    found: list[str | None] = []
    for node in ast.walk(tree):
        if isinstance(node, _DOCUMENTED):
            found.append(ast.get_docstring(node, clean=False))
            if found[-1] is not None:
                del node.body[0]
    return found


def _tokens(root: tree_sitter.Node) -> Iterator[tuple[int, bytes]]:
    """Yield the leaves of a tree with their depth, without comments and docstrings."""
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if "comment" in node.type:
            continue
        children = node.children
        if node.type == "block" and (string := docstring_node(node)) is not None:
            children = [child for child in children if child != string.parent]
        if node.children:
            waiting += [(child, depth + 1) for child in reversed(children)]
        elif (node.text and node.type != "string_content") or node.text:
            yield depth, node.text
