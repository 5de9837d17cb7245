"""Prints syntax trees as a formatter would: lines that fit, one element a line where they do not. No content here."""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass
from typing import Any

from aigc_plugins.testgen.writing.literals import number, pieces, quoted, quoted_bytes, width_of

_STEP = 4
_POWER = re.compile(r"(?<![\w)\]}\"'] )(\b[\w.]+) \*\* (-?[\w.]+)\b(?![(\[])")
_BRACKETS: dict[type[ast.expr], tuple[str, str]] = {
    ast.List: ("[", "]"),
    ast.Tuple: ("(", ")"),
    ast.Set: ("{", "}"),
    ast.Dict: ("{", "}"),
}
_COLLECTIONS = tuple(_BRACKETS)


class UnwritableError(ValueError):
    """Code cannot be printed on lines of its own."""


def exploded(node: ast.expr) -> ast.expr:
    """Mark a collection or call: it is printed with one element a line, whatever its length."""
    node.exploded = True  # type: ignore[attr-defined]
    return node


def verbatim(text: str) -> ast.expr:
    """Return an expression that is printed as `text`."""
    return ast.Name(text, ast.Load())


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
                return self._outer(node.value, _flat(target) + " = ", "", depth)
            case ast.Assert(msg=None):
                return self._outer(node.test, "assert ", "", depth)
            case ast.Expr():
                return self._outer(node.value, "", "", depth)
            case ast.With(items=[item]):
                end = f" as {_flat(item.optional_vars)}:" if item.optional_vars is not None else ":"
                head = self._lines(item.context_expr, "with ", end, depth, inside=False)
                return [*head, *(line for one in node.body for line in self._prepared_statement(one, depth + _STEP))]
        return [" " * depth + line if line else "" for line in _flat(node).split("\n")]

    def decorator(self, node: ast.expr, depth: int = 0) -> list[str]:
        """Return the lines of a decorator."""
        return self._lines(self._prepared(node), "@", "", depth, inside=False)

    def flat(self, node: ast.AST) -> str:
        """Return code on one line (a compound statement on several)."""
        return _flat(self._prepared(node))

    def _prepared_statement(self, node: ast.stmt, depth: int) -> list[str]:
        return self.statement(node, depth)

    def _prepared(self, node: Any) -> Any:
        return _Prepare(self.ascii_only).visit(copy.deepcopy(node))

    def _outer(self, node: ast.expr, first: str, last: str, depth: int) -> list[str]:
        """Lay out an expression that may be put in parentheses as a whole."""
        lines = self._lines(node, first, last, depth, inside=False)
        if all(map(self._fits, lines)) or not first:
            return lines
        return [
            " " * depth + first + "(",
            *self._lines(node, "", "", depth + _STEP, inside=True),
            " " * depth + ")" + last,
        ]

    def _fits(self, line: str) -> bool:
        return width_of(line) <= self.width

    def _lines(self, node: ast.expr, first: str, last: str, depth: int, *, inside: bool) -> list[str]:
        one = " " * depth + first + _flat(node) + last
        if self._fits(one) and not _explodes(node):
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
                return self._lines(node.value, first, f"[{_flat(node.slice)}]{last}", depth, inside=inside)
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
        if not arguments:
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
                return self._lines(node.func.value, first, f".{node.func.attr}(){last}", depth, inside=inside)
            return [" " * depth + first + _flat(node) + last]
        head, tail = " " * depth + first + _flat(node.func) + "(", " " * depth + ")" + last
        flat = " " * (depth + _STEP) + ", ".join(name + _flat(one) for name, one in arguments)
        if self._fits(flat) and not _explodes(node):
            return [head, flat, tail]
        if len(arguments) == 1 and (hasattr(arguments[0][1], "string") or hasattr(arguments[0][1], "generator")):
            name, only = arguments[0]
            return [head, *self._lines(only, name, "", depth + _STEP, inside=not name), tail]
        return [head, *self._elements(arguments, depth + _STEP), tail]

    def _elements(self, elements: list[tuple[str, ast.expr]], depth: int) -> list[str]:
        return [line for name, one in elements for line in self._lines(one, name, ",", depth, inside=False)]

    def _collection(self, node: ast.expr, first: str, last: str, depth: int) -> list[str]:
        if isinstance(node, ast.Dict):
            elements = [
                (f"{_flat(key)}: " if key is not None else "**", value)
                for key, value in zip(node.keys, node.values, strict=True)
            ]
        else:
            elements = [("", one) for one in node.elts]  # type: ignore[attr-defined]
        start, end = _BRACKETS[type(node)]
        if not elements:
            return [" " * depth + first + _flat(node) + last]
        return [" " * depth + first + start, *self._elements(elements, depth + _STEP), " " * depth + end + last]

    def _operation(self, node: ast.expr, first: str, last: str, depth: int, inside: bool) -> list[str]:
        operands, operators = _operands(node)
        end = operands[-1]
        if len(operators) == 1 and _is_bracketed(end):
            start = f"{first}{operands[0][1]} {operators[0]} "
            if self._fits(" " * depth + start + "["):
                lines = self._lines(end[0], start, last, depth, inside=inside)
                if all(self._fits(line) for line in lines):
                    return lines
        if not inside:
            body = self._lines(node, "", "", depth + _STEP, inside=True)
            return [" " * depth + first + "(", *body, " " * depth + ")" + last]
        lines = []
        for place, (operand, text) in enumerate(operands):
            start = f"{operators[place - 1]} " if place else first
            end_text = last if place == len(operators) else ""
            if text == _flat(operand):
                lines += self._lines(operand, start, end_text, depth, inside=True)
            else:
                lines.append(" " * depth + start + text + end_text)
        return lines

    def _string(self, node: Any, first: str, last: str, depth: int, inside: bool) -> list[str]:
        indent = depth if inside else depth + _STEP
        room = self.width - indent
        if isinstance(node.string, bytes):
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
        if len(parts) < 2 and " " not in node.id:
            return [" " * depth + first + node.id + last]
        return [" " * depth + first + "(", *(" " * indent + part for part in parts), " " * depth + ")" + last]

    def _comprehension(self, node: Any, first: str, last: str, depth: int) -> list[str]:
        text = _flat(node)
        inner = f"{_flat(node.key)}: {_flat(node.value)}" if isinstance(node, ast.DictComp) else _flat(node.elt)
        lines = [" " * depth + first + text[0], " " * (depth + _STEP) + inner]
        for one in node.generators:
            word = "async for" if one.is_async else "for"
            target = _flat(one.target).removeprefix("(").removesuffix(")")
            lines.append(" " * (depth + _STEP) + f"{word} {target} in {_flat(one.iter)}")
            lines += [" " * (depth + _STEP) + f"if {_flat(test)}" for test in one.ifs]
        return [*lines, " " * depth + text[-1] + last]


