"""What a JavaScript or TypeScript module says of itself: what it exports, what tests can call, what its types are.

It reads syntax alone and runs nothing.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aigc_plugins.syntax import SyntaxTree, language_for
from aigc_plugins.testgen.scenario import Parameter, Target
from aigc_plugins.testgen.script.statements import (
    CLASSES,
    assigned,
    declared_types,
    definitions,
    exported,
    imported,
    is_source,
    neighbours,
    public_fields,
    text_of,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import tree_sitter

_OUTSIDE = re.compile(
    r"\b(?:process\.(?:exit|kill|chdir)|child_process|fetch|document|window|localStorage|XMLHttpRequest)\b"
)
_OUTSIDE_MODULES = re.compile(
    r"^(?:node:)?(?:fs|fs/promises|child_process|net|http|https|http2|dgram|tls|cluster|worker_threads)$"
)
_CHANGES = re.compile(
    r"\+\+|--|[^=!<>]=[^=>]|\bdelete\b|\.(?:push|pop|shift|unshift|splice|sort|reverse|set|add|delete|clear|fill|next)\("
)
_JSDOC_PARAM = re.compile(r"@param\s+\{(\{.*?\}[^}]*|[^}]*)\}\s+\[?([\w$]+)(?![\w$.])")


@dataclass(frozen=True, slots=True)
class Member:
    """Something that is defined in the module: `node` is the function or class, `doc` its JSDoc comment."""

    target: Target
    node: tree_sitter.Node
    doc: str


@dataclass
class Module:
    """A parsed module. `path` tells its language by its name."""

    path: Path
    text: str
    tree: SyntaxTree = field(init=False)
    _kept: list[SyntaxTree] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        language = language_for("", self.path)
        if language is None:
            raise ValueError(f"{self.path.name} is in no language that is known")
        self.tree = SyntaxTree(language, self.text)

    @property
    def typed(self) -> bool:
        """Whether it is TypeScript."""
        return self.path.suffix in (".ts", ".tsx", ".mts", ".cts")

    @cached_property
    def esm(self) -> bool:
        """Whether it has `import` or `export` statements."""
        if self.path.suffix in (".mjs", ".mts"):
            return True
        kinds = ("import_statement", "export_statement")
        return self.path.suffix != ".cjs" and any(one.type in kinds for one in self.tree.root.named_children)

    @cached_property
    def exports(self) -> dict[str, str]:
        """How each local name is exported: by the same or another name, as `default`, or as `*` (the module itself)."""
        found: dict[str, str] = {}
        for node in self.tree.root.named_children:
            if node.type == "export_statement":
                found |= exported(node, self.path)
            elif node.type in ("expression_statement", "lexical_declaration", "variable_declaration"):
                found |= assigned(node, self.path)
        return found

    @cached_property
    def types(self) -> dict[str, tree_sitter.Node]:
        """The types that the module declares, or imports from files beside it: what an alias stands for, and the bodies
        of interfaces and enumerations."""
        found: dict[str, tree_sitter.Node] = {}
        others = [SyntaxTree(self.tree.language, text) for text in neighbours(self.tree.root, self.path)]
        self._kept = [self.tree, *others]
        for tree in self._kept:
            found = declared_types(tree.root) | found
        return found

    @cached_property
    def outside(self) -> frozenset[str]:
        """Names imported from modules that act on the outside: files, processes, the network."""
        found: set[str] = set()
        for node in self.tree.root.named_children:
            names, source = imported(node)
            if source and _OUTSIDE_MODULES.match(source):
                found |= names
        return frozenset(found)

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """All functions, classes and methods at the top that are exported and public, in their order."""
        found: list[Member] = []
        for name, node, statement in definitions(self.tree.root, self.path):
            if name in self.exports:
                found += self._members(name, node, _doc(statement))
        return tuple(found)

    @cached_property
    def literals(self) -> tuple[Any, ...]:
        """The numbers and texts that the module holds."""
        return _literals(self.tree.root, most=120)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The names of properties that the module reads or makes."""
        kinds = ("property_identifier", "shorthand_property_identifier_pattern", "shorthand_property_identifier")
        found = dict.fromkeys(text_of(one) for one in walk(self.tree.root) if one.type in kinds)
        return tuple(found)[:60]

    @property
    def classes(self) -> dict[str, Member]:
        """The classes that tests can make instances of, by name."""
        return {one.target.name: one for one in self.members if one.target.kind == "constructor"}

    def methods(self, holder: str) -> list[Member]:
        """Return the methods and getters of a class."""
        return [one for one in self.members if one.target.name.startswith(f"{holder}.")]

    @cached_property
    def observers(self) -> dict[str, tuple[str, ...]]:
        """For each class, what shows the state of an instance without a change: getters, methods without parameters,
        public fields. These are texts to put behind an instance: `.size`, `.peek()`."""
        found = {}
        for name, member in self.classes.items():
            shown = []
            for one in self.methods(name):
                target, body = one.target, text_of(one.node.child_by_field_name("body"))
                if target.parameters or target.asynchronous or target.generator or _CHANGES.search(body):
                    continue
                if target.kind == "property":
                    shown.append("." + target.name.rpartition(".")[2])
                elif target.kind == "method" and "return" in body:
                    shown.append("." + target.name.rpartition(".")[2] + "()")
            found[name] = tuple([*shown, *(f".{one}" for one in public_fields(member.node))][:6])
        return found

    def _members(self, name: str, node: tree_sitter.Node, doc: str) -> Iterator[Member]:
        if node.type not in CLASSES:
            yield Member(self._target(name, "function", node, doc), node, doc)
            return
        body = node.child_by_field_name("body")
        methods = [one for one in body.named_children if one.type == "method_definition"] if body is not None else []
        maker = next((one for one in methods if text_of(one.child_by_field_name("name")) == "constructor"), None)
        if node.type != "abstract_class_declaration":
            yield Member(self._target(name, "constructor", maker or node, doc), node, doc)
        for one in methods:
            plain, words = text_of(one.child_by_field_name("name")), {child.type for child in one.children}
            access = [text_of(child) for child in one.named_children if child.type == "accessibility_modifier"]
            if one == maker or not re.fullmatch(r"[A-Za-z$][\w$]*", plain) or access not in ([], ["public"]):
                continue
            kind: Any = "staticmethod" if "static" in words else "property" if "get" in words else "method"
            if "set" not in words and not (kind != "staticmethod" and node.type == "abstract_class_declaration"):
                yield Member(self._target(f"{name}.{plain}", kind, one, _doc(one)), one, _doc(one))

    def _target(self, name: str, kind: Any, node: tree_sitter.Node, doc: str) -> Target:
        body, first = node.child_by_field_name("body"), node
        while first.parent is not None and first.parent.type in (
            "export_statement", "variable_declarator", "lexical_declaration", "variable_declaration"
        ):  # fmt: skip
            first = first.parent
        words = {child.type for child in node.children}
        code = text_of(body)
        used = sorted(one for one in self.outside if re.search(rf"(?<![\w$.]){re.escape(one)}\b", code))
        effects = used[0] if used else (found[0] if (found := _OUTSIDE.search(code)) else "")
        described = {key: value for value, key in _JSDOC_PARAM.findall(doc)}
        return Target(
            name, kind, first.start_point[0] + 1, first.end_point[0] + 1,
            parameters=_parameters(node, described) if node.type not in CLASSES else (),
            returns=text_of(node.child_by_field_name("return_type")).removeprefix(":").strip(),
            asynchronous="async" in words,
            generator="*" in words or node.type.startswith("generator_"),
            literals=_literals(body),
            untestable=f"it acts on the outside: it uses {effects}" if effects else "",
        )  # fmt: skip


