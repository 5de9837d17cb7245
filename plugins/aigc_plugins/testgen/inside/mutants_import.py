"""Finds places for faults in what runs on import: constants of modules and classes, and defaults of parameters.

Such a fault shows in the functions that read what the statement assigns; who they are is told by names alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from aigc_plugins.testgen.inside.mutants_nodes import Fault
from aigc_plugins.testgen.inside.mutants_places import Collector
from aigc_plugins.testgen.inside.mutants_statements import is_stub

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_VALUES = (ast.Constant, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.Tuple, ast.List, ast.Set, ast.Dict,
           ast.Subscript, ast.JoinedStr, ast.IfExp, ast.ListComp, ast.SetComp, ast.DictComp)  # fmt: skip
_DATA = frozenset({"compile", "frozenset", "set", "dict", "tuple", "list", "str", "int", "float", "range", "sorted",
                   "field", "join", "split", "format", "replace", "timedelta", "date", "datetime", "Decimal",
                   "Fraction"})  # fmt: skip
# Assigned for tools and people, not for the code.
_NOT_READ = frozenset({"__all__", "__version__", "__author__", "__slots__", "__doc__", "__test__"})


class Importing(Collector):
    """Finds what `Collector` does, and places in what runs on import."""

    def __init__(self, tree: ast.Module) -> None:
        super().__init__(tree)
        self._read: dict[str, set[str]] = {}
        self._derived: list[tuple[set[str], set[str]]] = []
        self._scan(tree, "")

    def _scan(self, node: Any, prefix: str) -> None:
        """Note what names each function reads, and which names a statement gets from which others."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _FUNCTION):
                self._read.setdefault(prefix + child.name, set()).update(_names(child))
            elif isinstance(child, ast.ClassDef):
                self._scan(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.Assign | ast.AnnAssign):
                self._derived.append((_assigned(child), _names(child.value) if child.value else set()))
            elif isinstance(child, ast.stmt):
                self._scan(child, prefix)

    def outside(self, node: ast.AST, prefix: str) -> None:
        """Look for functions, and for faults, in what runs on import."""
        if isinstance(node, _FUNCTION) and not is_stub(node):
            for default in [*node.args.defaults, *node.args.kw_defaults]:
                self._imported(default, prefix + node.name, (prefix + node.name,))
        elif isinstance(node, ast.ClassDef) and _is_enumeration(node):
            for one in node.body:
                if isinstance(one, _FUNCTION):
                    self.outside(one, f"{prefix}{node.name}.")
            return
        elif (
            isinstance(node, ast.Assign | ast.AnnAssign) and not _assigned(node) & _NOT_READ and _gives_data(node.value)
        ):
            if prefix:
                self._imported(node.value, prefix[:-1], ())
            elif readers := self._readers_of(_assigned(node)):
                self._imported(node.value, readers[0], readers)
        super().outside(node, prefix)

    def _add(self, node: Any, faults: Iterable[Fault]) -> None:
        # tables of texts: one fault for each is enough
        plain = (
            one for one in faults if one.operator != "string case" and getattr(one.after, "value", 0) not in ("", b"")
        )
        super()._add(node, faults if self._readers is None else plain)

    def _imported(self, node: Any, function: str, readers: tuple[str, ...]) -> None:
        self._function, self._readers = function, readers
        self._expression(node, "", 0)
        self._function, self._readers = "", None

    def _readers_of(self, names: set[str]) -> tuple[str, ...]:
        before = -1
        while len(names) > before:
            before = len(names)
            names = names.union(*(assigned for assigned, read in self._derived if read & names))
        return tuple(function for function, read in self._read.items() if read & names)


def _is_enumeration(node: ast.ClassDef) -> bool:
    """Whether a class's constants become objects of their own."""
    return any(ast.unparse(base).endswith(("Enum", "Flag")) for base in node.bases)


def _gives_data(node: ast.expr | None) -> bool:
    """Whether an expression's value is data, as far as can be seen."""
    if isinstance(node, ast.Call):
        return getattr(node.func, "id", getattr(node.func, "attr", "")) in _DATA
    return isinstance(node, _VALUES)


def _assigned(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}


def _names(node: ast.AST) -> set[str]:
    """Return the names read in a node; those in annotations are for people."""
    found, waiting = set(), [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, ast.Name | ast.Attribute):
            found.add(one.id if isinstance(one, ast.Name) else one.attr)
        unread = (getattr(one, "annotation", None), getattr(one, "returns", None))
        waiting.extend(child for child in ast.iter_child_nodes(one) if child not in unread)
    return found
