"""Writes plain values for parameters, as expressions, from how they are annotated; types unknown here are left out."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.analysis.definitions import dotted, last_part

if TYPE_CHECKING:
    from aigc_plugins.testgen.proposers.known import Known
    from aigc_plugins.testgen.scenario import Parameter

_PLAIN: dict[str, tuple[str, ...]] = {
    "int": ("2", "0", "-1"), "float": ("1.5", "0.0", "-2.0"), "str": ("'abc'", "''", "'a b'"),
    "bool": ("True", "False"),
    "bytes": ("b'abc'", "b''"), "bytearray": ("bytearray(b'abc')",), "complex": ("1 + 2j",), "None": ("None",),
    "object": ("1", "'a'", "None"), "Any": ("1", "'a'", "None"), "list": ("[1, 2]", "[]"), "tuple": ("(1, 2)", "()"),
    "dict": ("{'a': 1}", "{}"), "set": ("{1, 2}", "set()"), "frozenset": ("frozenset({1, 2})", "frozenset()"),
    "Sequence": ("[1, 2]", "[]"), "Iterable": ("[1, 2]", "[]"), "Mapping": ("{'a': 1}", "{}"), "range": ("range(3)",),
    "Hashable": ("'a'", "1"), "slice": ("slice(0, 2)",), "type": ("int", "str"), "Exception": ("ValueError('a')",),
    "BaseException": ("ValueError('a')",), "Number": ("2", "1.5"), "Real": ("2", "1.5"), "SupportsInt": ("2",),
    "SupportsFloat": ("1.5",), "AnyStr": ("'abc'", "b'abc'"), "LiteralString": ("'abc'",),
    "callable": ("lambda *args: 1",),
    "Callable": ("lambda *args: 1",),
}  # fmt: skip
_IMPORTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "Path": ("from pathlib import Path", ("Path('a.txt')",)),
    "PurePath": ("from pathlib import PurePath", ("PurePath('a.txt')",)),
    "Decimal": ("from decimal import Decimal", ("Decimal('1.5')", "Decimal(0)")),
    "Fraction": ("from fractions import Fraction", ("Fraction(1, 2)", "Fraction(0)")),
    "date": ("from datetime import date", ("date(2024, 2, 29)",)),
    "datetime": ("from datetime import datetime", ("datetime(2024, 2, 29, 12, 30)",)),
    "time": ("from datetime import time", ("time(12, 30)",)),
    "timedelta": ("from datetime import timedelta", ("timedelta(days=1)", "timedelta(0)")),
    "StringIO": ("import io", ("io.StringIO('a\\nb\\n')",)),
    "TextIO": ("import io", ("io.StringIO('a\\nb\\n')",)),
    "IO": ("import io", ("io.StringIO('a\\nb\\n')",)),
    "BytesIO": ("import io", ("io.BytesIO(b'ab')",)),
    "BinaryIO": ("import io", ("io.BytesIO(b'ab')",)),
    "Pattern": ("import re", ("re.compile('a+')",)),
    "Counter": ("from collections import Counter", ("Counter('aab')",)),
    "deque": ("from collections import deque", ("deque([1, 2])",)),
    "UUID": ("from uuid import UUID", ("UUID(int=1)",)),
}
IMPORTS = {line.rpartition(" ")[2]: line for line, _ in _IMPORTED.values()}
_LISTS = ("list", "List", "Sequence", "MutableSequence", "Iterable", "Collection", "Container", "Reversible", "deque")
_DICTS = ("dict", "Dict", "Mapping", "MutableMapping", "defaultdict", "OrderedDict")
_SETS = ("set", "Set", "AbstractSet", "MutableSet")
_WRAPPERS = ("Annotated", "Final", "Required", "NotRequired", "ReadOnly", "ClassVar", "InitVar", "Unpack")
_UNION = ("Union", "Optional")
_DEEPEST = 3


class Simple:
    """Writes values for the parameters of one module's functions."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.usual: dict[str, str] = {}  # instances that are known to be right, by class

    def values(self, parameter: Parameter) -> list[str]:
        """Return expressions for a parameter, the most usual first; none where nothing is known that fits."""
        if parameter.annotation:
            return self.annotated(parameter.annotation)
        found = [one for guess in parameter.guesses[:3] for one in self._of_kind(guess)[:2]]
        return list(dict.fromkeys(found))

    def annotated(self, text: str) -> list[str]:
        """Return expressions of an annotated type."""
        try:
            return list(dict.fromkeys(self._of(ast.parse(text, mode="eval").body, 0)))
        except (SyntaxError, ValueError, RecursionError):
            return []

    def made(self, name: str, given: dict[str, str] | None = None, depth: int = 0) -> str:
        """Return an expression for an instance of a class of the module, empty where none can be made."""
        found = self._known.classes.get(name)
        if found is None or depth > _DEEPEST:
            return ""
        if not given and self.usual.get(name):
            return self.usual[name]
        kind = self._known.lines.kind(found)
        if kind == "enum":
            return next((f"{name}.{one}" for one in members(found.node)), "")
        if kind in ("protocol", "typed dict") or self._known.lines.is_abstract(found):
            below = [one for one in self._known.classes.values() if found in self._known.lines.line_of(one)[1:]]
            return next(filter(None, (self.made(one.name, given, depth + 1) for one in below)), "")
        parameters = self._known.lines.constructor(found)
        if parameters is None:
            return f"{name}()"
        arguments = self.arguments(parameters, self._shown(name, parameters) | (given or {}), depth + 1)
        return "" if arguments is None else f"{name}({arguments})"

    def _shown(self, name: str, parameters: Sequence[Parameter]) -> dict[str, str]:
        """Return the arguments of a class's usual instance by name."""
        usual = ast.parse(self.usual.get(name, "None"), mode="eval").body
        if not isinstance(usual, ast.Call) or any(isinstance(one, ast.Starred) for one in usual.args):
            return {}
        plain = [one.name for one in parameters if not one.star and not one.keyword]
        found = {key: ast.unparse(value) for key, value in zip(plain, usual.args, strict=False)}
        return found | {one.arg: ast.unparse(one.value) for one in usual.keywords if one.arg}

    def arguments(self, parameters: Sequence[Parameter], given: dict[str, str], depth: int = 0) -> str | None:
        """Return the arguments of a call, usual ones for what is needed and not given; None where none are known."""
        written, named = [], False
        for one in parameters:
            value = given.get(one.name, "")
            if one.star:
                written += _starred(one.star, value) if value and not (named and one.star == "*") else []
                continue
            if not value and (one.default or depth > _DEEPEST):
                named = named or bool(one.default)
                continue
            value = value or next(iter(self._values(one, depth)), "")
            if not value:
                return None
            named = named or one.keyword
            written.append(f"{one.name}={value}" if named else value)
        return ", ".join(written)

    def _values(self, parameter: Parameter, depth: int) -> list[str]:
        if not parameter.annotation:
            return self.values(parameter)
        try:
            return self._of(ast.parse(parameter.annotation, mode="eval").body, depth)
        except (SyntaxError, ValueError, RecursionError):
            return []

    def _of(self, node: ast.expr, depth: int) -> list[str]:
        match node:
            case ast.Constant(value=None):
                return ["None"]
            case ast.Constant(value=str(text)):
                return self.annotated(text)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return _mixed([self._of(left, depth), self._of(right, depth)])
            case ast.Subscript(value=value, slice=inner):
                return self._generic(last_part(dotted(value)), _elements(inner), depth)
        name = last_part(dotted(node))
        if name in _PLAIN:
            return list(_PLAIN[name])
        if name in _IMPORTED and dotted(node) not in self._known.classes:
            return list(_IMPORTED[name][1])
        if dotted(node) in self._known.classes:
            return list(filter(None, [self.made(dotted(node), depth=depth)]))
        return []

    def _generic(self, name: str, inner: list[ast.expr], depth: int) -> list[str]:
        if name == "Literal":
            return [ast.unparse(one) for one in inner]
        if name in _UNION:
            return _mixed([self._of(one, depth) for one in inner] + ([["None"]] if name == "Optional" else []))
        if name in _WRAPPERS:
            return self._of(inner[0], depth)
        parts = [self._of(one, depth + 1) for one in inner]
        if depth > _DEEPEST or any(not one for one in parts if name in (*_LISTS, *_DICTS, *_SETS, "tuple", "Tuple")):
            return []
        if name in _LISTS:
            return _lists(parts[0])
        if name in _DICTS and len(parts) == 2:
            return [f"{{{parts[0][0]}: {parts[1][0]}}}", "{}"]
        if name in _SETS or name in ("frozenset", "FrozenSet"):
            text = f"{{{', '.join(parts[0][:2])}}}"
            return [text, "set()"] if name in _SETS else [f"frozenset({text})", "frozenset()"]
        if name in ("tuple", "Tuple"):
            return _tuples(inner, parts)
        if name in ("Iterator", "Generator"):
            return [f"iter({one})" for one in _lists(parts[0] or ["1"])]
        return list(_PLAIN.get(name, _IMPORTED.get(name, ("", ()))[1]))

    def _of_kind(self, kind: Any) -> list[str]:
        """Return expressions for a guess (see `aigc_plugins.behaviour.hints`)."""
        name, *inner = kind
        parts = [self._of_kind(one) for one in inner]
        if name == "list" and parts:
            return _lists(parts[0])
        if name == "dict" and len(parts) == 2:
            return [f"{{{parts[0][0]}: {parts[1][0]}}}", "{}"]
        if name == "tuple":
            return [f"({', '.join(one[0] for one in parts)},)"]
        return list(_PLAIN.get(name, ()))


