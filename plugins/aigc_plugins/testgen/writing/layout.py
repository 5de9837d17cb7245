"""Prints syntax trees as a formatter would: lines that fit, one element a line where they do not. No content here."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

from aigc_plugins.testgen.writing.expressions import explodes, flat, is_bracketed, operands, prepared
from aigc_plugins.testgen.writing.literals import pieces, quoted, quoted_bytes, width_of

_STEP = 4
_BRACKETS: dict[type[ast.expr], tuple[str, str]] = {
    ast.List: ("[", "]"),
    ast.Tuple: ("(", ")"),
    ast.Set: ("{", "}"),
    ast.Dict: ("{", "}"),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide lines may be, and whether the file may hold other characters than ASCII."""

    width: int
    ascii_only: bool = False

    def statements(self, body: list[ast.stmt], depth: int = 0) -> list[str]:
        """Return the lines of statements."""
        return [line for statement in body for line in self.statement(statement, depth)]

    def statement(self, node: ast.stmt, depth: int = 0) -> list[str]:
        """Return the lines of a statement, `depth` characters from the left."""
        node = self._prepared(node)
        match node:
            case ast.Assign(targets=[target]):
                return self._outer(node.value, flat(target) + " = ", "", depth)
            case ast.Assert(msg=None):
                return self._outer(node.test, "assert ", "", depth)
            case ast.Expr():
                return self._outer(node.value, "", "", depth)
            case ast.With(items=[item]):
                end = f" as {flat(item.optional_vars)}:" if item.optional_vars is not None else ":"
                head = self._lines(item.context_expr, "with ", end, depth, inside=False)
                return [*head, *(line for one in node.body for line in self._prepared_statement(one, depth + _STEP))]
        return [" " * depth + line if line else "" for line in flat(node).split("\n")]

    def decorator(self, node: ast.expr, depth: int = 0) -> list[str]:
        """Return the lines of a decorator."""
        return self._lines(self._prepared(node), "@", "", depth, inside=False)

    def flat(self, node: ast.AST) -> str:
        """Return code on one line (a compound statement on several)."""
        return flat(self._prepared(node))

    def _prepared_statement(self, node: ast.stmt, depth: int) -> list[str]:
        return self.statement(node, depth)

    def _prepared(self, node: Any) -> Any:
        return prepared(node, ascii_only=self.ascii_only)

    def _outer(self, node: ast.expr, first: str, last: str, depth: int) -> list[str]:
        """Lay out an expression that may be put in parentheses as a whole."""
        lines = self._lines(node, first, last, depth, inside=False)
        if all(map(self._fits, lines)) or not first:
            return lines
        inner = self._lines(node, "", "", depth + _STEP, inside=True)
        wrapped = [" " * depth + first + "(", *inner, " " * depth + ")" + last]
        return wrapped if all(map(self._fits, wrapped)) else lines

    def _fits(self, line: str) -> bool:
        return width_of(line) <= self.width

    def _lines(self, node: ast.expr, first: str, last: str, depth: int, *, inside: bool) -> list[str]:
        one = " " * depth + first + flat(node) + last
        if self._fits(one) and not explodes(node):
            return [one]
        match node:
            case ast.Call():
                return self._call(node, first, last, depth, inside)
            case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
                return self._collection(node, first, last, depth)
            case ast.Compare() | ast.BinOp() | ast.BoolOp():
                return self._operation(node, first, last, depth, inside)
            case ast.Attribute(value=ast.Call()):
                return self._lines(node.value, first, f".{node.attr}{last}", depth, inside=inside)
            case ast.Subscript(value=ast.Call()):
                return self._lines(node.value, first, f"[{flat(node.slice)}]{last}", depth, inside=inside)
            case ast.Starred():
                return self._lines(node.value, first + "*", last, depth, inside=inside)
            case ast.Await():
                return self._lines(node.value, first + "await ", last, depth, inside=inside)
            case ast.Name() if hasattr(node, "string"):
                return self._string(node, first, last, depth, inside)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._comprehension(node, first, last, depth)
        return [one]

    def _call(self, node: ast.Call, first: str, last: str, depth: int, inside: bool) -> list[str]:
        arguments = [("", one) for one in node.args]
        arguments += [(f"{one.arg}=" if one.arg else "**", one.value) for one in node.keywords]
        inner = ", ".join(name + flat(one) for name, one in arguments)
        head = [" " * depth + first + flat(node.func) + "("]
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
            name = f".{node.func.attr}("
            if not (arguments and self._fits(head[0])):
                lines = self._lines(node.func.value, first, f"{name}{inner}){last}", depth, inside=inside)
                if not arguments or all(map(self._fits, lines)):
                    return lines
                head = self._lines(node.func.value, first, name, depth, inside=inside)
        if not arguments:
            return [" " * depth + first + flat(node) + last]
        return [*head, *self._arguments(node, arguments, inner, depth + _STEP), " " * depth + ")" + last]

    def _arguments(self, node: ast.Call, arguments: list[tuple[str, ast.expr]], inner: str, depth: int) -> list[str]:
        if self._fits(" " * depth + inner) and not explodes(node):
            return [" " * depth + inner]
        name, only = arguments[0]
        if len(arguments) == 1 and (hasattr(only, "string") or hasattr(only, "generator")):
            return self._lines(only, name, "", depth, inside=not name)
        return self._elements(arguments, depth)

    def _elements(self, elements: list[tuple[str, ast.expr]], depth: int) -> list[str]:
        return [line for name, one in elements for line in self._lines(one, name, ",", depth, inside=False)]

    def _collection(self, node: ast.expr, first: str, last: str, depth: int) -> list[str]:
        if isinstance(node, ast.Dict):
            elements = [
                (f"{flat(key)}: " if key is not None else "**", value)
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        else:
            elements = [("", one) for one in node.elts]  # type: ignore[attr-defined]
        start, end = _BRACKETS[type(node)]
        if not elements:
            return [" " * depth + first + flat(node) + last]
        return [" " * depth + first + start, *self._elements(elements, depth + _STEP), " " * depth + end + last]

    def _operation(self, node: ast.expr, first: str, last: str, depth: int, inside: bool) -> list[str]:
        found, operators = operands(node)
        end = found[-1]
        if len(operators) == 1 and is_bracketed(end):
            start = f"{first}{found[0][1]} {operators[0]} "
            if self._fits(" " * depth + start + "["):
                return self._lines(end[0], start, last, depth, inside=False)
        if not inside:
            body = self._lines(node, "", "", depth + _STEP, inside=True)
            return [" " * depth + first + "(", *body, " " * depth + ")" + last]
        lines = []
        for place, (operand, text) in enumerate(found):
            start = f"{operators[place - 1]} " if place else first
            end_text = last if place == len(operators) else ""
            if text == flat(operand):
                lines += self._lines(operand, start, end_text, depth, inside=True)
            else:
                lines.append(" " * depth + start + text + end_text)
        return lines

    def _string(self, node: Any, first: str, last: str, depth: int, inside: bool) -> list[str]:
        indent = depth if inside else depth + _STEP
        room = self.width - indent
        if width_of(node.id) <= room:
            parts = [node.id]
        elif isinstance(node.string, bytes):
            size = max((room - 3) // 4, 1)
            parts = [quoted_bytes(node.string[at : at + size]) for at in range(0, len(node.string), size)]
        elif node.raw:
            parts = [f'r"{part}"' for part in _raw_pieces(node.string, room - 3)]
        else:
            found = pieces(node.string, room - len(last), ascii_only=self.ascii_only)
            parts = [quoted(part, ascii_only=self.ascii_only) for part in found]
        if inside and parts:
            lines = [" " * indent + part for part in (first + parts[0], *parts[1:])]
            return [*lines[:-1], lines[-1] + last]
        if len(parts) < 2 and not (first and width_of(node.id) <= room):
            return [" " * depth + first + node.id + last]
        return [" " * depth + first + "(", *(" " * indent + part for part in parts), " " * depth + ")" + last]

    def _comprehension(self, node: Any, first: str, last: str, depth: int) -> list[str]:
        text = flat(node)
        inner = f"{flat(node.key)}: {flat(node.value)}" if isinstance(node, ast.DictComp) else flat(node.elt)
        lines = [" " * depth + first + text[0], " " * (depth + _STEP) + inner]
        for one in node.generators:
            word = "async for" if one.is_async else "for"
            target = flat(one.target).removeprefix("(").removesuffix(")")
            lines.append(" " * (depth + _STEP) + f"{word} {target} in {flat(one.iter)}")
            lines += [" " * (depth + _STEP) + f"if {flat(test)}" for test in one.ifs]
        return [*lines, " " * depth + text[-1] + last]


def _raw_pieces(text: str, width: int) -> list[str]:
    found = [""]
    for word in re.findall(r"[^ ]* +|[^ ]+$", text):
        if found[-1] and len(found[-1] + word) > width:
            found.append("")
        found[-1] += word
    return found
