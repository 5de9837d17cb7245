"""Gives an expression without side effects a name in the line above, by the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Change, Edit, WithheldError
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.refactor.lexical.families import FAMILIES, Family
from aigc_plugins.tasks.refactor.lexical.local import local_at, text_of, walk
from aigc_plugins.tasks.refactor.lexical.order import addresses, alone, plain, statement_of

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree

_OFFERED = frozenset(
    (
        "binary_expression", "unary_expression", "member_expression", "subscript_expression", "ternary_expression",
        "parenthesized_expression", "selector_expression", "index_expression", "field_access", "array_access",
        "template_string", "string", "number", "string_literal", "interpreted_string_literal",
    )
)  # fmt: skip
_NARROWING = ("member_expression", "subscript_expression", "unary_expression", "binary_expression")
_HEADS = {"go": "{name} := {value}", "java": "final var {name} = {value};"}
_COMPARISONS = ("==", "!=", "<", ">", "<=", ">=", "&&", "||", "!")


def is_value(node: tree_sitter.Node) -> bool:
    """Tell whether a node is a kind of expression that may get a name."""
    return node.type in _OFFERED


def extracted(tree: SyntaxTree, node: tree_sitter.Node, name: str) -> Change:
    """Return the change that puts an expression into a variable.

    Raises:
        WithheldError: it has side effects, is not computed exactly once, or its type might become another one.
    """
    family, language = FAMILIES[tree.language.name], tree.language.name
    if not is_value(node) or not plain(node, family):
        raise WithheldError("The selection is no expression, or one that might have side effects.")
    if not any(one.type in family.functions for one in ancestors(node)):
        raise WithheldError("It is offered inside of functions only.")
    if tree.errors():
        raise WithheldError("The file has a syntax error.")
    if language == "go" and addresses(node):
        raise WithheldError("A method or slice of the selection needs the selection itself, not a copy of it.")
    if language == "go":
        _check_go(tree, node, family)
    if language == "java" and not any(one.type == "identifier" for one in walk(node)):
        raise WithheldError("The type of a literal depends on where it stands.")
    _check_parent(node)
    statement = statement_of(node, family)
    if language in ("typescript", "tsx") and statement.type == "if_statement" and node.type in _NARROWING:
        raise WithheldError("The condition may tell the type of something, which a variable would not.")
    start = tree.offset_of(statement.start_byte)
    if not alone(tree.text, start):
        raise WithheldError("There is no line of its own for the new variable before the statement.")
    first, last = tree.offset_of(node.start_byte), tree.offset_of(node.end_byte)
    indent = tree.text[tree.text.rfind("\n", 0, start) + 1 : start]
    ends = ";" if _semicolons(tree) or text_of(statement)[:1] in "([`+-/" else ""
    head = _HEADS.get(language, f"const {{name}} = {{value}}{ends}")
    value = tree.text[first:last]
    if value.startswith("(") and node.type == "parenthesized_expression":
        value = value[1:-1].strip()
    written = head.format(name=name, value=value)
    note = f"`{name}` holds what was selected; it has no side effects and is computed as before."
    return Change((Edit(start, start, f"{written}\n{indent}"), Edit(first, last, name)), note=note)


def _check_parent(node: tree_sitter.Node) -> None:
    parent = node.parent.type if node.parent is not None else ""
    if parent in ("call_expression", "method_invocation"):
        raise WithheldError("The selection is what is called, which needs the object that it is called on.")
    optional = any(one.type in ("optional_chain", "?.") for one in walk(node))
    if optional and parent in ("member_expression", "subscript_expression"):
        raise WithheldError("The selection is a part of a chain that ends where something is missing.")


def _semicolons(tree: SyntaxTree) -> bool:
    """Tell whether statements of a JavaScript file end with semicolons."""
    lines = [line.rstrip() for line in tree.text.splitlines() if line.strip()]
    return sum(line.endswith(";") for line in lines) > 0 or not lines


def _check_go(tree: SyntaxTree, node: tree_sitter.Node, family: Family) -> None:
    """Refuse values without a type of their own: constants take theirs from the place that they stand in."""
    names = [one for one in walk(node) if one.type == "identifier"]
    if not names:
        raise WithheldError("The type of a constant depends on where it stands.")
    for one in walk(node):
        operator = one.child_by_field_name("operator")
        if operator is not None and operator.type in ("<<", ">>", *_COMPARISONS):
            raise WithheldError("The type of a comparison or shift depends on where it stands.")
    for one in names:
        try:
            local = local_at(tree, one)
        except WithheldError:
            raise WithheldError(f"The type of `{text_of(one)}` is not known here.") from None
        if local.declaration.type == "const_spec":
            raise WithheldError("The type of a constant depends on where it stands.")
