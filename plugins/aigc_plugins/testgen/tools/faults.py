"""Small faults for a function of Go or Java: edits of its text, by its syntax. They are mutants as DeMillo's (1978)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from aigc_plugins.testgen.scenario import Mutant
from aigc_plugins.testgen.tools.base import nodes, source

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree
    from aigc_plugins.testgen.scenario import Target

MOST = 20  # for one target
_OPERATORS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "+": "-", "-": "+", "*": "/", "/": "*",
    "%": "*", "&&": "||", "||": "&&", "&": "|", "|": "&", "<<": ">>", ">>": "<<", "+=": "-=", "-=": "+=", "++": "--",
    "--": "++",
}  # fmt: skip
_NUMBERS = frozenset(("int_literal", "decimal_integer_literal"))
_FLOATS = frozenset(("float_literal", "decimal_floating_point_literal"))
_TEXTS = frozenset(("interpreted_string_literal", "string_literal"))
_Edit: TypeAlias = tuple[int, int, str, str]  # from and to which byte, the operator, what stands there instead
_CONDITIONS = frozenset(("if_statement", "while_statement", "ternary_expression"))


def planted(tree: SyntaxTree, target: Target) -> list[tuple[Mutant, str]]:
    """Return up to `MOST` faults of a target, evenly from all of it, each with the text of the whole file."""
    data = tree.text.encode("utf-8", "replace")
    edits = list(_edits(tree, target))
    step = max(len(edits) / MOST, 1.0)
    chosen = [edits[int(at * step)] for at in range(min(MOST, len(edits)))]
    found = []
    for start, end, operator, after in chosen:
        before = data[start:end].decode("utf-8", "replace")
        line, column = data.count(b"\n", 0, start), start - data.rfind(b"\n", 0, start)
        mutant = Mutant(0, target.name, line + 1, column, operator, before, after)
        found.append((mutant, (data[:start] + after.encode() + data[end:]).decode("utf-8", "replace")))
    return found


def _edits(tree: SyntaxTree, target: Target) -> Iterator[_Edit]:
    for node in nodes(tree.root):
        if target.line <= node.start_point[0] + 1 <= target.end_line:
            yield from _operator(node)
            yield from _constant(node)


def _operator(node: tree_sitter.Node) -> Iterator[_Edit]:
    sign = next((one for one in node.children if not one.is_named and source(one) in _OPERATORS), None)
    if sign is not None and (len(node.named_children) == 2 or node.type in ("inc_statement", "update_expression")):
        yield sign.start_byte, sign.end_byte, "operator", _OPERATORS[source(sign)]
    elif node.type == "unary_expression" and source(node).startswith("!"):
        yield node.start_byte, node.start_byte + 1, "negation", ""
    condition = node.child_by_field_name("condition")
    if node.type in _CONDITIONS and condition is not None:
        inner = source(condition)
        whole = f"(!{inner})" if inner.startswith("(") and inner.endswith(")") else f"!({inner})"
        yield condition.start_byte, condition.end_byte, "condition", whole


def _constant(node: tree_sitter.Node) -> Iterator[_Edit]:
    text, above = source(node), node.parent.type if node.parent is not None else ""
    after = ""
    if node.type in _NUMBERS and text.isdigit():
        after = str(int(text) + 1)
    elif node.type in _FLOATS:
        after = f"(1 + {text})"
    elif node.type in ("true", "false"):
        after = "false" if text == "true" else "true"
    elif node.type in _TEXTS and "import" not in above and "annotation" not in above:
        after = '"aigc"' if len(text) == 2 else '""'
    if after:
        yield node.start_byte, node.end_byte, "constant", after
