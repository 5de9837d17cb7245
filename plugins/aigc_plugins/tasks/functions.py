"""Finds the function or class around a place, in any language whose data name their nodes. It reads no meaning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aigc_plugins.syntax import SyntaxTree, ancestors
from aigc_plugins.tasks.signatures import Facts, Parameter, facts, fields, parameters, return_type

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.document import Snapshot

__all__ = [
    "Definition",
    "Facts",
    "Parameter",
    "as_definition",
    "definition_at",
    "definitions",
    "facts",
    "fields",
    "parameters",
    "return_type",
]

# What stands around a definition and belongs to it: decorators, `export`, `const` of an arrow function, Go's `type`.
_WRAPPERS = frozenset(
    (
        "decorated_definition",
        "export_statement",
        "variable_declarator",
        "lexical_declaration",
        "variable_declaration",
        "type_declaration",
    )
)
_VALUES = frozenset(("arrow_function", "function_expression", "generator_function"))


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class. Offsets are code points of the text.

    [start, end) holds all of it, decorators and `export` too, from the first character, without the indentation of the
    first line, which is `indent`. `node` is the definition itself, `body` its block, None where it has none.
    """

    kind: Literal["function", "class"]
    name: str
    start: int
    end: int
    indent: str
    node: tree_sitter.Node
    body: tree_sitter.Node | None
    tree: SyntaxTree

    @property
    def text(self) -> str:
        """The definition as it is written."""
        return self.tree.text[self.start : self.end]

    @property
    def body_start(self) -> int:
        """Where the body starts; the definition's end where there is none."""
        return self.end if self.body is None else self.tree.offset_of(self.body.start_byte)

    @property
    def header(self) -> str:
        """What stands before the body: the signature, decorators included."""
        return self.tree.text[self.start : self.body_start].rstrip()


def definition_at(
    snapshot: Snapshot, start: int, end: int, kinds: tuple[str, ...] = ("function",)
) -> Definition | None:
    """Return the smallest definition of `kinds` around [start, end); blanks at the ends of a selection do not count.

    A cursor in an indentation stands for the line's code.
    """
    tree = snapshot.tree
    if tree is None:
        return None
    text = snapshot.text
    if start == end:  # a cursor in the indentation means the line's code
        while start < len(text) and text[start] in " \t":
            start += 1
        end = start
    else:  # whole lines are selected with their indentation and the last line's end
        selected = text[start:end]
        end -= len(selected) - len(selected.rstrip())
        start = min(start + len(selected) - len(selected.lstrip()), end)
    for node in ancestors(tree.node_at(start, end)):
        for child in (node, *(node.named_children if node.type in _WRAPPERS else ())):
            found = as_definition(tree, child)
            if found is not None and found.kind in kinds and found.start <= start and end <= found.end:
                return found
    return None


def definitions(snapshot: Snapshot, kinds: tuple[str, ...] = ("function", "class")) -> list[Definition]:
    """Return all definitions of a text, in its order, outer ones before what is in them."""
    tree = snapshot.tree
    found: list[Definition] = []
    waiting = [tree.root] if tree is not None else []
    while waiting and tree is not None:
        node = waiting.pop()
        one = as_definition(tree, node)
        if one is not None and one.kind in kinds:
            found.append(one)
        waiting += reversed(node.named_children)
    return found


def as_definition(tree: SyntaxTree, node: tree_sitter.Node) -> Definition | None:
    """Return what a node defines, None where it is no definition with a name."""
    language = tree.language
    if node.type in language.function_nodes:
        kind: Literal["function", "class"] = "function"
    elif node.type in language.class_nodes:
        kind = "class"
    else:
        return None
    named = node.parent if node.type in _VALUES and node.parent is not None else node
    if node.type in _VALUES and named.type != "variable_declarator":
        return None
    name = named.child_by_field_name("name") or _declared(node)
    if name is None or name.text is None:
        return None
    outer = node
    while outer.parent is not None and outer.parent.type in _WRAPPERS and _only(outer.parent, outer):
        outer = outer.parent
    start, end = tree.offset_of(outer.start_byte), tree.offset_of(outer.end_byte)
    line = tree.text[tree.text.rfind("\n", 0, start) + 1 : start]
    indent = line[: len(line) - len(line.lstrip())]
    body = node.child_by_field_name("body")
    return Definition(kind, name.text.decode("utf-8", "replace"), start, end, indent, node, body, tree)


def _only(parent: tree_sitter.Node, child: tree_sitter.Node) -> bool:
    """Tell whether a declaration declares nothing but `child`: `const a = () => 1, b = 2` is no definition of `a`."""
    same = [one for one in parent.named_children if one.type in ("variable_declarator", "type_spec")]
    return len(same) <= 1 and (parent.type != "variable_declarator" or parent.child_by_field_name("value") == child)


def _declared(node: tree_sitter.Node) -> tree_sitter.Node | None:
    """Return the name inside of a C declarator."""
    inner = node.child_by_field_name("declarator")
    while inner is not None and inner.child_by_field_name("declarator") is not None:
        inner = inner.child_by_field_name("declarator")
    return inner if inner is not None and inner.type in ("identifier", "field_identifier") else None
