"""What is known of a language, read from a TOML file: adding a language takes data, no code here. It parses nothing."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from functools import cache, cached_property
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tree_sitter


# What grammars call named nodes that stand for a word of the language.
_CONSTANTS = frozenset(("true", "false", "none", "null", "nil", "self", "super", "this"))


@dataclass(frozen=True)
class Language:
    """A language: where its grammar is, which files are written in it, and what its completions need to know.

    `style` is `indent` (blocks by indentation), `brace` or `keyword` (blocks end with a word). Node types are those of
    the grammar. `equal_quotes` says that single and double quotes mean the same. `opener` matches the code of a line
    (comments removed) that opens a block, `definition` a line that starts a definition, `continuation` a line that goes
    on with the statement above at the same indentation (`else`), `terminator` a statement after which none of the same
    block runs. How lines begin: `declare` one that gives `{name}` a value, `loop` one over `{names}`, `headers` one
    that opens a block inside a function. `function_nodes` and `class_nodes` are what tasks work on.

    `symbols` is a tree-sitter query for what other files can refer to: `@name` inside a node that is captured as
    `@class`, `@function`, `@method`, `@variable`, or as `@scope` or `@owner` (of methods) where it only lends its name
    to what is inside; `@body` is what does not belong to its signature (by default the field `body`), `@container` the
    name that a method lies in by its own words.

    `imports` is a tree-sitter query: `@module`, and in the same pattern `@name` what is taken from it, `@alias` its
    name here, `@star` for all of it. A module's parts are split by `module_separator`; `module_files` says in which
    files it may be (`{module}` its path, `{stem}` that without an extension, `{name}` what is taken from it). With
    `folder_modules` the files of a folder see each other and are imported together. `declared_types` are regular
    expressions that find the type (group 1) of `{name}`; `test_files` name the tests of the file `{name}`.
    """

    name: str
    title: str = ""
    module: str = ""
    function: str = "language"
    ids: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    style: str = "brace"
    line_comment: str = ""
    block_comment: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ('"', "'")
    equal_quotes: bool = False
    multiline_quotes: tuple[str, ...] = ()
    comment_nodes: tuple[str, ...] = ()
    string_nodes: tuple[str, ...] = ()
    embedded_code_nodes: tuple[str, ...] = ()
    definition_nodes: tuple[str, ...] = ()
    function_nodes: tuple[str, ...] = ()
    class_nodes: tuple[str, ...] = ()
    block_nodes: tuple[str, ...] = ()
    opener: str = r"[{(\[]$"
    closer: str = r"^[)\]}]"
    continuation: str = r"^$"
    terminator: str = r"^$"
    definition: str = r"^[A-Za-z_@]"
    imports: str = ""
    module_separator: str = "."
    module_files: tuple[str, ...] = ()
    folder_modules: bool = False
    declared_types: tuple[str, ...] = ()
    test_files: tuple[str, ...] = ()
    declare: str = ""
    loop: str = ""
    headers: tuple[str, ...] = ()
    symbols: str = ""

    @cached_property
    def grammar(self) -> tree_sitter.Language:
        """The tree-sitter grammar, imported now. Raises ImportError where its wheel is missing."""
        import tree_sitter

        return tree_sitter.Language(getattr(import_module(self.module), self.function)())

    @cached_property
    def reserved(self) -> frozenset[str]:
        """The words that the grammar keeps for itself: keywords, and what constants such as `true` are called."""
        grammar = self.grammar
        kinds = [
            (grammar.node_kind_for_id(i) or "", grammar.node_kind_is_named(i)) for i in range(grammar.node_kind_count)
        ]
        words = {kind for kind, named in kinds if not named and kind.replace("_", "a").isalnum()}
        constants = {kind for kind, named in kinds if named} & _CONSTANTS
        return frozenset(words | constants | {kind.capitalize() for kind in constants})

    @cached_property
    def has_grammar(self) -> bool:
        """Whether the grammar's wheel is installed; it is not imported for that."""
        return bool(self.module) and find_spec(self.module.partition(".")[0]) is not None

    @cached_property
    def definition_query(self) -> tree_sitter.Query | None:
        """The query for `symbols` and `definition_nodes` (captured as `@definition`), None where there is neither."""
        import tree_sitter

        nodes = "".join(f"({kind}) @definition\n" for kind in self.definition_nodes)
        source = f"{self.symbols}\n{nodes}".strip()
        return tree_sitter.Query(self.grammar, source) if source else None

    @property
    def blocks_by_indent(self) -> bool:
        """Whether indentation alone tells where a block ends."""
        return self.style == "indent"

    def matches(self, pattern: str, line: str) -> bool:
        """Return whether the field `pattern` (a regular expression) is found in `line`."""
        return _compiled(getattr(self, pattern)).search(line) is not None

    def definitions(self, text: str, start: int, end: int) -> list[int]:
        """Return the offsets of the lines in [start, end) that start a definition, judged line by line, not parsed."""
        return [m.start() for m in _compiled(self.definition, multiline=True).finditer(text, start, end)]


@cache
def _compiled(pattern: str, multiline: bool = False) -> re.Pattern[str]:
    return re.compile(pattern, re.MULTILINE if multiline else 0)


PLAIN = Language(name="plaintext", title="Plain text")


def load_language(path: Path | Traversable) -> Language:
    """Read one language from a TOML file. Raises ValueError that names the file and the key at fault."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}: {error}") from error
    known = {f.name: f for f in fields(Language)}
    values: dict[str, Any] = {}
    for key, value in data.items():
        if key not in known:
            raise ValueError(f"{path}: unknown key {key!r}; known are {', '.join(sorted(known))}")
        values[key] = tuple(value) if isinstance(value, list) else value
    for key in ("opener", "closer", "continuation", "terminator", "definition"):
        try:
            re.compile(values.get(key, ""))
        except re.error as error:
            raise ValueError(f"{path}: {key} is no regular expression: {error}") from error
    if not values.get("name") or not values.get("module"):
        raise ValueError(f"{path}: name and module are needed")
    return Language(**values)


def load_languages(folder: Path | Traversable) -> tuple[Language, ...]:
    """Read every `*.toml` of a folder, by name. Raises ValueError as `load_language` does."""
    found = sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name)
    return tuple(load_language(p) for p in found)


@cache
def bundled_languages() -> tuple[Language, ...]:
    """Return the languages whose data lie in this package."""
    return load_languages(files(__package__) / "languages")
