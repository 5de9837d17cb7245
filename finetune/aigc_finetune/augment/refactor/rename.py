"""Consistent renaming of variables that are private to a function (Python)."""

from __future__ import annotations

import keyword
import random
from collections import Counter
from typing import TYPE_CHECKING

from aigc_finetune.augment.refactor.edits import Edit, applied, nodes
from aigc_finetune.augment.refactor.proof import same_code_but_locals
from aigc_finetune.augment.source import Source

if TYPE_CHECKING:
    import tree_sitter

# Whoever asks for these can see the names of local variables.
_SEES_NAMES = frozenset(
    ("locals", "vars", "dir", "eval", "exec", "_getframe", "currentframe", "stack", "format_map", "getargvalues")
)
_COMMON = (
    "value", "item", "result", "data", "entry", "current", "found", "number", "count", "total", "key", "text", "name",
    "node", "first", "last", "left", "right", "size", "part", "other", "output", "pair", "line", "group", "target",
)  # fmt: skip
_SHARE = 0.5  # of the functions of a file
_MOST = 2  # variables of a function


class Rename:
    """Renames local variables and positional-only parameters; other parameters may be passed by name."""

    name = "rename"

    def apply(self, source: Source, rng: random.Random, rejected: Counter[str]) -> str | None:
        """Return the text with some variables renamed, None where there is none that can be."""
        functions = [node for node in nodes(source, source.root, "function_definition") if not _nested(node)]
        locals_of = {node.start_byte: _local_names(source, node) for node in functions}
        pool = sorted({name for names in locals_of.values() for name in names}) + list(_COMMON)
        edits: list[Edit] = []
        for function in functions:
            candidates = sorted(locals_of[function.start_byte])
            if not candidates or rng.random() > _SHARE:
                continue
            chosen = rng.sample(candidates, min(rng.randint(1, _MOST), len(candidates)))
            made = _renamed(source, function, chosen, pool, rng)
            if _proved_alone(source, function, made):
                edits += made
            else:
                rejected["rename of a function not proved"] += 1
        return applied(source.text, [(edit,) for edit in edits]) if edits else None

    def proved(self, before: str, after: str) -> bool:
        """Tell whether the code is the same but for names of local variables."""
        return same_code_but_locals(before, after)


def _proved_alone(source: Source, function: tree_sitter.Node, edits: list[Edit]) -> bool:
    """Prove the renaming in one function by itself, so that one that fails does not cost the others of the file."""
    start, end = source.offset_of(function.start_byte), source.offset_of(function.end_byte)
    line = source.text.rfind("\n", 0, start) + 1
    head = source.text[line:start]
    if head.strip():
        return True  # the proof of the whole file decides
    # A block around it makes its indentation right.
    around = "if 1:\n" if head else ""
    moved = [(Edit(edit.start - line, edit.end - line, edit.text),) for edit in edits]
    before = source.text[line:end]
    return same_code_but_locals(around + before, around + applied(before, moved))


def _renamed(
    source: Source, function: tree_sitter.Node, chosen: list[str], pool: list[str], rng: random.Random
) -> list[Edit]:
    """Return the edits that rename the variables, all mentions of each inside the function."""
    mentions = nodes(source, function, "identifier")
    used = {_name(node) for node in mentions}
    if used & _SEES_NAMES:
        return []
    free = [name for name in dict.fromkeys(pool) if name not in used and not keyword.iskeyword(name)]
    names = dict(zip(chosen, rng.sample(free, min(len(chosen), len(free))), strict=False))
    return [
        Edit(source.offset_of(node.start_byte), source.offset_of(node.end_byte), names[_name(node)])
        for node in mentions
        if _name(node) in names and not _of_something_else(node)
    ]


def _local_names(source: Source, function: tree_sitter.Node) -> set[str]:
    """Return the names that a function gives values to, and its positional-only parameters.

    Left out are other parameters, and what it imports or shares with functions inside and outside.
    """
    body, parameters = function.child_by_field_name("body"), function.child_by_field_name("parameters")
    found: set[str] = set()
    for kind, field in _BINDING.items():
        for node in nodes(source, body, kind):
            left = node.child_by_field_name(field)
            if left is not None and left.type in ("identifier", "pattern_list", "tuple_pattern"):
                found |= {_name(one) for one in nodes(source, left, "identifier") if not _of_object(one)}
    taken = {_name(one) for node in nodes(source, body, *_TAKING) for one in nodes(source, node, "identifier")}
    inner = nodes(source, body, "parameters", "lambda_parameters")
    taken |= {_name(one) for node in inner for one in nodes(source, node, "identifier")}
    taken |= {_name(one) for one in nodes(source, parameters, "identifier")}
    names = (found - taken) | _positional_only(function)
    return {name for name in names if not name.startswith("_")}


# Statements that give a name a value, and the field with the name; those whose names are not the function's to choose.
_BINDING = {"assignment": "left", "for_statement": "left", "named_expression": "name", "augmented_assignment": "left"}
_TAKING = ("global_statement", "nonlocal_statement", "import_statement", "import_from_statement")


def _positional_only(function: tree_sitter.Node) -> set[str]:
    parameters = function.child_by_field_name("parameters")
    if parameters is None:
        return set()
    kinds = [one.type for one in parameters.named_children]
    if "positional_separator" not in kinds:
        return set()
    before = parameters.named_children[: kinds.index("positional_separator")]
    return {_name(one) for one in before if one.type == "identifier"} - {"self", "cls"}


def _of_something_else(node: tree_sitter.Node) -> bool:
    """Whether an identifier is an attribute or the name of an argument: those belong to other objects."""
    parent = node.parent
    if parent is None:
        return False
    field = {"attribute": "attribute", "keyword_argument": "name"}.get(parent.type)
    named = parent.child_by_field_name(field) if field else None
    return named is not None and named.start_byte == node.start_byte


def _of_object(node: tree_sitter.Node) -> bool:
    return node.parent is not None and node.parent.type in ("attribute", "subscript")


def _nested(node: tree_sitter.Node) -> bool:
    """Whether a function stands inside another one, whose variables it may share."""
    parent = node.parent
    while parent is not None:
        if parent.type == "function_definition":
            return True
        parent = parent.parent
    return False


def _name(node: tree_sitter.Node) -> str:
    return node.text.decode() if node.text is not None else ""
