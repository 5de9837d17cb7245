"""Conditions in languages with braces: which expressions are true or false and nothing else, and their opposites."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree

_OPPOSITE = {"==": "!=", "!=": "==", "===": "!==", "!==": "==="}
_COMPARES = frozenset((*_OPPOSITE, "<", ">", "<=", ">=", "instanceof", "in"))
_JOINS = frozenset(("&&", "||"))
_CONDITIONS = frozenset(("if_statement", "while_statement", "do_statement", "ternary_expression"))
# Where an expression may stand without parentheses, whatever its operators.
_OPEN = frozenset(
    ("return_statement", "parenthesized_expression", "variable_declarator", "expression_list", "arguments",
     "argument_list", "if_statement", "expression_statement")
)  # fmt: skip


class Truth:
    """Reads conditions of one text."""

    def __init__(self, tree: SyntaxTree) -> None:
        self._tree = tree

    def source(self, node: tree_sitter.Node) -> str:
        """Return a node as it is written."""
        return self._tree.text[self._tree.offset_of(node.start_byte) : self._tree.offset_of(node.end_byte)]

    def bare(self, node: tree_sitter.Node) -> tree_sitter.Node:
        """Return what stands in parentheses."""
        while node.type == "parenthesized_expression" and len(node.named_children) == 1:
            node = node.named_children[0]
        return node

    def operator(self, node: tree_sitter.Node) -> str:
        """Return the operator of an expression, empty where it has none."""
        found = node.child_by_field_name("operator")
        return self.source(found) if found is not None else ""

    def negated(self, node: tree_sitter.Node) -> tree_sitter.Node | None:
        """Return what a `!` negates, None where the node is none."""
        if node.type != "unary_expression" or self.operator(node) != "!":
            return None
        return node.child_by_field_name("argument") or node.child_by_field_name("operand")

    def is_boolean(self, node: tree_sitter.Node) -> bool:
        """Tell whether an expression is true or false, whatever is in it."""
        node = self.bare(node)
        if node.type in ("true", "false", "instanceof_expression") or self.negated(node) is not None:
            return True
        if node.type != "binary_expression":
            return False
        operator = self.operator(node)
        sides = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        return operator in _COMPARES or (
            operator in _JOINS and all(side is not None and self.is_boolean(side) for side in sides)
        )

    def turned(self, node: tree_sitter.Node) -> str:
        """Return the opposite of a comparison for equality, empty for everything else.

        The others have none: `!(a < b)` is not `a >= b` where one of them is no number.
        """
        opposite = _OPPOSITE.get(self.operator(node)) if node.type == "binary_expression" else None
        operator = node.child_by_field_name("operator")
        if opposite is None or operator is None:
            return ""
        first, last = self._tree.offset_of(node.start_byte), self._tree.offset_of(node.end_byte)
        start, end = self._tree.offset_of(operator.start_byte), self._tree.offset_of(operator.end_byte)
        return self._tree.text[first:start] + opposite + self._tree.text[end:last]

    def text(self, condition: tree_sitter.Node, *, negated: bool) -> str:
        """Return a condition or its opposite as an expression; empty where it may be more than true or false."""
        bare = self.bare(condition)
        if not self.is_boolean(bare):
            return ""
        if not negated:
            return self.source(bare)
        inner = self.negated(bare)
        if inner is not None:
            return self.source(self.bare(inner)) if self.is_boolean(inner) else ""
        if bare.type in ("true", "false"):
            return "false" if bare.type == "true" else "true"
        return self.turned(bare) or f"!({self.source(bare)})"

    def fitted(self, text: str, place: tree_sitter.Node) -> str:
        """Return an expression for the place of a node, in parentheses where operators stand around it."""
        parent = place.parent
        return text if parent is not None and parent.type in _OPEN else f"({text})"

    def only_truth_counts(self, node: tree_sitter.Node) -> bool:
        """Tell whether a node is the condition of a statement."""
        parent = node.parent
        while parent is not None and parent.type == "parenthesized_expression":
            node, parent = parent, parent.parent
        return parent is not None and parent.type in _CONDITIONS and parent.child_by_field_name("condition") == node
