"""Writes the call of a target with given arguments, as a reader would: `len(queue)`, with the object made before it."""

from __future__ import annotations

import ast
import keyword
import re
from typing import TYPE_CHECKING

from aigc_plugins.testgen.proposers.known import BUILTINS, Known
from aigc_plugins.testgen.proposers.names import free
from aigc_plugins.testgen.proposers.simple import IMPORTS, Simple
from aigc_plugins.testgen.scenario import Scenario, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

_FUNCTIONS = {"__len__": "len", "__str__": "str", "__repr__": "repr", "__bool__": "bool", "__hash__": "hash",
              "__iter__": "list", "__next__": "next", "__abs__": "abs", "__int__": "int", "__float__": "float",
              "__reversed__": "list(reversed", "__complex__": "complex", "__bytes__": "bytes",
              "__round__": "round"}  # fmt: skip
_OPERATORS = {"__eq__": "==", "__ne__": "!=", "__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">=",
              "__add__": "+", "__sub__": "-", "__mul__": "*", "__truediv__": "/", "__floordiv__": "//", "__mod__": "%",
              "__pow__": "**", "__matmul__": "@", "__and__": "&", "__or__": "|", "__xor__": "^", "__lshift__": "<<",
              "__rshift__": ">>"}  # fmt: skip
_UNARY = {"__neg__": "-", "__pos__": "+", "__invert__": "~"}


class Acts:
    """Writes scenarios for the targets of a module."""

    def __init__(self, known: Known, origin: str) -> None:
        self._known, self._origin = known, origin
        self.simple = Simple(known)

    def scenario(
        self,
        target: Target,
        given: Mapping[str, str],
        fixtures: tuple[str, ...] = (),
        receiver: str = "",
        made: str = "",
        imports: tuple[str, ...] = (),
    ) -> Scenario | None:
        """Return a call with these arguments, None where what else it needs cannot be written.

        Arguments of the constructor of a method's object are named `self.x`; `receiver` is that object's name if it is
        there, `made` an expression for it. `imports` are those of given expressions.
        """
        own = {name.removeprefix("self."): value for name, value in given.items() if name.startswith("self.")}
        arguments = {name: value for name, value in given.items() if not name.startswith("self.")}
        holder = target.name.rpartition(".")[0]
        arrange: tuple[str, ...] = ()
        if target.kind in ("function", "constructor", "classmethod", "staticmethod"):
            called = target.name
        elif receiver:
            called = receiver
        else:
            made = made or self.simple.made(holder, own)
            if not made:
                return None
            name = self._name(holder, fixtures)
            arrange, called = (f"{name} = {made}",), name
        act = self._act(target, called, arguments)
        if not act:
            return None
        needed = tuple(sorted({*imports, *self._imports((*arrange, act))}))
        return Scenario(target.name, act, arrange, needed, fixtures, self._origin)

    def _act(self, target: Target, called: str, arguments: dict[str, str]) -> str:
        last = target.name.rpartition(".")[2]
        if target.kind == "property":
            return f"{called}.{last}"
        written = self.simple.arguments(target.parameters, arguments)
        if target.kind == "method" and last.startswith("__"):
            first = next(iter(target.parameters), None)
            value = arguments.get(first.name, "") if first is not None else ""
            return self._special(called, last, value or self._other(target, called), written)
        name = f"{called}.{last}" if target.kind == "method" else called
        return "" if written is None else f"{name}({written})"

    def _other(self, target: Target, called: str) -> str:
        """Return a value for the other side of an operator: what is annotated, else another one of the class."""
        values = self.simple.values(target.parameters[0]) if target.parameters else []
        if target.name.rpartition(".")[2] in _OPERATORS and not (target.parameters and target.parameters[0].annotation):
            values = [self.simple.made(target.name.rpartition(".")[0]), *values]
        return next(filter(None, values), called)

    def _special(self, called: str, name: str, value: str, written: str | None) -> str:
        if name in _FUNCTIONS:
            return f"{_FUNCTIONS[name]}({called}){')' * _FUNCTIONS[name].count('(')}"
        if name in _OPERATORS:
            return f"{called} {_OPERATORS[name]} {value}"
        if name in _UNARY:
            return f"{_UNARY[name]}{called}"
        if name == "__getitem__":
            return f"{called}[{value}]"
        if name == "__contains__":
            return f"{value} in {called}"
        if name.startswith("__r") and f"__{name[3:]}" in _OPERATORS:
            return f"{value} {_OPERATORS[f'__{name[3:]}']} {called}"
        if written is None:
            return ""
        return f"{called}({written})" if name == "__call__" else f"{called}.{name}({written})"

    def _name(self, holder: str, fixtures: tuple[str, ...]) -> str:
        """Return a name for an instance of a class: `word_list` for `WordList`."""
        name = snake(holder)
        taken = self._known.names | BUILTINS | set(fixtures) | {"result", "tmp_path"}
        return f"{name}_" if name in taken or keyword.iskeyword(name) else name

    def _imports(self, lines: tuple[str, ...]) -> tuple[str, ...]:
        used = {name for line in lines for name in free(ast.parse(line))}
        return tuple(sorted({IMPORTS[name] for name in used if name in IMPORTS and name not in self._known.names}))


def snake(name: str) -> str:
    """Return what an instance of a class is called: `word_list` for `WordList`."""
    plain = name.rpartition(".")[2].strip("_")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain).lower() or "it"