def _doc(statement: tree_sitter.Node) -> str:
    before = statement.prev_named_sibling
    text = text_of(before) if before is not None and before.type == "comment" else ""
    return text if text.startswith("/**") else ""


def _parameters(node: tree_sitter.Node, described: dict[str, str]) -> tuple[Parameter, ...]:
    single = node.child_by_field_name("parameter")
    if single is not None:
        return (Parameter(text_of(single), described.get(text_of(single), "")),)
    found: list[Parameter] = []
    given = node.child_by_field_name("parameters")
    for one in given.named_children if given is not None else ():
        pattern, default, kind = one, one.child_by_field_name("value"), one.child_by_field_name("type")
        if one.type in ("required_parameter", "optional_parameter"):
            pattern = one.child_by_field_name("pattern") or one
        elif one.type == "assignment_pattern":
            pattern, default = one.child_by_field_name("left") or one, one.child_by_field_name("right")
        if one.type == "comment" or text_of(pattern) == "this":
            continue
        star = "*" if pattern.type == "rest_pattern" else ""
        name = text_of(pattern).removeprefix("...")
        written = text_of(kind).removeprefix(":").strip() or described.get(name, "")
        if pattern.type.endswith("_pattern") and not star:  # documented under a name of its own
            written = written or next(iter(list(described.values())[len(found) : len(found) + 1]), "")
        optional = one.type == "optional_parameter" and default is None
        found.append(Parameter(name, written, "undefined" if optional else text_of(default), star))
    return tuple(found)


def _literals(body: tree_sitter.Node | None, most: int = 30) -> tuple[Any, ...]:
    found: dict[Any, None] = {}
    for node in walk(body) if body is not None else ():
        if node.type == "number" and re.fullmatch(r"\d+(\.\d+)?", text_of(node)):
            found[ast.literal_eval(text_of(node).lstrip("0") or "0") if "." not in text_of(node) else
                  float(text_of(node))] = None  # fmt: skip
        elif node.type == "string" and len(text_of(node)) < 60 and not is_source(node):
            found[text_of(node)[1:-1]] = None
        elif node.type == "regex":
            found[text_of(node)] = None
    return tuple(found)[:most]
