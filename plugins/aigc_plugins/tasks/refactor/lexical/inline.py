"""Puts the value of a local constant into its uses, by the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Change, Edit, WithheldError
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.refactor.lexical.local import Local, field_of, local_at, text_of, walk
from aigc_plugins.tasks.refactor.lexical.order import addresses, plain, statement_of

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree

_DECLARATIONS = ("lexical_declaration", "variable_declaration", "local_variable_declaration", "short_var_declaration")
_BARE = ("arguments", "argument_list", "return_statement", "variable_declarator", "parenthesized_expression")
_ATOMS = frozenset(
    (
        "identifier", "number", "string", "template_string", "true", "false", "null", "member_expression",
        "subscript_expression", "parenthesized_expression", "string_literal", "interpreted_string_literal",
        "decimal_integer_literal", "field_access", "selector_expression", "index_expression", "array_access",
    )
)  # fmt: skip
_LITERALS = frozenset(("number", "string", "true", "false", "null", "string_literal", "interpreted_string_literal"))
_JAVA_LITERALS = {"int": "decimal_integer_literal", "String": "string_literal", "boolean": "true false"}


def inlined(tree: SyntaxTree, node: tree_sitter.Node) -> Change:
    """Return the change that replaces a local variable by its value, and takes its declaration out.

    Raises:
        WithheldError: it is set more than once, its value has side effects, or might be another one where it is used.
    """
    local = local_at(tree, node)
    statement, value = _declared(tree, local)
    family = local.family
    if not plain(value, family):
        raise WithheldError(f"The value of `{local.name}` might have side effects.")
    if not local.uses:
        raise WithheldError(f"`{local.name}` is never read.")
    if any(_assigned(one, local) for one in local.uses):
        raise WithheldError(f"`{local.name}` is set more than once.")
    if any(one.type != "identifier" for one in local.uses):
        raise WithheldError(f"`{local.name}` is used as a property of the same name.")
    _check_receivers(tree, local, value)
    if not _unchanging(tree, value):
        _check_next(local, statement, value)
    edits = [_out(tree, statement)]
    written = text_of(value)
    for one in local.uses:
        start, end = tree.offset_of(one.start_byte), tree.offset_of(one.end_byte)
        parent = one.parent.type if one.parent is not None else ""
        dotted = value.type == "number" and parent == "member_expression"
        bare = parent in _BARE or (value.type in _ATOMS and not dotted)
        edits.append(Edit(start, end, written if bare else f"({written})"))
    edits.sort(key=lambda edit: edit.start)
    return Change(tuple(edits), note=f"`{local.name}` gave way to its value, which is the same where it was used.")


def _declared(tree: SyntaxTree, local: Local) -> tuple[tree_sitter.Node, tree_sitter.Node]:
    """Return the statement that declares nothing but the variable, and its value."""
    statement = local.declaration
    while statement.parent is not None and statement.type not in _DECLARATIONS:
        statement = statement.parent
    if local.declaration.type not in ("variable_declarator", "short_var_declaration") or statement.parent is None:
        raise WithheldError(f"`{local.name}` is no variable with a value of its own.")
    value = local.declaration.child_by_field_name("value") or local.declaration.child_by_field_name("right")
    named = [one for one in statement.named_children if one.type == "variable_declarator"]
    left = local.declaration.child_by_field_name("left")
    several = len(named) > 1 or (left is not None and left.named_child_count != 1)
    simple = field_of(local.declared) == "name" or local.declared.parent == left
    if value is None or several or not simple or statement.parent.type not in local.family.blocks:
        raise WithheldError(f"`{local.name}` is not declared in a statement of its own.")
    if value.type == "expression_list":
        value = value.named_children[0]
    _check_type(tree, local, statement, value)
    return statement, value


def _check_type(tree: SyntaxTree, local: Local, statement: tree_sitter.Node, value: tree_sitter.Node) -> None:
    """Refuse where the declaration gives the value another type than it has by itself."""
    if tree.language.name == "java":
        declared = statement.child_by_field_name("type")
        kind = text_of(declared) if declared is not None else ""
        if kind != "var" and value.type not in _JAVA_LITERALS.get(kind, "").split():
            raise WithheldError("Its declared type may differ from that of its value.")
    elif tree.language.name == "go" and value.type not in ("interpreted_string_literal", "identifier"):
        if not any(one.type == "identifier" for one in walk(value)) or value.type == "binary_expression":
            raise WithheldError("The type of its value depends on where it stands.")
    elif local.declaration.child_by_field_name("type") is not None and value.type not in _LITERALS:
        raise WithheldError("Its declared type may differ from that of its value.")


def _check_receivers(tree: SyntaxTree, local: Local, value: tree_sitter.Node) -> None:
    """Refuse where a use would come to mean the value's own place: a receiver, an address, a directive."""
    for use in local.uses:
        outer = use
        while outer.parent is not None and outer.parent.type == "parenthesized_expression":
            outer = outer.parent
        parent = outer.parent
        if parent is None:
            continue
        called = parent.type == "call_expression" and field_of(outer) == "function"
        if called and value.type in ("member_expression", "subscript_expression"):
            raise WithheldError(f"`{local.name}` is called, and its value would be called on another object.")
        if tree.language.name == "go" and addresses(outer):
            raise WithheldError(f"A method of `{local.name}` might change what its value is read from.")
        if parent.type == "expression_statement" and value.type == "string":
            raise WithheldError("A text in a statement of its own is a directive.")


