"""Another order of definitions that do not depend on each other (Python)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_finetune.augment.refactor.edits import Edit, applied, nodes
from aigc_finetune.augment.refactor.proof import same_definitions
from aigc_finetune.augment.source import Source

if TYPE_CHECKING:
    import tree_sitter

# Decorators that keep no list of what they decorate.
_SILENT = frozenset(("staticmethod", "classmethod", "property", "abstractmethod", "abc.abstractmethod", "override"))
# What is evaluated while a definition is made must be free of effects: names, literals, and what is made of them.
_PURE = frozenset(
    (
        "identifier", "attribute", "integer", "float", "string", "string_start", "string_content", "string_end", "true",
        "false", "none", "ellipsis", "type", "subscript", "generic_type", "type_parameter", "union_type", "tuple",
        "list", "dictionary", "pair", "unary_operator", "binary_operator", "member_type", "concatenated_string",
        "expression_list", "escape_sequence",
    )
)  # fmt: skip
_SHARE = 0.7  # of the runs of definitions


@dataclass(frozen=True, slots=True)
class _Definition:
    """A function with the comments above it; `uses` are the names that making it needs."""

    name: str
    start: int
    end: int
    uses: frozenset[str]


class Reorder:
    """Shuffles functions of a module, and methods of a class, that stand next to each other."""

    name = "reorder"

    def apply(self, source: Source, rng: random.Random, rejected: Counter[str]) -> str | None:
        """Return the text with definitions in another order, None where no two can change places."""
        if source.root is None:
            return None
        groups: list[list[Edit]] = []
        bodies = [source.root, *_class_bodies(source)]
        for body in bodies:
            for run in _runs(source, body):
                order = list(run)
                rng.shuffle(order)
                if order == run or rng.random() > _SHARE:
                    continue
                groups.append(
                    [
                        Edit(place.start, place.end, source.text[one.start : one.end])
                        for place, one in zip(run, order, strict=True)
                    ]
                )
        return applied(source.text, groups) if groups else None

    def proved(self, before: str, after: str) -> bool:
        """Tell whether modules and classes hold the same code as before."""
        return same_definitions(before, after)


def _class_bodies(source: Source) -> Iterator[tree_sitter.Node]:
    for node in nodes(source, source.root, "class_definition"):
        body = node.child_by_field_name("body")
        if body is not None:
            yield body


def _runs(source: Source, body: tree_sitter.Node) -> Iterator[list[_Definition]]:
    """Yield neighbouring definitions, at least two, none of which needs another one or has its name."""
    run: list[_Definition] = []
    above: tree_sitter.Node | None = None  # the first of the comments that stand directly above
    last: tree_sitter.Node | None = None
    for child in body.named_children:
        if child.type == "comment" and _whole_lines(source, child):
            if above is None or last is None or child.start_point[0] > last.end_point[0] + 1:
                if above is not None:
                    yield from _long(run)
                    run = []
                above = child
            last = child
            continue
        attached = _above(above, last, child)
        one = _definition(source, child, above if attached else None)
        if above is not None and not attached:
            yield from _long(run)
            run = []
        above = last = None
        if one is None or _dependent(one, run):
            yield from _long(run)
            run = []
        if one is not None:
            run.append(one)
    yield from _long(run)


def _above(first: tree_sitter.Node | None, last: tree_sitter.Node | None, node: tree_sitter.Node) -> bool:
    """Whether the comments from `first` to `last` stand directly above a node, with its indentation."""
    if first is None or last is None or last.end_point[0] + 1 != node.start_point[0]:
        return False
    return first.start_point[1] == node.start_point[1]


def _long(run: list[_Definition]) -> Iterator[list[_Definition]]:
    if len(run) > 1:
        yield run


def _dependent(one: _Definition, run: list[_Definition]) -> bool:
    names = {other.name for other in run}
    return one.name in names or bool(one.uses & names) or any(one.name in other.uses for other in run)


def _definition(source: Source, node: tree_sitter.Node, first: tree_sitter.Node | None) -> _Definition | None:
    """Return a function that can be moved, None for anything else. Tests run in their order, so they stay."""
    function, decorators = node, []
    if node.type == "decorated_definition":
        function = node.child_by_field_name("definition") or node
        decorators = [one for one in node.named_children if one.type == "decorator"]
    if function.type != "function_definition" or function.has_error or not _whole_lines(source, node):
        return None
    if any(_text(one).removeprefix("@").strip() not in _SILENT for one in decorators):
        return None
    uses = {_text(one).removeprefix("@").strip() for one in decorators}
    for field in ("parameters", "return_type", "type_parameters"):
        part = function.child_by_field_name(field)
        needed = _needed(source, part) if part is not None else set()
        if needed is None:
            return None
        uses |= needed
    name = _text(function.child_by_field_name("name"))
    if name.startswith("test"):
        return None
    start = source.offset_of((first or node).start_byte)
    return _Definition(name, start, source.offset_of(node.end_byte), frozenset(uses))


def _needed(source: Source, part: tree_sitter.Node) -> set[str] | None:
    """Return the names in parameters or an annotation, None where evaluating them could do something."""
    structure = ("parameter", "parameters", "separator", "splat", "pattern")
    waiting = [part]
    while waiting:
        node = waiting.pop()
        if node.type not in _PURE and not node.type.endswith(structure):
            return None
        waiting += node.named_children
    return {_text(node) for node in nodes(source, part, "identifier")}


def _whole_lines(source: Source, node: tree_sitter.Node) -> bool:
    """Whether nothing else stands on the lines of a node."""
    start, end = source.offset_of(node.start_byte), source.offset_of(node.end_byte)
    line = source.text.rfind("\n", 0, start) + 1
    stop = source.text.find("\n", end)
    return not source.text[line:start].strip() and not source.text[end : len(source.text) if stop < 0 else stop].strip()


def _text(node: tree_sitter.Node | None) -> str:
    return node.text.decode() if node is not None and node.text is not None else ""
