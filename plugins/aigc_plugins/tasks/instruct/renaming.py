"""Does exactly what "rename a to b" asks, inside of a block, without a model. Names used outside of it stay the work of
the rename refactorings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.api import Change, Edit, WithheldError
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.instruct.definitions import outermost
from aigc_plugins.tasks.instruct.names import binds, name_of, uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree
    from aigc_plugins.tasks.instruct.block import Block

_ASKED = re.compile(
    r"^\s*rename\s+(?:the\s+)?(?:(?:local\s+)?(?:variable|parameter|argument|constant|name)\s+)?[`'\"]?([A-Za-z_]\w*)[`'\"]?"
    r"\s+(?:to|into|as|->|=>)\s+[`'\"]?([A-Za-z_]\w*)[`'\"]?\s*\.?\s*$",
    re.IGNORECASE,
)


def renamed(block: Block, instruction: str) -> Change | None:
    """Return the block with a name replaced, None where the instruction asks for anything else.

    Raises:
        WithheldError: the name is not only the block's own, or the new one is taken.
    """
    asked = _ASKED.match(instruction)
    tree = block.snapshot.tree
    if asked is None or tree is None:
        return None
    old, new = asked.groups()
    scope = _scope(block, tree, old)
    places = list(_uses(scope, old))
    inside = [node for node in places if block.start <= tree.offset_of(node.start_byte) < block.end]
    if not inside:
        return None
    if len(inside) < len(places):
        raise WithheldError(f"`{old}` is used outside of the selection too. Rename it with the editor's rename.")
    if new in tree.language.reserved:
        raise WithheldError(f"`{new}` is a word of the language.")
    if any(True for _ in _uses(scope, new)):
        raise WithheldError(f"There is a `{new}` already.")
    edits = tuple(_edit(tree, node, old, new) for node in inside)
    return Change(edits, note=f"`{old}` is `{new}` now, at {len(edits)} places, all that there are.")


def _edit(tree: SyntaxTree, node: tree_sitter.Node, old: str, new: str) -> Edit:
    start, end = tree.offset_of(node.start_byte), tree.offset_of(node.end_byte)
    return Edit(start, end, f"{old}: {new}" if node.type.startswith("shorthand") else new)


def _scope(block: Block, tree: SyntaxTree, name: str) -> tree_sitter.Node:
    """Return the outermost function around the block where the name is one of its own, else the root."""
    found = tree.root
    for node in ancestors(tree.node_at(block.start, block.end)):
        if node.type in tree.language.function_nodes:
            found = node
    if found == tree.root:
        held = outermost(tree, block.start, block.end)
        if len(held) == 1 and held[0].kind == "function":
            found = held[0].node
    return found if found != tree.root and _is_bound(found, name) else tree.root


def _is_bound(function: tree_sitter.Node, name: str) -> bool:
    """Tell whether a function makes a name, and does not declare it global."""
    found = list(_uses(function, name))
    outer = any(
        one.parent is not None and one.parent.type in ("global_statement", "nonlocal_statement") for one in found
    )
    return not outer and any(binds(one) and one.parent != function for one in found)


def _uses(root: tree_sitter.Node, name: str) -> Iterator[tree_sitter.Node]:
    return (node for node in uses(root) if name_of(node) == name)
