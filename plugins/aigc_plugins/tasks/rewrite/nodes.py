"""Statements in languages with braces: blocks, what is in them, and what follows an `else`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

_LEAVES = frozenset(("return_statement", "throw_statement", "break_statement", "continue_statement"))
BLOCKS = frozenset(("statement_block", "block"))


def inside_out(root: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """Yield a node and all in it, the inner ones first."""
    waiting = [(root, False)]
    while waiting:
        node, seen = waiting.pop()
        if seen:
            yield node
        else:
            waiting.append((node, True))
            waiting += [(child, False) for child in reversed(node.named_children)]


def else_of(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Return what stands after `else`, None where nothing does."""
    found = node.child_by_field_name("alternative")
    if found is not None and found.type == "else_clause":
        return found.named_children[0] if len(found.named_children) == 1 else None
    return found


def is_else_branch(node: tree_sitter.Node) -> bool:
    """Tell whether a statement is what follows an `else`."""
    parent = node.parent
    if parent is None or parent.type == "else_clause":
        return parent is not None
    return parent.type == "if_statement"


def in_block(node: tree_sitter.Node) -> bool:
    """Tell whether a statement is one of several of a block."""
    return node.parent is not None and node.parent.type in ("statement_block", "block", "statement_list")


def statements(block: tree_sitter.Node) -> list[tree_sitter.Node]:
    """Return the statements of a block; Go wraps them once more."""
    found = [one for one in block.named_children if "comment" not in one.type]
    return found[0].named_children if len(found) == 1 and found[0].type == "statement_list" else found


def leaves(body: tree_sitter.Node) -> bool:
    """Tell whether a block ends by leaving it."""
    inner = statements(body) if body.type in BLOCKS else []
    return bool(inner) and inner[-1].type in _LEAVES
