"""What the modules that know small faults have in common: a fault, and copies of syntax with a part changed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar


@dataclass(frozen=True)
class Fault:
    """`site` is what is written, `after` what stands there instead; `new` replaces the whole node of the place."""

    operator: str
    site: ast.AST
    after: ast.AST | None
    new: Any


Node = TypeVar("Node", bound=ast.AST)
Change: TypeAlias = "tuple[str, ast.expr]"


def replaced(node: Node, **changes: Any) -> Node:
    """Return a copy of a node with other fields; its children are shared."""
    new = ast.AST.__new__(type(node))
    new.__dict__.update(node.__dict__)
    new.__dict__.update(changes)
    return new


def constant(value: Any) -> ast.Constant:
    """Return a constant; where it stands is set later."""
    return ast.Constant(value=value)


def is_none(node: ast.expr) -> bool:
    """Whether this is the constant None."""
    return isinstance(node, ast.Constant) and node.value is None
