"""The small faults that are planted into JavaScript: operators of mutation testing, each an edit of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from aigc_plugins.testgen.script.statements import FUNCTIONS, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

Fault: TypeAlias = tuple[int, int, str, str]  # from and to which byte, the operator's name, what stands there instead
_OPERATORS = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"), "==": ("!=",), "!=": ("==",),
    "===": ("!==",), "!==": ("===",), "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "**": ("*",),
    "&&": ("||",), "||": ("&&",), "??": ("&&",), "&": ("|",), "|": ("&",), "^": ("&",), "<<": (">>",), ">>": ("<<",),
    ">>>": ("<<",), "+=": ("-=",), "-=": ("+=",), "*=": ("/=",), "/=": ("*=",), "%=": ("*=",), "||=": ("&&=",),
    "??=": ("&&=",), "&&=": ("||=",), "++": ("--",), "--": ("++",),
}  # fmt: skip


def faults(node: tree_sitter.Node) -> Iterator[Fault]:
    """Yield the faults of one node."""
    kind = node.type
    if kind in ("binary_expression", "augmented_assignment_expression", "update_expression"):
        sign = node.child_by_field_name("operator")
        if sign is not None:
            for after in _OPERATORS.get(text_of(sign), ()):
                yield sign.start_byte, sign.end_byte, "operator", after
    elif kind == "unary_expression":
        sign, inner = node.child_by_field_name("operator"), node.child_by_field_name("argument")
        if sign is not None and inner is not None and text_of(sign) in ("!", "-", "~"):
            yield node.start_byte, node.end_byte, "negation", f" {text_of(inner)}"
    elif kind in ("number", "string", "true", "false"):
        yield from _constant(node)
    elif kind in ("if_statement", "while_statement", "ternary_expression"):
        yield from _condition(node)
    else:
        yield from _statement(node)


def _condition(node: tree_sitter.Node) -> Iterator[Fault]:
    condition = node.child_by_field_name("condition")
    if condition is not None:
        for after in ("false",) if node.type == "while_statement" else ("true", "false"):
            whole = f"({after})" if condition.type == "parenthesized_expression" else after
            yield condition.start_byte, condition.end_byte, "condition", whole


def _statement(node: tree_sitter.Node) -> Iterator[Fault]:
    body = node.child_by_field_name("body")
    if node.type == "return_statement" and node.named_child_count:
        if text_of(node.named_children[0]) not in ("undefined", "null"):
            yield node.start_byte, node.end_byte, "return", "return undefined;"
    elif node.type == "expression_statement" and _deletable(node):
        yield node.start_byte, node.end_byte, "statement", ";"
    elif node.type == "arrow_function" and body is not None and body.type != "statement_block":
        yield body.start_byte, body.end_byte, "return", "undefined"


def _constant(node: tree_sitter.Node) -> Iterator[Fault]:
    parent, text = node.parent, text_of(node)
    if parent is None or (parent.type in ("pair", "export_statement", "property_signature") and (
        parent.child_by_field_name("key") == node or parent.child_by_field_name("source") == node
    )):  # fmt: skip
        return
    if parent.type == "arguments" and text_of(parent.parent).startswith("require("):
        return
    if node.type == "number":
        yield node.start_byte, node.end_byte, "constant", "1" if text == "0" else f"({text} + 1)"
    elif node.type == "string" and parent.type != "expression_statement":
        yield node.start_byte, node.end_byte, "constant", '"aigc"' if len(text) == 2 else '""'
    elif node.type in ("true", "false"):
        yield node.start_byte, node.end_byte, "constant", "false" if node.type == "true" else "true"


def _deletable(node: tree_sitter.Node) -> bool:
    inner = node.named_children[0] if node.named_child_count else node
    text = text_of(inner)
    if inner.type == "string" or text.startswith(("super(", "module.exports", "exports.")):
        return False
    outer = node.parent
    while outer is not None and outer.type not in FUNCTIONS:
        outer = outer.parent
    return outer is not None