def _flat(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(node))
    return _POWER.sub(r"\1**\2", text) if " ** " in text else text


def _explodes(node: ast.expr) -> bool:
    return any(hasattr(part, "exploded") for part in ast.walk(node))


def _is_bracketed(operand: tuple[ast.expr, str]) -> bool:
    node, text = operand
    if text != _flat(node):  # in parentheses
        return False
    if hasattr(node, "string"):
        return True
    return isinstance(node, _COLLECTIONS) or (isinstance(node, ast.Call) and bool(node.args or node.keywords))


def _operands(node: ast.expr) -> tuple[list[tuple[ast.expr, str]], list[str]]:
    """Return the operands of an operation with their texts (in parentheses where they need them), and the operators."""
    if isinstance(node, ast.BoolOp):
        word = "and" if isinstance(node.op, ast.And) else "or"
        nodes, words = node.values, [word] * (len(node.values) - 1)
    elif isinstance(node, ast.Compare):
        nodes, words = [node.left, *node.comparators], [_COMPARISONS[type(one)] for one in node.ops]
    else:
        nodes, words = [node.left, node.right], []  # type: ignore[attr-defined]
    marks = [f"_operand_{place}_" for place in range(len(nodes))]
    outline = copy.copy(node)
    filled: list[Any] = [ast.Name(mark, ast.Load()) for mark in marks]
    if isinstance(outline, ast.BoolOp):
        outline.values = filled
    elif isinstance(outline, ast.Compare):
        outline.left, outline.comparators = filled[0], filled[1:]
    elif isinstance(outline, ast.BinOp):
        outline.left, outline.right = filled
    words = words or [_flat(outline).removeprefix(marks[0]).removesuffix(marks[1]).strip()]
    return [(one, _operand(node, one)) for one in nodes], words


def _operand(operation: ast.expr, node: ast.expr) -> str:
    """Return an operand's text; anything that may bind less tightly is put in parentheses."""
    loose = (ast.BoolOp, ast.Compare, ast.BinOp, ast.IfExp, ast.Lambda, ast.UnaryOp, ast.Await)
    text = _flat(node)
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        return text
    tighter = isinstance(operation, ast.BoolOp | ast.Compare) and isinstance(node, ast.BinOp)
    tighter = tighter or (isinstance(operation, ast.BoolOp) and isinstance(node, ast.Compare | ast.UnaryOp))
    return f"({text})" if isinstance(node, loose) and not tighter else text


_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}


def _raw_pieces(text: str, width: int) -> list[str]:
    found = [""]
    for word in re.findall(r"[^ ]* +|[^ ]+$", text):
        if found[-1] and len(found[-1] + word) > width:
            found.append("")
        found[-1] += word
    return found


class _Prepare(ast.NodeTransformer):
    """Turns literals into names that read as people write them: printing then writes these texts."""

    def __init__(self, ascii_only: bool) -> None:
        self._ascii = ascii_only

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        made: Any = ast.Name("", ast.Load())
        if isinstance(value, str):
            raw = getattr(node, "pattern", None)
            made.id, made.raw = raw or quoted(value, ascii_only=self._ascii), raw is not None
            made.string = value
        elif isinstance(value, bytes):
            made.id, made.raw, made.string = quoted_bytes(value), False, value
        elif isinstance(value, int | float | complex) and hasattr(node, "written"):
            made.id = number(node.written)
        else:
            return node
        return _marked(node, made)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, int)):
            self.generic_visit(node)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        text = ast.unparse(node)
        if "\n" in text:
            raise UnwritableError("a formatted string of several lines")
        if text.startswith("f'") and text.endswith("'") and '"' not in text and "\\" not in text:
            other = 'f"' + text[2:-1] + '"'
            if ast.dump(ast.parse(other)) == ast.dump(ast.parse(text)):
                text = other
        return ast.Name(text, ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if len(node.args) == 1 and not node.keywords and isinstance(node.args[0], ast.GeneratorExp):
            made: Any = ast.Name(_flat(node.args[0])[1:-1], ast.Load())
            made.generator = True
            node.args = [made]
        return node


def _marked(node: ast.expr, made: ast.expr) -> ast.expr:
    return exploded(made) if hasattr(node, "exploded") else made
