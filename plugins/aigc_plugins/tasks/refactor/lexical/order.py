"""Whether an expression of a statement is computed once, and before anything that might change it, by the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import WithheldError
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.refactor.lexical.local import field_of, walk

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.tasks.refactor.lexical.families import Family

# The statements that an expression may stand in, and the field (empty: any) that is computed once, first of all.
_STATEMENTS = {
    "return_statement": "",
    "expression_statement": "",
    "throw_statement": "",
    "lexical_declaration": "",
    "variable_declaration": "",
    "local_variable_declaration": "",
    "short_var_declaration": "",
    "assignment_statement": "right",
    "var_declaration": "",
    "if_statement": "condition",
    "switch_statement": "value",
}
# What may stand between: each computes its parts from left to right, all of them.
_BETWEEN = frozenset(
    (
        "parenthesized_expression", "arguments", "argument_list", "call_expression", "method_invocation",
        "variable_declarator", "expression_list", "binary_expression", "unary_expression", "member_expression",
        "field_access", "selector_expression", "subscript_expression", "index_expression", "array_access", "array",
        "new_expression", "object_creation_expression", "template_string", "template_substitution",
        "assignment_expression", "condition", "var_spec",
    )
)  # fmt: skip
_ACTIVE = frozenset(
    (
        "call_expression", "method_invocation", "await_expression", "yield_expression", "assignment_expression",
        "augmented_assignment_expression", "update_expression", "new_expression", "object_creation_expression",
        "unary_delete", "spread_element", "switch_expression",
    )
)  # fmt: skip
_SHORT = ("&&", "||", "??")


def plain(node: tree_sitter.Node, family: Family) -> bool:
    """Tell whether an expression has no side effects: operators, members, literals and names only."""
    return all(
        one.type in family.values
        and not any(child.type in ("delete", "<-", "&", "void", "await") for child in one.children)
        for one in walk(node)
        if one.is_named
    )


def statement_of(target: tree_sitter.Node, family: Family) -> tree_sitter.Node:
    """Return the statement of an expression that is computed exactly once, before all that has side effects.

    Raises:
        WithheldError: it is not, or that cannot be told.
    """
    node = target
    while node.parent is not None:
        parent = node.parent
        if parent.type in family.blocks:
            return node
        if parent.type in _STATEMENTS:
            if _STATEMENTS[parent.type] not in ("", field_of(node)) or parent.child_by_field_name("initializer"):
                break
            _before(parent, node)
            outer = parent.parent
            if outer is None or outer.type not in family.blocks:
                break
            return parent
        if parent.type not in _BETWEEN or _conditional(parent, node):
            break
        _before(parent, node)
        node = parent
    raise WithheldError("The expression is not always computed, or not just once, or in no statement of its own.")


def _conditional(parent: tree_sitter.Node, node: tree_sitter.Node) -> bool:
    """Tell whether a part is left out at times: right of `&&`, behind `?.`, or is what is assigned to."""
    operator = parent.child_by_field_name("operator")
    short = operator is not None and operator.type in _SHORT and field_of(node) == "right"
    optional = any(child.type in ("optional_chain", "?.") for child in parent.children) and field_of(node) != "object"
    target = parent.type == "assignment_expression" and field_of(node) == "left"
    place = parent.type == "unary_expression" and any(child.type in ("delete", "&", "<-") for child in parent.children)
    return short or optional or target or place


def _before(parent: tree_sitter.Node, node: tree_sitter.Node) -> None:
    for one in parent.children:
        if one.start_byte >= node.start_byte:
            return
        if any(part.type in _ACTIVE for part in walk(one)):
            raise WithheldError("Something with side effects is computed before the expression.")


def alone(text: str, start: int) -> bool:
    """Tell whether only blanks stand before an offset on its line."""
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def inside(node: tree_sitter.Node, kinds: frozenset[str], top: tree_sitter.Node) -> bool:
    """Tell whether a node is inside of one of some kinds, up to `top`."""
    for one in ancestors(node.parent):
        if one == top:
            return False
        if one.type in kinds:
            return True
    return False


def addresses(node: tree_sitter.Node) -> bool:
    """Tell whether Go may take the address of an expression: of a copy it would be another one.

    A method with a pointer receiver does so without a word, a slice of an array, too.
    """
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type == "selector_expression":
        outer = parent.parent
        called = (
            outer is not None and outer.type == "call_expression" and outer.child_by_field_name("function") == parent
        )
        return called or addresses(parent)
    if parent.type == "index_expression":
        return parent.child_by_field_name("operand") == node and addresses(parent)
    addressed = parent.type == "unary_expression" and any(child.type == "&" for child in parent.children)
    return addressed or parent.type == "slice_expression"
