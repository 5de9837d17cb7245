"""Other forms of the same statement (Python), each with the proof that fits it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aigc_finetune.augment.refactor.edits import Edit, applied, nodes
from aigc_finetune.augment.refactor.numbers import integer_updates
from aigc_finetune.augment.refactor.proof import same_branches, same_code, same_code_but_in_place
from aigc_finetune.augment.source import Source
from aigc_plugins.syntax import ancestors

if TYPE_CHECKING:
    import tree_sitter

_LONG_QUOTES = ('"""', "'''")
_SHARE = 0.6  # of the places where a form fits
Proof = Callable[[str, str], bool]
Finder = Callable[[Source], Iterator[tuple[Edit, ...]]]


class Form:
    """One equivalent form; a file has it at some of the places where it fits."""

    def __init__(self, name: str, find: Finder, proof: Proof) -> None:
        self.name = name
        self._find = find
        self._proof = proof

    def apply(self, source: Source, rng: random.Random, rejected: Counter[str]) -> str | None:
        """Return the text in this form, None where there is no place for it."""
        if source.root is None:
            return None
        found = [group for group in self._find(source) if rng.random() < _SHARE]
        text = applied(source.text, found)
        return text if text != source.text else None

    def proved(self, before: str, after: str) -> bool:
        """Tell whether the code is the same as before."""
        return self._proof(before, after)


def _quotes(source: Source) -> Iterator[tuple[Edit, ...]]:
    """'a' for "a" throughout, or the other way round, in strings without quotes and escapes."""
    plain = [node for node in nodes(source, source.root, "string") if _is_plain(source, node)]
    doubles = sum(_text(source, node)[0] == '"' for node in plain)
    quote, other = ('"', "'") if 2 * doubles >= len(plain) else ("'", '"')
    edits = [_edit(source, node, f"{other}{_text(source, node)[1:-1]}{other}") for node in plain]
    changed = tuple(edit for edit in edits if source.text[edit.start] == quote)
    if changed:
        yield changed


def _is_plain(source: Source, node: tree_sitter.Node) -> bool:
    """Whether a string means the same between other quotes; one inside an f-string would end that."""
    text = _text(source, node)
    quote = text[:1]
    if quote not in "'\"" or len(text) < 2 or text[-1] != quote or set(text[1:-1]) & set("'\"\\\n{}"):
        return False
    return all(one.type != "string" for one in ancestors(node.parent))


def _returned_tuples(source: Source) -> Iterator[tuple[Edit, ...]]:
    """`return (a, b)` for `return a, b` and the other way round."""
    for node in nodes(source, source.root, "return_statement"):
        value = node.named_children[0] if node.named_child_count == 1 else None
        if value is None or "\n" in _text(source, value):
            continue
        text = _text(source, value)
        if value.type == "expression_list":
            yield (_edit(source, value, f"({text})"),)
        elif value.type == "tuple" and value.named_child_count > 1:
            yield (_edit(source, value, text[1:-1].strip()),)


def _negations(source: Source) -> Iterator[tuple[Edit, ...]]:
    """`a not in b` for `not a in b`, `a is not b` for `not a is b`."""
    for node in nodes(source, source.root, "not_operator"):
        inner = node.child_by_field_name("argument")
        if inner is None or inner.type != "comparison_operator" or inner.named_child_count != 2:
            continue
        operator = next((child for child in inner.children if child.type in ("in", "is")), None)
        if operator is not None:
            left, right = (_text(source, child) for child in inner.named_children)
            negated = {"in": "not in", "is": "is not"}[operator.type]
            yield (_edit(source, node, f"{left} {negated} {right}"),)


def _early_returns(source: Source) -> Iterator[tuple[Edit, ...]]:
    """No `else` behind a branch that always leaves."""
    for node, other in _with_else(source):
        body = node.child_by_field_name("consequence")
        block = other.child_by_field_name("body")
        if body is None or block is None or not body.named_children:
            continue
        if body.named_children[-1].type not in ("return_statement", "raise_statement", "continue_statement"):
            continue
        own = _line_start(source, other)
        step = source.offset_of(block.start_byte) - _line_start(source, block) - other.start_point[1]
        lines = _lines(source, block)
        if "#" in source.text[own : _line_start(source, block)]:
            continue  # a comment would be lost
        if other.start_point[0] < block.start_point[0] and step > 0 and _indented(lines, step):
            text = "\n".join(line[step:] if line.strip() else line for line in lines)
            yield (Edit(own, source.offset_of(block.end_byte), text),)


