"""Simplifies functions of TypeScript, JavaScript, Go and Java by rules that cannot change what they do.

Each rule replaces one node by a text that means the same, whatever the program around it. Nodes with comments in them
are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.api import Change, Edit, WithheldError
from aigc_plugins.syntax import SyntaxTree
from aigc_plugins.tasks.rewrite.nodes import BLOCKS, else_of, in_block, inside_out, is_else_branch, leaves, statements
from aigc_plugins.tasks.rewrite.truth import Truth

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.api import Job
    from aigc_plugins.tasks.functions import Definition

_ROUNDS = 50
_DECLARES = frozenset(
    ("lexical_declaration", "variable_declaration", "function_declaration", "class_declaration", "var_declaration",
     "generator_function_declaration", "short_var_declaration", "const_declaration", "type_declaration",
     "local_variable_declaration", "interface_declaration", "enum_declaration", "type_alias_declaration",
     "labeled_statement", "record_declaration")
)  # fmt: skip
_GOES_ON = tuple("([`+-/*.,?<>=&|^%")
_TEXTS_OVER_LINES = frozenset(("template_string", "raw_string_literal", "string_literal"))


@dataclass(frozen=True, slots=True)
class _Swap:
    start: int
    end: int
    text: str
    why: str


def simplified(definition: Definition, job: Job) -> Change:
    """Return the change that simplifies a function.

    Raises:
        WithheldError: no rule fits.
    """
    tree, (start, end) = definition.tree, (definition.start, definition.end)
    reasons: dict[str, None] = {}
    for _ in range(_ROUNDS):
        job.check()
        swap = next(_swaps(tree, start, end), None)
        if swap is None:
            break
        text = tree.text[: swap.start] + swap.text + tree.text[swap.end :]
        following = SyntaxTree(tree.language, text)
        if following.errors() > tree.errors():
            break
        end += len(text) - len(tree.text)
        tree = following
        reasons[swap.why] = None
    if not reasons:
        raise WithheldError(f"There is nothing to simplify in {definition.name}.")
    edit = Edit(start, definition.end, tree.text[start:end])
    return Change((edit,), note=f"By rules that keep the meaning: {', '.join(reasons)}.")


def _swaps(tree: SyntaxTree, start: int, end: int) -> Iterator[_Swap]:
    """Yield what can be replaced, inner nodes first."""
    rules = _Rules(tree)
    for node in inside_out(tree.node_at(start, end)):
        first, last = tree.offset_of(node.start_byte), tree.offset_of(node.end_byte)
        if start <= first and last <= end and not node.has_error:
            for rule in rules.every:
                swap = rule(node)
                if swap is not None:
                    yield swap


class _Rules:
    """The rules; each returns a replacement for a node, None where it does not fit."""

    def __init__(self, tree: SyntaxTree) -> None:
        self._tree = tree
        self._truth = Truth(tree)
        self._is_go = tree.language.name == "go"
        self._ends_by_mark = tree.language.name in ("java", "go")
        self.every: tuple[Callable[[tree_sitter.Node], _Swap | None], ...] = (
            self._returned_condition, self._condition_then_return, self._chosen_condition, self._negated_comparison,
            self._compared_with_constant, self._double_negation, self._else_after_return,
        )  # fmt: skip

    def _swap(self, first: tree_sitter.Node, last: tree_sitter.Node, text: str, why: str) -> _Swap | None:
        start, end = self._tree.offset_of(first.start_byte), self._tree.offset_of(last.end_byte)
        if any(self._has_comment(node) for node in ({first.id: first, last.id: last}).values()):
            return None
        if not self._ends_by_mark and _runs_on(self._tree.text[:start], text, self._tree.text[end:]):
            return None
        return _Swap(start, end, text, why)

    def _has_comment(self, node: tree_sitter.Node) -> bool:
        return any("comment" in one.type for one in inside_out(node))

    def _return(self, condition: str) -> str:
        return f"return {condition}" + ("" if self._is_go else ";")

    def _returned_condition(self, node: tree_sitter.Node) -> _Swap | None:
        """`if (c) { return true; } else { return false; }`"""
        if node.type != "if_statement" or node.child_by_field_name("initializer") is not None:
            return None
        condition = node.child_by_field_name("condition")
        yes = self._constant(node.child_by_field_name("consequence"))
        no = self._constant(else_of(node))
        if condition is None or {yes, no} != {True, False} or is_else_branch(node):
            return None
        text = self._truth.text(condition, negated=not yes)
        return self._swap(node, node, self._return(text), "a condition is returned as it is") if text else None

    def _condition_then_return(self, node: tree_sitter.Node) -> _Swap | None:
        """`if (c) { return true; } return false;`"""
        if node.type != "if_statement" or node.child_by_field_name("initializer") is not None:
            return None
        following = node.next_named_sibling
        if following is None or else_of(node) is not None or not in_block(node):
            return None
        condition = node.child_by_field_name("condition")
        yes, no = self._constant(node.child_by_field_name("consequence")), self._constant(following)
        if condition is None or {yes, no} != {True, False}:
            return None
        text = self._truth.text(condition, negated=not yes)
        return self._swap(node, following, self._return(text), "a condition is returned as it is") if text else None

    def _constant(self, node: tree_sitter.Node | None) -> bool | None:
        """Return what a block or statement returns at once, None unless it is true or false."""
        while node is not None and node.type in ("statement_block", "block", "statement_list", "else_clause"):
            node = node.named_children[0] if len(node.named_children) == 1 else None
        if node is None or node.type != "return_statement" or len(node.named_children) != 1:
            return None
        return {"true": True, "false": False}.get(self._truth.source(node.named_children[0]))

    def _chosen_condition(self, node: tree_sitter.Node) -> _Swap | None:
        """`c ? true : false`"""
        if node.type != "ternary_expression":
            return None
        condition, yes, no = (node.child_by_field_name(name) for name in ("condition", "consequence", "alternative"))
        if condition is None or yes is None or no is None or not self._truth.is_boolean(condition):
            return None
        if {yes.type, no.type} != {"true", "false"}:
            return None
        text = self._truth.text(condition, negated=yes.type == "false")
        return self._swap(node, node, self._truth.fitted(text, node), "a condition stands for itself") if text else None

    def _negated_comparison(self, node: tree_sitter.Node) -> _Swap | None:
        """`!(a == b)`"""
        inner = self._truth.negated(node)
        if inner is None or inner.type != "parenthesized_expression":
            return None
        comparison = self._truth.bare(inner)
        text = self._truth.turned(comparison)
        if not text:
            return None
        return self._swap(node, node, self._truth.fitted(text, node), "a comparison is turned round")

    def _compared_with_constant(self, node: tree_sitter.Node) -> _Swap | None:
        """`(a < b) == true`"""
        if node.type != "binary_expression":
            return None
        operator = self._truth.operator(node)
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None or operator not in ("==", "===", "!=", "!=="):
            return None
        for value, other in ((left, right), (right, left)):
            if (
                value.type in ("true", "false")
                and self._truth.is_boolean(other)
                and other.type not in ("true", "false")
            ):
                keeps = (value.type == "true") == (operator in ("==", "==="))
                text = self._truth.text(other, negated=not keeps)
                if text:
                    return self._swap(node, node, self._truth.fitted(text, node), "a truth is not compared with true")
        return None

    def _double_negation(self, node: tree_sitter.Node) -> _Swap | None:
        """`!!c`, where `c` is a truth or only its truth counts"""
        inner = self._truth.negated(node)
        value = self._truth.negated(self._truth.bare(inner)) if inner is not None else None
        if value is None or not (self._truth.is_boolean(value) or self._truth.only_truth_counts(node)):
            return None
        return self._swap(node, node, self._truth.source(value), "a double negation is gone")

    def _else_after_return(self, node: tree_sitter.Node) -> _Swap | None:
        """`if (c) { …; return x; } else { … }`"""
        if node.type != "if_statement" or not in_block(node) or node.child_by_field_name("initializer") is not None:
            return None
        body, otherwise = node.child_by_field_name("consequence"), else_of(node)
        if body is None or otherwise is None or otherwise.type not in BLOCKS or not leaves(body):
            return None
        inner = statements(otherwise)
        if not inner or any(one.type in _DECLARES for one in inner) or self._lines_matter(otherwise):
            return None
        start = self._tree.offset_of(node.start_byte)
        line = self._tree.text[self._tree.text.rfind("\n", 0, start) + 1 : start]
        if line.strip():
            return None
        first, last = self._tree.offset_of(inner[0].start_byte), self._tree.offset_of(inner[-1].end_byte)
        inner_line = self._tree.text[self._tree.text.rfind("\n", 0, first) + 1 : first]
        if inner_line.strip() or not inner_line.startswith(line):
            return None
        rest = self._tree.text[first:last].replace("\n" + inner_line, "\n" + line)
        kept = self._tree.text[start : self._tree.offset_of(body.end_byte)]
        return self._swap(node, node, f"{kept}\n{line}{rest}", "no else after a return")

    def _lines_matter(self, node: tree_sitter.Node) -> bool:
        return any(one.type in _TEXTS_OVER_LINES and one.start_point[0] != one.end_point[0] for one in inside_out(node))


def _runs_on(before: str, text: str, after: str) -> bool:
    """Tell whether a statement without a semicolon could swallow what follows it, once a text stands between others.

    JavaScript ends a statement at a line's end only where the next line cannot go on with it.
    """
    above, below = before.rstrip(), after.lstrip()
    starts = text[:1] in _GOES_ON and "\n" in before[len(above) :] and above[-1:] not in (";", "{", "}", "")
    return starts or (below[:1] in _GOES_ON and text[-1:] != ";" and "\n" in after[: len(after) - len(below)])
