"""A local variable and all of its uses, found by the tree; refused where a name might be another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.api import WithheldError
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.refactor.lexical.families import FAMILIES, VARIABLES, Family

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree


@dataclass(frozen=True)
class Local:
    """A variable: the name where it is declared, the node that declares it, the scope, and the names that use it."""

    name: str
    declared: tree_sitter.Node
    declaration: tree_sitter.Node
    scope: tree_sitter.Node
    uses: list[tree_sitter.Node]
    family: Family


def local_at(tree: SyntaxTree, node: tree_sitter.Node) -> Local:
    """Return the local variable that a name means.

    Raises:
        WithheldError: it is none, or is not told from others for sure.
    """
    family = FAMILIES[tree.language.name]
    name = text_of(node)
    region = _region(node, family)
    if tree.errors(tree.offset_of(region.start_byte), tree.offset_of(region.end_byte)):
        raise WithheldError("The function has a syntax error.")
    declared: list[tuple[tree_sitter.Node, tree_sitter.Node]] = []
    uses: list[tree_sitter.Node] = []
    for one in walk(region):
        if one.type in family.refuse or (one.type == "identifier" and text_of(one) == "eval"):
            raise WithheldError("The function uses something that looks at names while it runs.")
        if one.type not in family.names or text_of(one) != name:
            continue
        parent, place = _place(one)
        if _listed(family.unclear, parent, place):
            raise WithheldError(f"`{name}` is also written where it might be a label, a field or a constant.")
        if _listed(family.unrelated, parent, place):
            continue
        declaration = _declaration(one, family)
        if declaration is not None:
            declared.append((one, declaration))
        else:
            uses.append(one)
    return _checked(name, declared, uses, family, region)


def _checked(
    name: str,
    declared: list[tuple[tree_sitter.Node, tree_sitter.Node]],
    uses: list[tree_sitter.Node],
    family: Family,
    region: tree_sitter.Node,
) -> Local:
    if len(declared) != 1:
        raise WithheldError(f"`{name}` is not declared exactly once in the function.")
    one, declaration = declared[0]
    if declaration.type not in VARIABLES or any(
        child.type == "accessibility_modifier" for child in declaration.children
    ):
        raise WithheldError(f"`{name}` is no plain local variable or parameter.")
    if declaration == region:
        raise WithheldError(f"`{name}` is the name of a function.")
    scope = _scope(declaration, family, region)
    body = declaration.child_by_field_name("body")
    known = body.start_byte if body is not None else declaration.end_byte
    for use in uses:
        if not (scope.start_byte <= use.start_byte and use.end_byte <= scope.end_byte):
            raise WithheldError(f"`{name}` is also used where this variable is not known.")
        if family.declared_before_use and use.start_byte < known:
            raise WithheldError(f"`{name}` is used before it is declared, and means something else there.")
        if any(up.type in family.classes for up in ancestors(use) if up.start_byte > scope.start_byte):
            raise WithheldError(f"`{name}` is used in a class inside, where it might be a field.")
    return Local(name, one, declaration, scope, uses, family)


def walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """Yield a node and all that is in it, in the order of the text."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.children)


def text_of(node: tree_sitter.Node) -> str:
    """Return a node's text."""
    return node.text.decode("utf-8", "replace") if node.text is not None else ""


def field_of(node: tree_sitter.Node) -> str:
    """Return the field of its parent that a node is in, empty where it has none."""
    parent = node.parent
    for at, child in enumerate(parent.children if parent is not None else ()):
        if child == node and parent is not None:
            return parent.field_name_for_child(at) or ""
    return ""


def _region(node: tree_sitter.Node, family: Family) -> tree_sitter.Node:
    """Return the outermost function around a name."""
    around = [one for one in ancestors(node) if one.type in family.functions]
    if not around:
        raise WithheldError("It is no local variable of a function.")
    return around[-1]


def _place(node: tree_sitter.Node) -> tuple[str, str]:
    return (node.parent.type if node.parent is not None else "", field_of(node))


def _listed(pairs: frozenset[tuple[str, str]], parent: str, place: str) -> bool:
    return (parent, place) in pairs or (parent, "") in pairs


def _declaration(node: tree_sitter.Node, family: Family) -> tree_sitter.Node | None:
    """Return the node that declares a name, None where the name only is used."""
    inner = node
    while inner.parent is not None and inner.parent.type in family.patterns:
        place = field_of(inner)
        wanted = {"pair_pattern": "value", "assignment_pattern": "left", "object_assignment_pattern": "left"}
        if wanted.get(inner.parent.type, place) != place:
            return None
        inner = inner.parent
    parent, place = _place(inner)
    if inner.parent is None or not _listed(family.declares, parent, place):
        return None
    if parent in ("for_in_statement", "range_clause", "receive_statement") and not _introduces(inner.parent):
        return None
    if parent == "lambda_expression" and place != "parameters":
        return None
    return inner.parent


def _introduces(node: tree_sitter.Node) -> bool:
    """Tell whether a loop or receive declares its variables: `const x of`, `x := range`."""
    return any(child.type in ("const", "let", "var", ":=") for child in node.children)


def _scope(declaration: tree_sitter.Node, family: Family, region: tree_sitter.Node) -> tree_sitter.Node:
    """Return the node in which a declared name is known."""
    start: tree_sitter.Node | None = declaration
    if declaration.type not in family.scopes:
        start = declaration.parent
    holder = declaration if declaration.type == "for_in_statement" else declaration.parent or declaration
    function_wide = not family.declared_before_use and any(child.type == "var" for child in holder.children)
    for one in ancestors(start):
        if one.type in family.functions or (one.type in family.scopes and not function_wide) or one == region:
            return one
    return region
