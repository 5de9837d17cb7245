"""A Python text with its tree, parents and positions in code points. Lines end at LF here; nothing is decided."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from aigc_plugins.tasks.refactor.python.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True)
class Block:
    """Statements that follow each other: those of the field `field` of `owner`."""

    owner: ast.AST
    field: str

    @property
    def statements(self) -> list[ast.stmt]:
        """The statements."""
        found: list[ast.stmt] = getattr(self.owner, self.field)
        return found


class Source:
    """A module's text. Raises RefusedError where it is no Python that this version reads."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parsed(text)

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self._lines:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """The parent of each node."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def offset(self, line: int, column: int) -> int:
        """Return the code point of a node's position: a line from 1, a column in UTF-8 bytes."""
        text = self._lines[line - 1]
        return self._starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode("utf-8", "ignore"))
        )

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the code points [start, end) of a statement or expression, decorators included."""
        line, column = node.lineno, node.col_offset  # type: ignore[attr-defined]
        decorators = getattr(node, "decorator_list", ())
        if decorators:
            at = self.offset(decorators[0].lineno, decorators[0].col_offset)
            start = self.text.rindex("@", 0, at)
        else:
            start = self.offset(line, column)
        return start, self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield what is around a node, from the inside out."""
        found = self.parents.get(node)
        while found is not None:
            yield found
            found = self.parents.get(found)

    def statement(self, node: ast.AST) -> ast.stmt:
        """Return the statement that a node belongs to."""
        for one in (node, *self.ancestors(node)):
            if isinstance(one, ast.stmt):
                return one
        raise RefusedError("The place is in no statement.")

    def block_of(self, statement: ast.AST) -> tuple[Block, int]:
        """Return the block that a statement (or handler or case) is in, and its place there."""
        owner = self.parents[statement]
        for field in (*BLOCKS, "handlers", "cases"):
            found = getattr(owner, field, None)
            if isinstance(found, list) and statement in found:
                return Block(owner, field), found.index(statement)
        raise RefusedError("The place is in no block of statements.")

    def function_of(self, node: ast.AST) -> Function | None:
        """Return the function that a node runs in, None for a module, a class or a lambda."""
        for one in self.ancestors(node):
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                return one
            if isinstance(one, ast.Lambda | ast.ClassDef):
                return None
        return None

    def expression(self, start: int, end: int) -> ast.expr | None:
        """Return the outermost expression that covers exactly [start, end), brackets around it aside."""
        inside = [node for node in ast.walk(self.tree) if isinstance(node, ast.expr) and not self._embedded(node)]
        while start < end:
            for node in inside:
                if self.span(node) == (start, end):
                    return node
            if not (self.text[start:end].startswith("(") and self.text[start:end].endswith(")")):
                return None
            start, end = trimmed(self.text, start + 1, end - 1)
        return None

    def statements(self, start: int, end: int) -> tuple[Block, int, int] | None:
        """Return the block and the places [first, last) there of the statements that [start, end) covers exactly."""
        for node in ast.walk(self.tree):
            for field in BLOCKS:
                found = getattr(node, field, None)
                if not isinstance(found, list) or not found:
                    continue
                starts = [self.span(one)[0] for one in found]
                ends = [self.span(one)[1] for one in found]
                if start in starts and end in ends:
                    return Block(node, field), starts.index(start), ends.index(end) + 1
        return None

    def alone(self, statement: ast.stmt) -> bool:
        """Tell whether nothing stands before a statement on its line: no other statement, no header, no `elif`."""
        start, _ = self.span(statement)
        line = self.text.rfind("\n", 0, start) + 1
        other_branch = isinstance(statement, ast.If) and self.text.startswith("elif", start)
        return not self.text[line:start].strip() and not other_branch

    def _embedded(self, node: ast.AST) -> bool:
        """Tell whether a node is inside of an f-string, where positions are not to be relied on."""
        return any(isinstance(one, ast.JoinedStr) for one in self.ancestors(node))


def parsed(text: str) -> ast.Module:
    """Return a text's tree, compiled too: some errors show only then. Raises RefusedError."""
    try:
        tree = ast.parse(text)
        compile(text, "module", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise RefusedError(f"The file has a syntax error: {error}.") from None
    return tree


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return [start, end) without the blanks at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def same(one: ast.AST, other: ast.AST) -> bool:
    """Tell whether two trees are equal, positions aside."""
    return ast.dump(one) == ast.dump(other)


def means(text: str, expected: ast.AST) -> bool:
    """Tell whether a text is Python with that tree."""
    try:
        return same(parsed(text), expected)
    except RefusedError:
        return False
