"""Settles under which name a test file knows each thing from outside, so that no two get in each other's way."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from aigc_plugins.testgen.writing.code import Code
from aigc_plugins.testgen.writing.reading import BUILTINS, Origin, origin_of


class Bindings:
    """Names of a test file: `known` are what its imports bind already, `reserved` all that mean something in it."""

    def __init__(self, known: Mapping[str, Origin], reserved: Iterable[str]) -> None:
        self._known = dict(known)
        self._reserved = set(reserved)
        self._locals: dict[str, str] = {one.path: local for local, one in reversed(tuple(known.items()))}
        self._before = dict(self._locals)
        self._settled: dict[Origin, tuple[str, ...]] = {}
        self.added: list[Origin] = []

    def settle(self, codes: Iterable[Code]) -> None:
        """Choose names for all that these tests use."""
        blocked: dict[Origin, set[str]] = {}
        for code in codes:
            for root in code.roots:
                for node in ast.walk(root):
                    origin = origin_of(node)
                    if origin is not None:
                        blocked.setdefault(origin, set()).update(code.names)
        for origin in sorted(blocked, key=lambda one: (bool(one.name), one)):
            self._settled[origin] = self._chosen(origin, blocked[origin])

    def _chosen(self, origin: Origin, blocked: set[str]) -> tuple[str, ...]:
        """Return the name for an origin and the attributes to take of it."""
        local = self._locals.get(origin.path)
        if local is not None and local not in blocked:
            return (local,)
        if not origin.name:
            return self._whole(origin, blocked)
        whole = self._before.get(origin.module)
        if whole is not None and whole not in blocked and not self._takes_names_of(origin.module):
            return (whole, origin.name)
        if self._is_free(origin.local, blocked) and not _is_awkward(origin.local):
            return (self._add(origin, origin.local),)
        parent, _, last = origin.module.rpartition(".")
        module = Origin(parent, last, last) if parent else Origin(origin.module, "", origin.module)
        return (self._module(module, blocked), origin.name)

    def _whole(self, origin: Origin, blocked: set[str]) -> tuple[str, ...]:
        """Return the name for a whole module; `import a.b` binds `a`."""
        if "." in origin.module and origin.local == origin.module.partition(".")[0]:
            known = self._known.get(origin.local)
            if origin.local in blocked or (known is not None and known.module.partition(".")[0] != origin.local):
                top = self._module(Origin(origin.local, "", origin.local), blocked)
                self.added.append(origin)
                return (top,)
            if origin not in self._known.values():
                self._known[origin.local] = origin
                self.added.append(origin)
            return (origin.local,)
        return (self._module(origin, blocked),)

    def _module(self, origin: Origin, blocked: set[str]) -> str:
        local = self._locals.get(origin.path)
        if local is not None and local not in blocked:
            return local
        name, number = origin.local, 2
        if not self._is_free(name, blocked) or name in BUILTINS or name.startswith(("test", "Test")):
            stem = name = f"{origin.local}_module"
            while not self._is_free(name, blocked):
                name, number = f"{stem}_{number}", number + 1
        return self._add(origin, name)

    def _add(self, origin: Origin, local: str) -> str:
        made = Origin(origin.module, origin.name, local)
        self._known[local] = made
        self._locals.setdefault(origin.path, local)
        self.added.append(made)
        return local

    def _takes_names_of(self, module: str) -> bool:
        return any(one.module == module and one.name for one in self._known.values())

    def _is_free(self, name: str, blocked: set[str]) -> bool:
        return name not in self._known and name not in self._reserved and name not in blocked

    def named(self, code: Code) -> None:
        """Write the chosen names into a test."""
        change = _Change(self._settled)
        code.decorators = [change.visit(one) for one in code.decorators]
        code.blocks = [[change.visit(one) for one in block] for block in code.blocks]


def _is_awkward(name: str) -> bool:
    """Tell whether a name would be mistaken where a test module holds it: a test, Python's own, one that is special."""
    return name.startswith(("test", "Test", "__")) or name in BUILTINS or name in ("pytest", "pytestmark")


class _Change(ast.NodeTransformer):
    def __init__(self, settled: Mapping[Origin, tuple[str, ...]]) -> None:
        self._settled = settled

    def visit_Name(self, node: ast.Name) -> ast.expr:
        origin = origin_of(node)
        if origin is None:
            return node
        local, *attributes = self._settled[origin]
        made: ast.expr = ast.Name(local, node.ctx)
        for one in attributes:
            made = ast.Attribute(made, one, ast.Load())
        return made
