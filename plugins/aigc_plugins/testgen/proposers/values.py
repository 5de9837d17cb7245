"""Reads values from expressions of a module: what is written there, what lies next to it, what a type's values are."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from aigc_plugins.testgen.analysis.definitions import dotted, last_part
from aigc_plugins.testgen.proposers.paths import Part, Parts

Wish = Mapping[str, str]  # expressions by the names of parameters, `self.x` for those of the constructor
_OF_TYPES = {
    "int": "3", "float": "1.5", "str": "'abc'", "bytes": "b'abc'", "bool": "True", "list": "[1, 2]", "tuple": "(1, 2)",
    "dict": "{'a': 1}", "set": "{1, 2}", "frozenset": "frozenset({1})", "complex": "1 + 2j", "NoneType": "None",
    "Mapping": "{'a': 1}", "Sequence": "[1, 2]", "Iterable": "[1, 2]", "Number": "3", "Real": "1.5", "Integral": "3",
    "Callable": "str", "Exception": "ValueError('a')", "BaseException": "ValueError('a')", "type": "int",
    "range": "range(3)", "bytearray": "bytearray(b'ab')", "Collection": "[1, 2]", "Set": "{1, 2}",
}  # fmt: skip
_MOST = 8


class Values:
    """Values for the parts of one function's parameters.

    `constants` are the module's variables as they are written, `classes` expressions for instances of its classes.
    """

    def __init__(self, parts: Parts, constants: Mapping[str, ast.expr], classes: Mapping[str, str]) -> None:
        self.parts, self.constants, self.classes = parts, constants, classes

    def all_of(self, part: Part | None, values: list[str]) -> Iterator[Wish]:
        for value in values if part is not None else ():
            for whole in self.parts.whole(part, value) if part is not None else ():
                yield {part.parameter: whole} if part is not None else {}

    def around(self, node: ast.expr) -> list[str]:
        """Return the value of an expression with those next to it; none where it is not written there."""
        node = self.resolved(node)
        match node:
            case ast.Constant(value=bool() | None | bytes()):
                return [ast.unparse(node)]
            case ast.Constant(value=int(value)):
                return [str(value), str(value - 1), str(value + 1)]
            case ast.Constant(value=float(value)):
                return [repr(value), repr(value - 1), repr(value + 1)]
            case ast.Constant(value=str(text)):
                return [repr(text), repr(text + "x")]
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return [repr(-value), repr(-value - 1), repr(-value + 1)]
            case ast.Attribute(value=ast.Name(id=name)) if name in self.classes:
                return [ast.unparse(node)]
            case ast.List(elts=[]) | ast.Dict(keys=[]) | ast.Tuple(elts=[]):
                return [ast.unparse(node)]
        return []

    def contents(self, node: ast.expr) -> list[str]:
        node = self.resolved(node)
        elements: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            elements = list(node.elts)
        elif isinstance(node, ast.Dict):
            elements = list(node.keys)
        elif isinstance(node, ast.Call) and node.args and dotted(node.func) in ("frozenset", "set", "tuple", "list"):
            return self.contents(node.args[0])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [repr(one) for one in node.value[:3]]
        plain = [one for one in elements if isinstance(one, ast.Constant | ast.Attribute | ast.UnaryOp | ast.Tuple)]
        return [ast.unparse(one) for one in plain[:_MOST] if not isinstance(one, ast.Attribute) or self.around(one)]

    def texts(self, node: ast.expr) -> list[str]:
        """Return the texts that an expression is: one, or those of a tuple."""
        node = self.resolved(node)
        several = node.elts if isinstance(node, ast.Tuple) else [node]
        return [text for one in several if (text := self.folded(one)) is not None][:4]

    def folded(self, node: ast.expr) -> str | None:
        """Return a text that is put together of constants, None where anything else is in it."""
        match self.resolved(node):
            case ast.Constant(value=str(text)):
                return text
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first, second = self.folded(left), self.folded(right)
                return None if first is None or second is None else first + second
            case ast.JoinedStr(values=values):
                parts = [self.folded(one.value if isinstance(one, ast.FormattedValue) else one) for one in values]
                return None if None in parts else "".join(filter(None, parts))
        return None

    def resolved(self, node: ast.expr) -> ast.expr:
        """Return what a name of a constant stands for: of the module's, or of the class's (`self.x`)."""
        return self.constants.get(dotted(node), node) if isinstance(node, ast.Name | ast.Attribute) else node

    def instances(self, node: ast.expr) -> list[str]:
        types = (
            node.elts
            if isinstance(node, ast.Tuple)
            else [node.left, node.right]
            if isinstance(node, ast.BinOp)
            else [node]
        )
        values = [self.classes.get(dotted(one), _OF_TYPES.get(last_part(dotted(one)), "")) for one in types]
        return [*filter(None, values), "None"]
