"""Which names a piece of code binds and which it uses, by its syntax alone; where in doubt, a name counts as bound."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree

# Nodes of the grammars of Python, JavaScript, TypeScript, Go, Java and Rust in which an identifier is made.
_PATTERNS = frozenset(
    ("pattern_list", "tuple_pattern", "expression_list", "list_pattern", "array_pattern", "object_pattern",
     "list_splat_pattern", "dictionary_splat_pattern", "rest_pattern", "as_pattern_target", "object_assignment_pattern",
     "assignment_pattern", "pair_pattern", "mut_pattern", "reference_pattern", "tuple_struct_pattern")
)  # fmt: skip
_BINDERS = frozenset(
    ("assignment", "augmented_assignment", "for_statement", "for_in_clause", "named_expression", "variable_declarator",
     "short_var_declaration", "range_clause", "var_spec", "const_spec", "let_declaration", "let_condition",
     "default_parameter", "typed_default_parameter", "parameter_declaration", "variadic_parameter_declaration",
     "formal_parameter", "required_parameter", "optional_parameter", "parameter", "for_in_statement",
     "enhanced_for_statement", "for_expression", "function_definition", "class_definition", "function_declaration",
     "generator_function_declaration", "class_declaration", "method_declaration", "method_definition", "function_item",
     "type_spec", "struct_item", "enum_item", "const_item", "static_item", "match_arm", "match_pattern", "type_alias",
     "catch_formal_parameter", "arrow_function", "resource")
)  # fmt: skip
_FIELDS = ("left", "name", "pattern", "alias", "parameter")
# Everything named in these is made there.
_ALL = frozenset(
    ("parameters", "typed_parameter", "formal_parameters", "lambda_parameters", "closure_parameters", "dotted_name",
     "aliased_import", "import_specifier", "import_clause", "namespace_import", "import_statement", "as_pattern",
     "case_pattern", "global_statement", "nonlocal_statement", "inferred_parameters", "catch_clause", "use_declaration",
     "type_parameter", "keyword_pattern", "splat_pattern", "union_pattern", "as_pattern_target", "spread_parameter")
)  # fmt: skip
_NAMES = frozenset(("identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"))
IMPLICIT = frozenset((*dir(builtins), "__file__", "__path__", "__class__", "self", "cls"))
_SCRIPT_TEXT = """
parseInt parseFloat isNaN isFinite fetch setTimeout setInterval clearTimeout clearInterval setImmediate atob btoa
queueMicrotask requestAnimationFrame structuredClone require encodeURIComponent decodeURIComponent encodeURI
decodeURI alert confirm prompt describe it test expect beforeEach afterEach
"""
_SCRIPT_GLOBALS = frozenset(_SCRIPT_TEXT.split())


def uses(root: tree_sitter.Node, start: int = 0, end: int = 1 << 62) -> Iterator[tree_sitter.Node]:
    """Yield the identifiers in the bytes [start, end) that are no attribute and no name of an argument in a call."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.start_byte >= end or node.end_byte <= start:
            continue
        if node.type in _NAMES and not _is_member(node):
            yield node
        waiting += reversed(node.named_children)


def binds(node: tree_sitter.Node) -> bool:
    """Tell whether an identifier is made where it stands."""
    parent = node.parent
    if node.type == "shorthand_property_identifier_pattern":
        return True
    while parent is not None and parent.type in _PATTERNS:
        node, parent = parent, parent.parent
    if parent is None:
        return False
    if parent.type in _ALL:
        return True
    return parent.type in _BINDERS and any(parent.child_by_field_name(field) == node for field in _FIELDS)


def name_of(node: tree_sitter.Node) -> str:
    """Return an identifier's text."""
    return (node.text or b"").decode("utf-8", "replace")


def undefined(before: SyntaxTree, after: SyntaxTree, start: int, old_end: int, new_end: int) -> list[str]:
    """Return the names that the new text of a block, [start, new_end) of `after`, uses and nothing makes any more.

    That are names which the old block, [start, old_end) of `before`, made itself and nothing else does; in Python also
    names that are nowhere in the file and are no built-in ones, in JavaScript functions of that kind.
    """
    first, last = after.byte_of(start), after.byte_of(new_end)
    made = {name_of(node) for node in uses(after.root) if binds(node)}
    used = dict.fromkeys(name_of(node) for node in uses(after.root, first, last) if not binds(node))
    old = [*uses(before.root, before.byte_of(start), before.byte_of(old_end))]
    lost = {name_of(node) for node in old if binds(node)}
    known = {name_of(node) for node in uses(before.root)}
    strange: set[str] = set()
    if before.language.name == "python" and "import *" not in before.text:
        strange = set(used) - known - IMPLICIT
    elif before.language.name in ("javascript", "typescript", "tsx"):
        called = (node for node in uses(after.root, first, last) if _is_called(node))
        strange = {name_of(node) for node in called if node.text and node.text[:1].islower()} - known - _SCRIPT_GLOBALS
    return [name for name in used if name not in made and (name in lost or name in strange)]


def _is_called(node: tree_sitter.Node) -> bool:
    parent = node.parent
    return parent is not None and parent.type == "call_expression" and parent.child_by_field_name("function") == node


def _is_member(node: tree_sitter.Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "keyword_argument":
        return parent.child_by_field_name("name") == node
    if parent.type == "method_invocation":
        return parent.child_by_field_name("name") == node
    return parent.type in ("attribute", "field_access", "scoped_identifier") and any(
        parent.child_by_field_name(field) == node for field in ("attribute", "field", "name")
    )