def _assigned(use: tree_sitter.Node, local: Local) -> bool:
    """Tell whether a use gives the variable another value, or lets somebody do so."""
    parent = use.parent
    if parent is None:
        return True
    pairs = ((parent.type, field_of(use)), (parent.type, ""))
    if any(pair in local.family.assignments for pair in pairs):
        return True
    up = [one.type for one in ancestors(parent)][:6]
    addressed = parent.type == "unary_expression" and any(child.type in ("&", "delete") for child in parent.children)
    assigned = any((one, "left") in local.family.assignments for one in up[:2]) and parent.type == "expression_list"
    return (
        addressed
        or (assigned and field_of(parent) == "left")
        or parent.type in local.family.patterns - {"expression_list"}
    )


def _unchanging(tree: SyntaxTree, value: tree_sitter.Node) -> bool:
    """Tell whether a value is a literal, or a parameter or constant that is never set again."""
    if value.type in _LITERALS or value.type in ("decimal_integer_literal", "int_literal"):
        return True
    if value.type != "identifier":
        return False
    try:
        other = local_at(tree, value)
    except WithheldError:
        return False
    return not any(_assigned(one, other) for one in other.uses) and other.declaration.type != "for_in_statement"


def _check_next(local: Local, statement: tree_sitter.Node, value: tree_sitter.Node) -> None:
    """Let a value that may change pass only where it is used once, first thing in the next statement."""
    following = statement.next_named_sibling
    if len(local.uses) != 1 or following is None:
        raise WithheldError("It is read several times, and its value might be another one each time.")
    use = local.uses[0]
    if not (following.start_byte <= use.start_byte and use.end_byte <= following.end_byte):
        raise WithheldError("Other statements stand between it and its use, which might change its value.")
    if statement_of(use, local.family) != following:
        raise WithheldError("It is not always read, or not just once.")


def _out(tree: SyntaxTree, statement: tree_sitter.Node) -> Edit:
    """Return the edit that takes a statement's lines out."""
    start, end = tree.offset_of(statement.start_byte), tree.offset_of(statement.end_byte)
    first, last = tree.text.rfind("\n", 0, start) + 1, tree.text.find("\n", end)
    if tree.text[first:start].strip() or last < 0 or tree.text[end:last].strip(" \t\r;"):
        raise WithheldError("The declaration shares its line with something else.")
    return Edit(first, last + 1, "")
