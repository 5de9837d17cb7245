"""Reads the statements at the top of a JavaScript or TypeScript module: what they define, import and export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import tree_sitter

_MOST_BYTES = 200_000
FUNCTIONS = frozenset(
    ("function_declaration", "generator_function_declaration", "function_expression", "generator_function",
     "arrow_function", "method_definition")
)  # fmt: skip
CLASSES = frozenset(("class_declaration", "abstract_class_declaration", "class"))


def text_of(node: tree_sitter.Node | None) -> str:
    """Return the source of a node, empty for none."""
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


def walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    """Yield a node and all named ones in it, in their order."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.named_children)


def stem_name(path: Path) -> str:
    """Return the name under which tests import what a module exports without one: `shopCart` for `shop-cart.js`."""
    words = re.findall(r"[A-Za-z0-9]+", path.name.partition(".")[0]) or ["module"]
    name = words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:])
    return name if name[0].isalpha() else f"module{name}"


def definitions(root: tree_sitter.Node, path: Path) -> Iterator[tuple[str, tree_sitter.Node, tree_sitter.Node]]:
    """Yield name, function or class, and the whole statement, of what is defined at the top."""
    for statement in root.named_children:
        inner = statement
        if statement.type == "export_statement":
            value = statement.child_by_field_name("declaration") or statement.child_by_field_name("value")
            if value is None:
                continue
            inner = value
        if inner.type in FUNCTIONS | CLASSES:
            yield text_of(inner.child_by_field_name("name")) or stem_name(path), inner, statement
        for one in inner.named_children if inner.type in ("lexical_declaration", "variable_declaration") else ():
            value = one.child_by_field_name("value")
            if value is not None and value.type in FUNCTIONS | CLASSES:
                yield text_of(one.child_by_field_name("name")), value, statement
        if inner.type == "expression_statement":
            name, value = _assignment(inner)
            if name and value is not None and value.type in FUNCTIONS | CLASSES:
                plain = text_of(value.child_by_field_name("name"))
                yield (plain or stem_name(path)) if name == "module.exports" else name.rpartition(".")[2], value, inner


def _assignment(statement: tree_sitter.Node) -> tuple[str, tree_sitter.Node | None]:
    """Return where an assignment to `exports` goes, and what it assigns."""
    node = statement.named_children[0] if statement.named_child_count else statement
    left = text_of(node.child_by_field_name("left")) if node.type == "assignment_expression" else ""
    if left != "module.exports" and not re.fullmatch(r"(?:module\.)?exports\.[\w$]+", left):
        return "", None
    return left, node.child_by_field_name("right")


def exported(node: tree_sitter.Node, path: Path) -> dict[str, str]:
    """Return what an `export` statement exports: local names, and how."""
    found: dict[str, str] = {}
    default = any(child.type == "default" for child in node.children)
    inner = node.child_by_field_name("declaration") or node.child_by_field_name("value")
    if inner is not None and inner.type in FUNCTIONS | CLASSES:
        name = text_of(inner.child_by_field_name("name")) or stem_name(path)
        found[name] = "default" if default else name
    elif inner is not None and inner.type == "identifier" and default:
        found[text_of(inner)] = "default"
    elif inner is not None:
        for one in inner.named_children:
            name = text_of(one.child_by_field_name("name"))
            if one.type == "variable_declarator" and name.isidentifier():
                found[name] = name
    if node.child_by_field_name("source") is None:
        for clause in node.named_children:
            for one in clause.named_children if clause.type == "export_clause" else ():
                local = one.child_by_field_name("name")
                found[text_of(local)] = text_of(one.child_by_field_name("alias") or local)
    return found


def assigned(statement: tree_sitter.Node, path: Path) -> dict[str, str]:
    """Return what a CommonJS module exports by an assignment."""
    left, right = _assignment(statement)
    if not left or right is None:
        return {}
    if left != "module.exports":
        name = left.rpartition(".")[2]
        return {text_of(right) if right.type == "identifier" else name: name}
    if right.type == "identifier":
        return {text_of(right): "*"}
    if right.type in FUNCTIONS | CLASSES:
        return {text_of(right.child_by_field_name("name")) or stem_name(path): "*"}
    found = {}
    for one in right.named_children if right.type == "object" else ():
        if one.type == "shorthand_property_identifier":
            found[text_of(one)] = text_of(one)
        value = one.child_by_field_name("value")
        if one.type == "pair" and value is not None and value.type == "identifier":
            found[text_of(value)] = text_of(one.child_by_field_name("key"))
    return found


def imported(node: tree_sitter.Node) -> tuple[set[str], str]:
    """Return the names that a statement imports, and from where."""
    if node.type == "import_statement":
        source = text_of(node.child_by_field_name("source")).strip("'\"")
        return {text_of(one) for one in walk(node) if one.type == "identifier"}, source
    found = re.search(r"""=\s*require\(["']([^"']+)["']\)""", text_of(node))
    if found is None or node.type not in ("lexical_declaration", "variable_declaration"):
        return set(), ""
    kinds = ("identifier", "shorthand_property_identifier_pattern")
    return {text_of(one) for one in walk(node) if one.type in kinds} - {"require"}, found[1]


def declared_types(root: tree_sitter.Node) -> dict[str, tree_sitter.Node]:
    """Return the types that a module declares, by name."""
    found = {}
    for node in walk(root):
        if node.type in ("type_alias_declaration", "interface_declaration", "enum_declaration"):
            value = node.child_by_field_name("value") or node.child_by_field_name("body")
            if value is not None:
                found[text_of(node.child_by_field_name("name"))] = value
    return found


def neighbours(root: tree_sitter.Node, path: Path) -> Iterator[str]:
    """Yield the texts of the TypeScript files that a module imports by a relative path."""
    for node in root.named_children:
        source = imported(node)[1] if node.type == "import_statement" else ""
        base = path.parent / re.sub(r"\.[mc]?[jt]sx?$", "", source)
        for ending in (".ts", ".tsx", ".d.ts", "/index.ts") if source.startswith(".") else ():
            file = base.parent / f"{base.name}{ending}"
            if file.is_file() and file.stat().st_size < _MOST_BYTES:
                yield file.read_text("utf-8", errors="replace")
                break


def public_fields(node: tree_sitter.Node) -> Iterator[str]:
    """Yield the names of the fields of a class that everybody may read."""
    body = node.child_by_field_name("body")
    for one in body.named_children if body is not None else ():
        if one.type in ("public_field_definition", "field_definition"):
            name = text_of(one.child_by_field_name("name") or one.child_by_field_name("property"))
            access = [text_of(child) for child in one.children if child.type in ("accessibility_modifier", "static")]
            if re.fullmatch(r"[A-Za-z$][\w$]*", name) and access in ([], ["public"]):
                yield name
    for one in walk(node):
        left = one.child_by_field_name("left") if one.type == "assignment_expression" else None
        found = re.fullmatch(r"this\.([A-Za-z$][\w$]*)", text_of(left))
        if found and text_of(node).count(f" {found[1]}:") == 0:
            yield found[1]


def is_source(node: tree_sitter.Node) -> bool:
    """Tell whether a text says from where something is imported."""
    above = node.parent
    if above is not None and above.type == "arguments":
        above = above.parent
        return above is not None and text_of(above.child_by_field_name("function")) in ("require", "import")
    return above is not None and above.type in ("import_statement", "export_statement")
