"""Compares modules before and after a renaming, node by node: which names changed, and whether each means the same."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.scopes import Scopes
from aigc_plugins.tasks.refactor.python.source import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Found:
    """The trees before, by path, and in each the ids of the nodes whose name changed."""

    trees: dict[str, ast.Module]
    changed: dict[str, set[int]]

    def left(self, old: str, *, kinds: tuple[type[ast.AST], ...]) -> Iterator[tuple[str, ast.AST]]:
        """Yield the nodes of some kinds that still have the old name, with their paths."""
        for path, tree in self.trees.items():
            for node in ast.walk(tree):
                if isinstance(node, kinds) and id(node) not in self.changed[path] and old in names_of(node):
                    yield path, node


def differences(before: Mapping[str, str], after: Mapping[str, str], old: str, new: str) -> Found:
    """Return what changed. Raises RefusedError where anything but the name did, or a name means something else now."""
    found = Found({}, {})
    for path, text in before.items():
        tree = found.trees[path] = parsed(text)
        changed = found.changed[path] = set()
        if path in after and after[path] != text:
            other = parsed(after[path])
            _compare(tree, other, old, new, changed)
            _same_meaning(tree, other, old, new)
            if new in _all_names(tree) and path != next(iter(before)):
                raise RefusedError(f"`{new}` exists already in {path}.")
    return found


def names_of(node: ast.AST) -> set[str]:
    """Return the names that a node has itself."""
    found = set()
    for field, value in ast.iter_fields(node):
        if isinstance(node, ast.Constant) or field in ("type_comment", "kind"):
            continue
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, list):
            found.update(one for one in value if isinstance(one, str))
    return found


def _all_names(tree: ast.AST) -> set[str]:
    return {name for node in ast.walk(tree) for name in names_of(node)}


def _compare(one: Any, other: Any, old: str, new: str, changed: set[int]) -> None:
    waiting = [(one, other)]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            raise RefusedError("The result would not mean the same.")
        for (field, first), (_, second) in zip(ast.iter_fields(left), ast.iter_fields(right), strict=True):
            pairs = zip(first, second, strict=False) if isinstance(first, list) else [(first, second)]
            if isinstance(first, list) and (not isinstance(second, list) or len(first) != len(second)):
                raise RefusedError("The result would not mean the same.")
            for a, b in pairs:
                if isinstance(a, ast.AST):
                    waiting.append((a, b))
                elif a != b or type(a) is not type(b):
                    if (a, b) != (old, new) or isinstance(left, ast.Constant) or field == "module":
                        raise RefusedError("The result would change more than the name.")
                    changed.add(id(left))


def _same_meaning(tree: ast.Module, other: ast.Module, old: str, new: str) -> None:
    """Refuse where a name means another scope now, or the new name was there already for something else."""
    first, second = Scopes(tree), Scopes(other)
    renamed: set[int] = set()
    kept: set[int] = set()
    for (before, scope), (after, its) in zip(first.signature(), second.signature(), strict=True):
        if scope != its or (before != after and (before, after) != (old, new)):
            raise RefusedError(f"`{new}` would be taken for another name of the same spelling.")
        if after == new:
            (kept if before == after else renamed).add(scope)
    if renamed & kept:
        raise RefusedError(f"`{new}` is the name of something else already.")
