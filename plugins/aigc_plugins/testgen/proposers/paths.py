"""Follows where a function's values come from: which part of which parameter an expression is (its length, an element).

It follows names that are bound once in plain ways, and makes of a value for a part a value for the whole parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace

from aigc_plugins.testgen.analysis.definitions import dotted
from aigc_plugins.testgen.scenario import Parameter

_SAME = frozenset(
    ("strip", "lstrip", "rstrip", "lower", "upper", "casefold", "title", "copy", "removeprefix", "removesuffix",
     "replace", "encode", "decode", "expandtabs", "swapcase", "capitalize")
)  # fmt: skip
_SAME_FUNCTIONS = frozenset(
    ("str", "list", "tuple", "sorted", "iter", "reversed", "abs", "set", "repr", "bool", "round")
)
_NUMBERS = frozenset(("int", "float"))
_PARTS = frozenset(("split", "rsplit", "splitlines", "partition", "rpartition"))
_LONGEST = 40
_EMPTY = {"str": "''", "bool": "False", "int": "0", "float": "0.0", "list": "[]", "dict": "{}", "Sequence": "[]",
          "Iterable": "[]", "Mapping": "{}", "tuple": "()", "bytes": "b''"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a parameter: `value` (all of it), `len`, `item` (an element or character), `number` (what a text says),
    or `key` (what stands under `key`). The parameter `self.x` is an attribute of the instance."""

    parameter: str
    what: str = "value"
    key: str = ""


class Parts:
    """The parts that a function's expressions are; `attributes` stand for parameters of the constructor."""

    def __init__(self, parameters: Mapping[str, Parameter], attributes: Mapping[str, str]) -> None:
        self._parameters, self._attributes = parameters, attributes
        self._names = {name: Part(name) for name in parameters}

    def bind(self, node: ast.AST) -> None:
        """Learn from a statement that binds names."""
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.NamedExpr(target=ast.Name(id=name), value=value)
            ):
                part = self.of(value)
                if part is not None and name not in self._parameters:
                    self._names.setdefault(name, part)
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=value):
                self._unpack(names, self._item(self.of(value)))
            case ast.For(target=target, iter=given) | ast.comprehension(target=target, iter=given):
                self._loop(target, given)

    def of(self, node: ast.expr) -> Part | None:
        """Return the part of a parameter that an expression is, None where it is none."""
        match node:
            case ast.Name(id=name):
                return self._names.get(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if name in self._attributes:
                return Part(f"self.{self._attributes[name]}")
            case ast.Call(func=ast.Name(id="len"), args=[inner]):
                return self._whole(inner, "len")
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _NUMBERS:
                part = self.of(inner)
                text = part is not None and part.what == "value" and self.is_text(part.parameter)
                return replace(part, what="number") if part is not None and text else part
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _SAME_FUNCTIONS:
                return self.of(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr="get"), args=[ast.Constant(value=key), *_]):
                return self._under(inner, key)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _SAME:
                return self.of(inner)
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _PARTS:
                return self.of(inner)
            case ast.Subscript(value=inner, slice=ast.Constant(value=str(key))):
                return self._under(inner, key)
            case ast.Subscript(value=inner, slice=ast.Slice()):
                return self.of(inner)
            case ast.Subscript(value=inner):
                return self._item(self.of(inner))
        return None

    def is_text(self, name: str) -> bool:
        """Tell whether a parameter is, or may well be, a text."""
        parameter = self._parameters.get(name)
        if parameter is None:
            return False
        if parameter.annotation:
            return "str" in parameter.annotation.replace(" ", "").split("[")[0].split("|")
        return bool(parameter.guesses) and parameter.guesses[0] == ("str",)

    def empties(self, name: str) -> list[str]:
        """Return the values of a parameter that count as false, and a true one where it may be a truth."""
        parameter = self._parameters.get(name)
        if parameter is None:
            return ["None", "0", "''", "[]"]
        hints = parameter.annotation or " ".join(str(guess[0]) for guess in parameter.guesses[:2])
        found = [empty for word, empty in _EMPTY.items() if word in hints]
        if "bool" in hints or parameter.default in ("True", "False"):
            found += ["True"]
        optional = "None" in hints or "Optional" in hints or (parameter.default == "None" and not parameter.annotation)
        return ([*found, "None"] if optional else found) or ["None"]

    def whole(self, part: Part, value: str) -> list[str]:
        """Return expressions for a parameter whose part has a value, which is an expression, too."""
        text = self.is_text(part.parameter)
        match part.what:
            case "len":
                return self._of_length(part.parameter, value)
            case "number":
                return [repr(value.strip("()"))]
            case "key":
                return [f"{{{part.key}: {value}}}"]
            case "item" if text:
                inner = _text(value)
                return [] if inner is None else [repr(inner), repr(f"a{inner}b"), repr(inner * 2)]
            case "item":
                return [f"[{value}]", f"[{value}, {value}]"]
        return [value]

    def _of_length(self, name: str, value: str) -> list[str]:
        if not value.isdigit() or int(value) > _LONGEST:
            return []
        size = int(value)
        if self.is_text(name):
            return [repr(("abcdefghij" * 4)[:size])]
        annotation = self._parameters[name].annotation if name in self._parameters else ""
        if annotation.lower().startswith(("dict", "mapping")):
            return ["{" + ", ".join(f"{chr(97 + one % 26) * (1 + one // 26)!r}: {one}" for one in range(size)) + "}"]
        element = repr("abc") if "str" in annotation else None
        return ["[" + ", ".join(element or str(one + 1) for one in range(size)) + "]"]

    def _whole(self, node: ast.expr, what: str) -> Part | None:
        part = self.of(node)
        return replace(part, what=what) if part is not None and part.what == "value" else None

    def _item(self, part: Part | None) -> Part | None:
        return replace(part, what="item") if part is not None and part.what == "value" else None

    def _under(self, node: ast.expr, key: object) -> Part | None:
        part = self.of(node)
        return replace(part, what="key", key=repr(key)) if part is not None and part.what == "value" else None

    def _loop(self, target: ast.expr, given: ast.expr) -> None:
        name = dotted(given) if isinstance(given, ast.Call) else ""
        arguments = given.args if isinstance(given, ast.Call) else []
        if name == "enumerate" and arguments and isinstance(target, ast.Tuple):
            self._unpack(target.elts[1:], self._item(self.of(arguments[0])))
        elif name == "zip" and isinstance(target, ast.Tuple):
            for one, argument in zip(target.elts, arguments, strict=False):
                self._unpack([one], self._item(self.of(argument)))
        elif not name.endswith((".items", ".keys", ".values")):
            self._unpack([target], self._item(self.of(given)))

    def _unpack(self, names: list[ast.expr], part: Part | None) -> None:
        for one in names if part is not None else ():
            if isinstance(one, ast.Name) and part is not None:
                self._names.setdefault(one.id, part)


def _text(value: str) -> str | None:
    try:
        found = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return None
    return found if isinstance(found, str) else None
