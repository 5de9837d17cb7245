"""What printing needs to know of expressions: their text on one line, literals as people write them, operands."""

from __future__ import annotations

import ast
import copy
import re
from typing import Any, TypeVar

from aigc_plugins.testgen.writing.literals import number, quoted, quoted_bytes

N = TypeVar("N", bound=ast.AST)

_POWER = re.compile(r"(?<![\w)\]}\"'] )(\b[\w.]+) \*\* (-?[\w.]+)\b(?![(\[])")
_COLLECTIONS = (ast.List, ast.Tuple, ast.Set, ast.Dict)


class UnwritableError(ValueError):
    """Code cannot be printed on lines of its own."""


def exploded(node: ast.expr) -> ast.expr:
    """Mark a collection or call: it is printed with one element a line, whatever its length."""
    node.exploded = True  # type: ignore[attr-defined]
    return node


def copied(node: N) -> N:
    """Return a copy of code, with all marks on it; many times faster than `copy.deepcopy`."""
    made = type(node).__new__(type(node))
    made.__dict__.update(
        {
            name: copied(value)
            if isinstance(value, ast.AST)
            else [copied(one) if isinstance(one, ast.AST) else one for one in value]
            if isinstance(value, list)
            else value
            for name, value in node.__dict__.items()
        }
    )
    return made


def prepared(node: Any, *, ascii_only: bool) -> Any:
    """Return a copy of code in which literals are names that read as people write them."""
    return _Prepare(ascii_only).visit(copied(node))


def flat(node: ast.AST) -> str:
    """Return prepared code on one line (a compound statement on several)."""
    text = ast.unparse(ast.fix_missing_locations(node))
    if " ** " not in text or any(isinstance(one, ast.Name) and " ** " in one.id for one in ast.walk(node)):
        return text
    return _POWER.sub(r"\1**\2", text)


def explodes(node: ast.expr) -> bool:
    """Tell whether something in it takes a line for each element, whatever its length."""
    return any(hasattr(part, "exploded") for part in ast.walk(node))


def is_bracketed(operand: tuple[ast.expr, str]) -> bool:
    """Tell whether an operand may be broken within brackets of its own."""
    node, text = operand
    if text != flat(node):  # in parentheses
        return False
    if hasattr(node, "string"):
        return True
    return isinstance(node, _COLLECTIONS) or (isinstance(node, ast.Call) and bool(node.args or node.keywords))


def operands(node: ast.expr) -> tuple[list[tuple[ast.expr, str]], list[str]]:
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
    words = words or [flat(outline).removeprefix(marks[0]).removesuffix(marks[1]).strip()]
    return [(one, _operand(node, one)) for one in nodes], words


def _operand(operation: ast.expr, node: ast.expr) -> str:
    """Return an operand's text; anything that may bind less tightly is put in parentheses."""
    loose = (ast.BoolOp, ast.Compare, ast.BinOp, ast.IfExp, ast.Lambda, ast.UnaryOp, ast.Await)
    text = flat(node)
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
            made: Any = ast.Name(flat(node.args[0])[1:-1], ast.Load())
            made.generator = True
            node.args = [made]
        return node


def _marked(node: ast.expr, made: ast.expr) -> ast.expr:
    return exploded(made) if hasattr(node, "exploded") else made
