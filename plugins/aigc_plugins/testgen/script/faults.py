"""Finds in a module's text the ways that control may take, and small faults to plant; it changes text and runs nothing.

Ways get probes, calls that are inserted into the text; a fault replaces a part of it. This is mutation testing as of
DeMillo, Lipton and Sayward (1978), with their usual operators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.testgen.scenario import Branch, Mutant
from aigc_plugins.testgen.script.operators import faults
from aigc_plugins.testgen.script.statements import CLASSES, FUNCTIONS, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.testgen.script.module import Module

PROBE = "__aigc_probe"
_MOST_MUTANTS = 400
_SKIPPED = frozenset(
    ("type_annotation", "type_arguments", "type_parameters", "interface_declaration", "type_alias_declaration",
     "import_statement", "literal_type", "comment", "decorator", "jsx_attribute", "type_predicate", "predefined_type",
     "ambient_declaration", "index_type_query", "lookup_type", "union_type")
)  # fmt: skip
_LOOPS = frozenset(("for_statement", "for_in_statement", "while_statement", "do_statement"))


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault as an edit of bytes, and the innermost probe around it, 0 where it runs when the module is loaded."""

    mutant: Mutant
    start: int
    end: int
    probe: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A module's text with probes in it, what they stand for (with the last line of each), and the faults."""

    text: str
    branches: tuple[Branch, ...]
    ends: dict[int, int]
    faults: tuple[Planted, ...]


class Preparation:
    """Walks through a module once."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._inserts: list[tuple[int, int, str]] = []
        self._branches: list[Branch] = []
        self._ends: dict[int, int] = {}
        self._faults: list[Planted] = []
        self._names = {one.node.id: one.target.name for one in module.members}

    def prepared(self) -> Prepared:
        """Return the module's text with probes, and its faults."""
        self._visit(self._module.tree.root, "", 0)
        data = self._module.tree.text.encode("utf-8", "replace")
        for place, _, text in sorted(self._inserts, key=lambda one: one[:2], reverse=True):
            data = data[:place] + text.encode() + data[place:]
        return Prepared(
            data.decode("utf-8", "replace"), tuple(self._branches), self._ends, tuple(self._faults[:_MOST_MUTANTS])
        )

    def _probe(self, function: str, node: tree_sitter.Node, line: int, way: str) -> int:
        number = len(self._branches) + 1
        self._branches.append(Branch(number, function, line, way))
        self._ends[number] = node.end_point[0] + 1
        return number

    def _insert(self, place: int, text: str) -> None:
        self._inserts.append((place, len(self._inserts), text))

    def _close(self, node: tree_sitter.Node, text: str, after: int = 0) -> None:
        """Insert behind a node: what belongs to deeper ones comes first."""
        self._inserts.append((node.end_byte, -2 * _depth(node) + after - 1, text))

    def _around(self, node: tree_sitter.Node, number: int) -> None:
        """Probe a block, another statement, or an expression."""
        if node.type == "statement_block":
            self._insert(node.start_byte + 1, f"{PROBE}({number});")
        elif node.type.endswith(("_statement", "_declaration")):
            self._insert(node.start_byte, f"{{{PROBE}({number});")
            self._close(node, "}")
        else:
            self._insert(node.start_byte, f"({PROBE}({number}),")
            self._close(node, ")")

    def _visit(self, node: tree_sitter.Node, function: str, probe: int) -> None:
        if node.type in _SKIPPED:
            return
        if node.type in CLASSES and not function:
            function = text_of(node.child_by_field_name("name"))  # of what its fields hold
        if node.type in FUNCTIONS:
            function = self._names.get(node.id) or _inner_name(node, function)
        for planted in faults(node):
            start, end, operator, after = planted
            before = self._module.tree.text.encode("utf-8", "replace")[start:end].decode("utf-8", "replace")
            line, column = node.start_point
            mutant = Mutant(len(self._faults) + 1, function, line + 1, column + 1, operator, before, after)
            self._faults.append(Planted(mutant, start, end, probe))
        ways = {child.id: way for child, way in _ways(node)}
        for child in node.named_children:
            inside = probe
            if child.id in ways:
                line = node.start_point[0] + 1
                inside = self._probe(function, child, line, ways[child.id])
                if child.type in ("switch_case", "switch_default"):
                    self._case(child, inside)
                elif child.type != "else_clause":
                    self._around(child, inside)
                else:
                    self._around(child.named_children[-1], inside)
            self._visit(child, function, inside)
        self._without_else(node, function)

    def _case(self, case: tree_sitter.Node, number: int) -> None:
        colon = next((child for child in case.children if child.type == ":"), None)
        if colon is not None:
            self._insert(colon.end_byte, f"{PROBE}({number});")

    def _without_else(self, node: tree_sitter.Node, function: str) -> None:
        if node.type == "if_statement" and node.child_by_field_name("alternative") is None:
            consequence = node.child_by_field_name("consequence")
            if consequence is not None:
                number = self._probe(function, node, node.start_point[0] + 1, "false")
                self._ends[number] = 0  # there are no lines that only it takes
                self._close(consequence, f" else {{{PROBE}({number});}}", after=1)


def _depth(node: tree_sitter.Node) -> int:
    depth, above = 0, node.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    return depth


def _inner_name(node: tree_sitter.Node, outer: str) -> str:
    name = text_of(node.child_by_field_name("name"))
    parent = node.parent
    if not name and parent is not None and parent.type == "variable_declarator":
        name = text_of(parent.child_by_field_name("name"))
    if node.type == "method_definition":
        holder = parent.parent if parent is not None else None
        above = text_of(holder.child_by_field_name("name")) if holder is not None else ""
        return f"{above}.{name}" if above and outer in ("", above) else outer or name
    return f"{outer}.<locals>.{name or 'anonymous'}" if outer else name or "anonymous"


def _ways(node: tree_sitter.Node) -> Iterator[tuple[tree_sitter.Node, str]]:
    """Yield the children of a node that only run sometimes, and when."""

    def child(name: str) -> tree_sitter.Node | None:
        return node.child_by_field_name(name)

    found: list[tuple[tree_sitter.Node | None, str]] = []
    if node.type in FUNCTIONS:
        found = [(child("body"), "entered")]
    elif node.type in ("if_statement", "ternary_expression"):
        found = [(child("consequence"), "true"), (child("alternative"), "false")]
    elif node.type in _LOOPS:
        found = [(child("body"), "loop")]
    elif node.type == "binary_expression" and text_of(child("operator")) in ("&&", "||", "??"):
        found = [(child("right"), "true" if text_of(child("operator")) == "&&" else "false")]
    elif node.type == "switch_body":
        found = [(one, f"case {number}") for number, one in enumerate(node.named_children, 1) if one.type != "comment"]
    elif node.type == "catch_clause":
        found = [(child("body"), "except 1")]
    yield from ((one, way) for one, way in found if one is not None and one.type != "empty_statement")


def lines_of(module: Module, prepared: Prepared) -> dict[int, int]:
    """Return the lines with statements in functions, each with the probe that tells whether it ran."""
    starts = {one.number: one.line for one in prepared.branches}
    spans = [(starts[number], end, number) for number, end in prepared.ends.items() if end]
    found: dict[int, int] = {}
    for node in walk(module.tree.root):
        if not node.type.endswith("_statement") or node.type in ("export_statement", "import_statement"):
            continue
        line = node.start_point[0] + 1
        inside = [one for one in spans if one[0] <= line <= one[1]]
        if inside and line not in found:
            found[line] = min(inside, key=lambda one: (one[1] - one[0], -one[2]))[2]
    return found
