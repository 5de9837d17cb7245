"""Renames a local variable or parameter by the tree. Where its places are, and whether they are sure, is `local`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Change, Edit, WithheldError
from aigc_plugins.tasks.refactor.lexical.local import field_of, local_at, text_of, walk

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree


def renamed(tree: SyntaxTree, node: tree_sitter.Node, name: str) -> Change:
    """Return the change that gives a local variable another name, which must not be in the file yet.

    Raises:
        WithheldError: it is no local variable, not told from others for sure, or the name is taken.
    """
    local = local_at(tree, node)
    if not name.isidentifier() or not name.isascii() or name in tree.language.reserved or name == "_":
        raise WithheldError(f"`{name}` is no name in {tree.language.title or tree.language.name}.")
    if any(text_of(one) == name for one in walk(tree.root) if not one.children):
        raise WithheldError(f"`{name}` is in the file already.")
    edits = tuple(_edit(tree, one, local.name, name) for one in sorted([local.declared, *local.uses], key=_start))
    return Change(edits, note=f"Renamed `{local.name}` to `{name}`, which nothing else in the file is called.")


def _start(node: tree_sitter.Node) -> int:
    return node.start_byte


def _edit(tree: SyntaxTree, node: tree_sitter.Node, old: str, name: str) -> Edit:
    """Return the edit of one place; `{a}` becomes `{a: b}`, so that the property keeps its name."""
    start, end = tree.offset_of(node.start_byte), tree.offset_of(node.end_byte)
    shorthand = node.type.startswith("shorthand_property_identifier")
    if shorthand and node.parent is not None and node.parent.type == "object_assignment_pattern":
        shorthand = field_of(node) == "left"
    return Edit(start, end, f"{old}: {name}" if shorthand else name)
