"""Test functions as trees, before names are settled and before they are lines."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from aigc_plugins.testgen.parts import WrittenTest
from aigc_plugins.testgen.writing.grouping import Cut
from aigc_plugins.testgen.writing.literals import pattern
from aigc_plugins.testgen.writing.reading import Case, Origin


@dataclass(frozen=True, slots=True)
class Planned:
    """A test to be written: its name, the class it is in (unittest), its rows, and the holes in which they differ."""

    name: str
    cuts: tuple[Cut, ...]
    columns: tuple[int, ...] = ()
    owner: str = ""

    def written(self) -> WrittenTest:
        """Return what others are told of it."""
        name = f"{self.owner}::{self.name}" if self.owner else self.name
        return WrittenTest(name, tuple(one.case.recorded for one in self.cuts))


@dataclass(slots=True)
class Code:
    """A test function: blocks of statements with an empty line between, and all names that it binds itself."""

    planned: Planned
    blocks: list[list[ast.stmt]]
    arguments: list[str] = field(default_factory=list)
    decorators: list[ast.expr] = field(default_factory=list)
    names: frozenset[str] = frozenset()

    @property
    def roots(self) -> list[ast.AST]:
        """All trees in it."""
        return [*self.decorators, *(one for block in self.blocks for one in block)]


def outside(module: str, name: str = "") -> ast.expr:
    """Return a marked name of another module (`re`), or what it calls `name` (`re.escape`)."""
    node = ast.Name(module, ast.Load())
    node.origin = Origin(module, "", module)  # type: ignore[attr-defined]
    return ast.Attribute(node, name, ast.Load()) if name else node


def call(function: ast.expr, *arguments: ast.expr, **keywords: ast.expr) -> ast.Call:
    """Return a call."""
    return ast.Call(function, list(arguments), [ast.keyword(name, value) for name, value in keywords.items()])


def method(target: str, name: str, *arguments: ast.expr) -> ast.Call:
    """Return a call of a method of a local variable."""
    return call(ast.Attribute(ast.Name(target, ast.Load()), name, ast.Load()), *arguments)


def assign(name: str, value: ast.expr) -> ast.stmt:
    """Return an assignment."""
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=0)


def whole(message: str) -> ast.expr | None:
    """Return a regular expression for a whole message; None if nobody could read it."""
    written = pattern(message)
    if written is None:
        return None
    node = ast.Constant(written[2:-1])
    node.pattern = written  # type: ignore[attr-defined]
    return node


def whole_of(name: str) -> ast.expr:
    """Return a regular expression for the whole message that a variable holds."""
    escape = call(outside("re", "escape"), ast.Name(name, ast.Load()))
    return ast.JoinedStr([ast.Constant("^"), ast.FormattedValue(escape, -1, None), ast.Constant("$")])


def pattern_of(case: Case, column: str = "") -> tuple[list[ast.stmt], ast.expr | None]:
    """Return the pattern for an exception's message, and what must be said before it where it is hard to read."""
    text = case.recorded.message
    if column or not text:
        return [], whole_of(column) if column else None
    written = whole(text)
    if written is not None:
        return [], written
    name = "message" if "message" not in case.taken else "expected_message"
    return [assign(name, ast.Constant(text))], whole_of(name)


def performed(act: ast.expr) -> ast.stmt:
    """Return the statement that acts where nobody looks at what it gives."""
    return ast.Expr(act) if isinstance(act, ast.Call) else assign("_", act)


def reads(node: ast.AST, name: str) -> int:
    """Count where a name is read."""
    return sum(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))


def substituted(check: ast.expr, name: str, value: ast.expr) -> ast.expr | None:
    """Return a comparison with `value` for the name that it begins with; None if it reads that elsewhere or not so."""
    if reads(check, name) != 1 or not isinstance(check, ast.Compare):
        return None
    left = check.left
    if isinstance(left, ast.Name) and left.id == name:
        return ast.Compare(value, check.ops, check.comparators)
    return None