def _nested_ifs(source: Source) -> Iterator[tuple[Edit, ...]]:
    """`else:` with an `if` inside, for `elif`."""
    for node in nodes(source, source.root, "if_statement"):
        branches = [child for child in node.named_children if child.type == "elif_clause"]
        body = node.child_by_field_name("consequence")
        if not branches or body is None or body.start_point[0] == node.start_point[0]:
            continue
        start, end = source.offset_of(branches[0].start_byte), source.offset_of(node.end_byte)
        indent = source.text[_line_start(source, node) : source.offset_of(node.start_byte)]
        step = source.text[_line_start(source, body) : source.offset_of(body.start_byte)][len(indent) :]
        if indent.strip() or not step or step.strip() or any(quote in source.text[start:end] for quote in _LONG_QUOTES):
            continue  # the lines of a long string cannot be indented
        first, *rest = source.text[start:end].split("\n")
        lines = [f"{indent}{step}{first.removeprefix('el')}", *(step + line if line.strip() else line for line in rest)]
        yield (Edit(start, end, "else:\n" + "\n".join(lines)),)


def _swapped_branches(source: Source) -> Iterator[tuple[Edit, ...]]:
    """`if a: c else: b` for `if not a: b else: c`."""
    for node, other in _with_else(source):
        condition = node.child_by_field_name("condition")
        body, block = node.child_by_field_name("consequence"), other.child_by_field_name("body")
        if condition is None or body is None or block is None or condition.type != "not_operator":
            continue
        argument = condition.child_by_field_name("argument")
        if argument is not None and _alone(source, body) and _alone(source, block):
            yield (
                _edit(source, condition, _text(source, argument)),
                _edit(source, body, _text(source, block)),
                _edit(source, block, _text(source, body)),
            )


def _with_else(source: Source) -> Iterator[tuple[tree_sitter.Node, tree_sitter.Node]]:
    """Yield each `if` whose only other branch is an `else`, with it."""
    for node in nodes(source, source.root, "if_statement"):
        others = [child for child in node.named_children if child.type in ("elif_clause", "else_clause")]
        if len(others) == 1 and others[0].type == "else_clause":
            yield node, others[0]


def _alone(source: Source, block: tree_sitter.Node) -> bool:
    """Whether a block begins on a line of its own and no comment stands behind it."""
    end = source.offset_of(block.end_byte)
    stop = source.text.find("\n", end)
    first = source.text[_line_start(source, block) : source.offset_of(block.start_byte)]
    return not first.strip() and not source.text[end : len(source.text) if stop < 0 else stop].strip()


def _lines(source: Source, block: tree_sitter.Node) -> list[str]:
    return source.text[_line_start(source, block) : source.offset_of(block.end_byte)].split("\n")


def _indented(lines: list[str], step: int) -> bool:
    return all(not line[:step].strip() for line in lines)


def _line_start(source: Source, node: tree_sitter.Node) -> int:
    return source.text.rfind("\n", 0, source.offset_of(node.start_byte)) + 1


def _text(source: Source, node: tree_sitter.Node) -> str:
    return source.text[source.offset_of(node.start_byte) : source.offset_of(node.end_byte)]


def _edit(source: Source, node: tree_sitter.Node, text: str) -> Edit:
    return Edit(source.offset_of(node.start_byte), source.offset_of(node.end_byte), text)


FORMS = (
    Form("quotes", _quotes, same_code),
    Form("returned-tuple", _returned_tuples, same_code),
    Form("negation", _negations, same_code),
    Form("early-return", _early_returns, same_code),
    Form("nested-if", _nested_ifs, same_code),
    Form("swapped-branches", _swapped_branches, same_branches),
    Form("in-place", integer_updates, same_code_but_in_place),
)