def _starred(star: str, value: str) -> list[str]:
    """Return the arguments that take the rest: elements that are written out stand for themselves."""
    display = ast.parse(value, mode="eval").body
    if star == "**":
        return [f"**{value}"] if isinstance(display, ast.Dict) else []
    if isinstance(display, ast.Tuple | ast.List):
        return [ast.unparse(one) for one in display.elts]
    return [value] if isinstance(display, ast.Constant) else [f"*{value}"]


def members(node: ast.ClassDef) -> Iterable[str]:
    """Yield the names of an enumeration's members."""
    for one in node.body:
        if (
            isinstance(one, ast.Assign)
            and isinstance(one.targets[0], ast.Name)
            and not one.targets[0].id.startswith("_")
        ):
            yield one.targets[0].id


def _elements(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _mixed(several: list[list[str]]) -> list[str]:
    """Return the first of each, then all others."""
    return [one[0] for one in several if one] + [value for one in several for value in one[1:]]


def _lists(values: list[str]) -> list[str]:
    if values[0] == _PLAIN["int"][0]:
        return ["[1, 2, 3]", "[]", "[5]", "[3, 1, 2]"]
    return [f"[{', '.join(values[:2])}]", "[]", f"[{values[0]}]"]


def _tuples(inner: list[ast.expr], parts: list[list[str]]) -> list[str]:
    if len(inner) == 2 and isinstance(inner[1], ast.Constant) and inner[1].value is ...:
        return [f"({', '.join((*parts[0][:2], ''))})".replace(", )", ",)"), "()"]
    return [f"({', '.join(one[0] for one in parts)}{',' if len(parts) == 1 else ''})"]
