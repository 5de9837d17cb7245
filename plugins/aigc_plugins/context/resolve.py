"""Finds the definitions behind the names near a cursor: through imports, types, base classes, else by the name alone.

It asks the workspace and reads imports; how a definition is shown is for `render`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aigc_plugins.context.imports import Import, read_imports, unused
from aigc_plugins.context.modules import files_of, folder_holds, folder_of, shared
from aigc_plugins.context.words import COMMON, chains
from aigc_plugins.syntax import Language, language_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.context.place import Chain, Place
    from aigc_plugins.workspace import Symbol, Workspace

_MOST_CHAINS = 36  # names looked up for one cursor
_MOST_GUESSES = 10  # of these without an import, looked up by name alone
_MANY = 300  # definitions of one name that are looked at
_UNIQUE = 2  # with more definitions than these a name without an import says nothing
_GUESSED = 0.4  # how much of its weight a definition keeps that was found by its name alone
_UNUSED = 0.2  # what an imported name weighs that is not near the cursor
_WAITING = 2.0  # and one that nothing in the file uses yet: it was imported for what is being written
_TYPED = 3.0  # and one that begins as the word at the cursor
_MEMBER = 0.8
_SELF = frozenset({"self", "this", "cls", "super"})


@dataclass(frozen=True, slots=True)
class Found:
    """A definition that is needed here, and how much."""

    symbol: Symbol
    weight: float


class Resolver:
    """Looks up names as they are seen from one file."""

    def __init__(self, workspace: Workspace, place: Place, path: str) -> None:
        self._workspace = workspace
        self._place = place
        self._language = place.language
        self._path = path
        self._imports = read_imports(place.language, place.text)
        self._bound = {one.bound: one for one in self._imports if not one.star}
        self._outlines: dict[str, list[Symbol]] = {}
        self._bases: list[Symbol] | None = None
        self._guesses: dict[str, list[Symbol]] = {}

    def needed(self) -> list[Found]:
        """Return the definitions that the names near the cursor lead to, the weightiest first, in a fixed order."""
        weights: dict[Symbol, float] = {}
        near = sorted(self._wanted(), key=lambda item: (-item[1], item[0]))[:_MOST_CHAINS]
        for chain, weight in near:
            for symbol, share in self._resolve(chain, depth=0):
                weights[symbol] = max(weights.get(symbol, 0.0), weight * share)
        found = [Found(symbol, weight) for symbol, weight in weights.items()]
        return sorted(found, key=lambda one: (-one.weight, one.symbol.path, one.symbol.start_line))

    def _wanted(self) -> Iterator[tuple[Chain, float]]:
        seen = {chain[0] for chain in self._place.chains}
        typed = self._place.typed
        for chain, weight in self._place.chains.items():
            if len(chain) > 1 or (len(chain[0]) > 1 and chain[0].lower() not in COMMON):
                yield chain, weight
        for name in self._bound:
            starts = len(typed) > 1 and name.startswith(typed)
            if starts or name not in seen:
                waiting = not starts and unused(self._place.text, name)
                yield tuple(name.split(".")), _TYPED if starts else _WAITING if waiting else _UNUSED

    def _resolve(self, chain: Chain, depth: int) -> list[tuple[Symbol, float]]:
        """Return what a dotted name stands for, each with the share of the name's weight that it has."""
        head, rest = chain[0], chain[1:]
        for length in range(len(chain), 0, -1):  # `import a.b` binds both names at once
            taken = self._bound.get(".".join(chain[:length]))
            if taken is not None:
                return self._imported(taken, chain[length:])
        if head in _SELF and rest:
            return self._inherited(rest) or self._typed(chain, depth)
        starred = [hit for one in self._imports if one.star for hit in self._imported(one, chain)]
        if starred:
            return starred[:_UNIQUE]
        own = self._in_file(self._path, head, rest)
        if own:
            return own
        return self._typed(chain, depth) or self._beside(head, rest) or self._by_name(chain)

    # Through an import

    def _imported(self, taken: Import, rest: Chain) -> list[tuple[Symbol, float]]:
        if self._language.folder_modules:
            found = self._in_folder(taken, rest)
            if found:
                return found
        files = files_of(self._language, taken, self._path, self._workspace)
        for path in files:
            if taken.name:
                found = self._in_file(path, taken.name, rest)
                module = PurePosixPath(path).stem == taken.name or folder_of(path).endswith(taken.name)
                if not found and module and rest:
                    found = self._in_file(path, rest[0], rest[1:])  # the name is a module itself
            else:
                found = self._in_file(path, rest[0], rest[1:]) if rest else []
            if found:
                return found
        wanted, left = (taken.name, rest) if taken.name else (rest[0] if rest else "", rest[1:])
        return self._reexported(files[:2], wanted, left) if wanted else []

    def _reexported(self, files: list[str], name: str, rest: Chain) -> list[tuple[Symbol, float]]:
        """Follow `name` through the imports of a package's index file, one level."""
        for path in files:
            text = self._workspace.read(path)
            language = language_for("", PurePosixPath(path)) or self._language
            for one in read_imports(language, text) if text else ():
                if one.star or one.bound == name:
                    for further in files_of(language, one, path, self._workspace):
                        found = self._in_file(further, name if one.star else one.name or name, rest)
                        if found:
                            return found
        return []

    def _in_folder(self, taken: Import, rest: Chain) -> list[tuple[Symbol, float]]:
        """Look a name up in the folder that is a package (Go), or that holds the classes of one (Java)."""
        name = taken.name or (rest[0] if rest else "")
        if not name or (taken.name and not self._language.module_files):
            return []
        after = rest if taken.name else rest[1:]
        return [
            hit
            for symbol in self._named(name)
            if folder_holds(self._language, taken.module, folder_of(symbol.path)) and not symbol.container
            for hit in self._with_member(symbol, after)
        ][: _UNIQUE * 2]

    # In a file, beside it, or anywhere

    def _in_file(self, path: str, name: str, rest: Chain) -> list[tuple[Symbol, float]]:
        same = [symbol for symbol in self._outline(path) if symbol.name == name]
        top = [symbol for symbol in same if not symbol.container] or ([] if path == self._path else same)
        return self._with_member(top[0], rest) if top else []

    def _with_member(self, symbol: Symbol, rest: Chain) -> list[tuple[Symbol, float]]:
        if not rest or symbol.kind != "class":
            return [(symbol, 1.0)]
        member = self._member(symbol, rest[0])
        return [(symbol, _MEMBER), (member, 1.0)] if member is not None else [(symbol, 1.0)]

    def _member(self, owner: Symbol, name: str) -> Symbol | None:
        inside = f"{owner.container}.{owner.name}" if owner.container else owner.name
        found = [one for one in self._outline(owner.path) if one.name == name and one.container == inside]
        if not found and self._language.folder_modules:  # Go: methods may lie in other files of the package
            found = [
                one
                for one in self._named(name)
                if one.container == inside and folder_of(one.path) == folder_of(owner.path)
            ]
        return found[0] if found else None

    def _inherited(self, rest: Chain) -> list[tuple[Symbol, float]]:
        """Look `self.x` up in the classes that the enclosing definitions name in their first lines."""
        if self._bases is None:
            self._bases = []
            named = [chain for header in self._place.scope for chain in chains(header)[1:] if chain[0] not in _SELF]
            hits = [symbol for chain in named for symbol, _ in self._resolve(chain, depth=1)]
            self._bases = [symbol for symbol in hits if symbol.kind == "class"]
        for symbol in self._bases:
            member = self._member(symbol, rest[0])
            if member is not None:
                return [(symbol, _MEMBER), (member, 1.0)]
        return []

    def _typed(self, chain: Chain, depth: int) -> list[tuple[Symbol, float]]:
        """Look a member up in the type that the file gives its owner, where that is plain to see."""
        if len(chain) < 2 or depth:
            return []
        start, end = max(self._place.offset - 12_000, 0), self._place.offset
        before = self._place.text[start:end] + self._place.line
        owner = chain[:2] if chain[0] in _SELF and len(chain) > 2 else chain[:1]
        rest = chain[len(owner) :]
        for pattern in self._language.declared_types:
            found = _declaration(pattern, owner).findall(before)
            if found:
                kind = chains(found[-1])
                hits = self._resolve(kind[0], depth=1) if kind and kind[0] != chain[:1] else []
                classes = [symbol for symbol, _ in hits if symbol.kind == "class"]
                if classes:
                    return self._with_member(classes[0], rest)
        return []

    def _beside(self, name: str, rest: Chain) -> list[tuple[Symbol, float]]:
        """Look a name up in the other files of the folder, where these see each other."""
        if not self._language.folder_modules:
            return []
        here = folder_of(self._path)
        found = [one for one in self._named(name) if folder_of(one.path) == here and not one.container]
        return self._with_member(found[0], rest) if found else []

    def _by_name(self, chain: Chain) -> list[tuple[Symbol, float]]:
        """Look the last part of a name up in the whole workspace; what many files define is left alone."""
        name = chain[-1]
        if len(name) < 4 or chain[0] in self._bound or name.lower() in COMMON:
            return []
        if name not in self._guesses:
            enough = len(self._guesses) >= _MOST_GUESSES
            language = self._language.name
            found = [] if enough else self._workspace.symbols(name, language=language, limit=_UNIQUE + 1)
            self._guesses[name] = found if len(found) <= _UNIQUE else []
        fitting = [one for one in self._guesses[name] if _may_be(one, chain)]
        return [(max(fitting, key=lambda one: shared(one.path, self._path)), _GUESSED)] if fitting else []

    def _named(self, name: str) -> list[Symbol]:
        return self._workspace.symbols(name, language=self._language.name, limit=_MANY)

    def _outline(self, path: str) -> list[Symbol]:
        if path not in self._outlines:
            self._outlines[path] = self._workspace.outline(path)
        return self._outlines[path]


def _may_be(symbol: Symbol, chain: Chain) -> bool:
    """Tell whether a definition is of the kind that a name is used as: `a.b()` is a method, `b()` is none."""
    return symbol.kind != "variable" and bool(symbol.container) == (len(chain) > 1)


@lru_cache(maxsize=512)
def _declaration(pattern: str, owner: Chain) -> re.Pattern[str]:
    name = r"\.".join(re.escape(part) for part in owner)
    return re.compile(pattern.replace("{name}", name))


def known_language(path: str, fallback: Language) -> Language:
    """Return the language of a file by its name."""
    return language_for("", PurePosixPath(path)) or fallback
