"""Reads what a file imports, by the query of its language. Which files that means is for `modules`."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_plugins.syntax import Language, SyntaxTree

if TYPE_CHECKING:
    import tree_sitter

log = logging.getLogger(__name__)

_HEAD = 24 * 1024  # characters of a file in which its imports are looked for
_MOST = 400  # imports of one file
_LONGEST = 40  # lines of one statement


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a file takes from a module: `name` there is `bound` here.

    Without a `name` it is the module itself; `star` takes everything, then nothing is bound.
    """

    module: str
    name: str = ""
    bound: str = ""
    star: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines [start, end) of a file, which import something; lines from 0."""

    start: int
    end: int
    imports: tuple[Import, ...]


def read_imports(language: Language, text: str) -> tuple[Import, ...]:
    """Return the imports in a file's text, in its order; nothing where the language has no query or no grammar.

    A long file is read at its head only: that is where imports are.
    """
    if not language.imports or not language.has_grammar:
        return ()
    head = text if len(text) <= _HEAD else text[: text.rfind("\n", 0, _HEAD) + 1]
    try:
        return _read(language, head)
    except (ImportError, AttributeError, ValueError, RuntimeError) as error:  # a plugin's grammar or query
        log.warning("imports of %s cannot be read: %s", language.name, error)
        return ()


@lru_cache(maxsize=256)
def _read(language: Language, text: str) -> tuple[Import, ...]:
    import tree_sitter

    root = SyntaxTree(language, text).root
    matches = tree_sitter.QueryCursor(_query(language)).matches(root)
    found = [_import(language, captures) for _, captures in matches[:_MOST]]
    return tuple(dict.fromkeys(one for one in found if one.module))


def unused(text: str, name: str) -> bool:
    """Tell whether a name that a file imports occurs in it once."""
    found = re.finditer(rf"(?<![\w.]){re.escape(name)}(?!\w)", text)
    return next(found, None) is not None and next(found, None) is None


def read_statements(language: Language, text: str) -> tuple[Statement, ...]:
    """Return the import statements at the head of a file, outside of definitions, in its order; as `read_imports`."""
    if not language.imports or not language.has_grammar:
        return ()
    head = text if len(text) <= _HEAD else text[: text.rfind("\n", 0, _HEAD) + 1]
    try:
        return _statements(language, head)
    except (ImportError, AttributeError, ValueError, RuntimeError) as error:
        log.warning("imports of %s cannot be read: %s", language.name, error)
        return ()


@lru_cache(maxsize=64)
def _statements(language: Language, text: str) -> tuple[Statement, ...]:
    import tree_sitter

    root = SyntaxTree(language, text).root
    found: dict[tuple[int, int], list[Import]] = {}
    for _, captures in tree_sitter.QueryCursor(_query(language)).matches(root)[:_MOST]:
        node = next((nodes[0] for key, nodes in captures.items() if key == "module"), None)
        while node is not None and node.parent is not None and node.parent != root:
            node = node.parent
        one = _import(language, captures)
        if node is None or node.parent is None or node.type in language.definition_nodes or not one.module:
            continue
        span = (node.start_point[0], node.end_point[0] + 1)
        if span[1] - span[0] <= _LONGEST:
            found.setdefault(span, []).append(one)
    return tuple(Statement(start, end, tuple(imports)) for (start, end), imports in sorted(found.items()))


@lru_cache(maxsize=32)
def _query(language: Language) -> tree_sitter.Query:
    import tree_sitter

    return tree_sitter.Query(language.grammar, language.imports)


def _import(language: Language, captures: dict[str, list[tree_sitter.Node]]) -> Import:
    def text(key: str) -> str:
        nodes = captures.get(key)
        return (nodes[0].text or b"").decode("utf-8", "replace").strip() if nodes else ""

    module, name, alias = text("module"), text("name"), text("alias")
    if "star" in captures:
        return Import(module, star=True)
    if "default" in captures:
        return Import(module, name=alias, bound=alias)
    return Import(module, name, alias or name or _own_name(language, module))


def _own_name(language: Language, module: str) -> str:
    """Return how a module is called where it is imported: Go by its last part (not by its version), Python whole."""
    if not language.folder_modules:
        return module
    pieces = [piece for piece in module.split(language.module_separator) if piece]
    versioned = len(pieces) > 1 and pieces[-1][:1] == "v" and pieces[-1][1:].isdigit()
    return (pieces[-2] if versioned else pieces[-1]) if pieces else ""
