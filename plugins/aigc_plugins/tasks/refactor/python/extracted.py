"""Checks a function that rope extracted against what the piece needs and leaves: exact tree, all names, right call."""

from __future__ import annotations

import ast
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.flow import exits
from aigc_plugins.tasks.refactor.python.source import parsed, same

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.tasks.refactor.python.flow import Flow
    from aigc_plugins.tasks.refactor.python.source import Block, Function, Source


@dataclass(frozen=True)
class Piece:
    """What is extracted: the statements [first, last) of a block, or an expression in the one at `first`."""

    statement: ast.stmt
    block: Block
    first: int
    last: int
    expression: ast.expr | None = None

    @property
    def nodes(self) -> list[ast.AST]:
        """The statements, or the expression."""
        return [self.expression] if self.expression is not None else [*self.block.statements[self.first : self.last]]

    def walk(self) -> Iterator[ast.AST]:
        """Yield all nodes of the piece."""
        return (node for one in self.nodes for node in ast.walk(one))


@dataclass(frozen=True)
class Host:
    """The function around, its place in `block`; `first` is the parameter that a method is called with, else empty."""

    function: Function
    block: Block
    at: int
    first: str


def check_definition(source: Source, flow: Flow, piece: Piece, host: Host, new: ast.Module, name: str) -> None:
    """Raise RefusedError unless `new` is the old module, with the piece moved to the function `name` after its host."""
    made = [node for node in ast.walk(new) if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(made) != 1 or made[0].decorator_list or made[0].args.defaults or made[0].args.vararg:
        raise RefusedError("The result is no plain function.")
    given = [one.arg for one in made[0].args.args]
    call = _call(name, host, given)
    returned = _body(piece, made[0])
    _check_names(flow, piece, host, given, returned)
    if not same(new, _expected(source, piece, host, made[0], _use(piece, call, returned))):
        raise RefusedError("The result would not mean the same.")


def in_order(text: str, piece: Piece, first: str, name: str) -> str:
    """Return rope's text with parameters and results in the order in which the piece names them.

    rope's own is by chance. `first` is the parameter of a method that stays first.
    """
    made = [node for node in ast.walk(parsed(text)) if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(made) != 1:
        return text
    named = [node for node in piece.walk() if isinstance(node, ast.Name)]
    order = [node.id for node in sorted(named, key=lambda node: (node.lineno, node.col_offset))]
    given = [one.arg for one in made[0].args.args if one.arg != first]
    wanted = _sorted(given, order)
    for head in ([], [first]):  # as in the call, as in the definition
        text = text.replace(f"{name}({', '.join([*head, *given])})", f"{name}({', '.join([*head, *wanted])})")
    last = made[0].body[-1]
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple) and piece.expression is None:
        results = [getattr(one, "id", "") for one in last.value.elts]
        old, new = ", ".join(results), ", ".join(_sorted(results, order))
        lines = text.split("\n")
        lines[last.lineno - 1] = lines[last.lineno - 1].replace(f"return {old}", f"return {new}")
        call = f"{first}.{name}(" if first else f"{name}("
        text = "\n".join(lines).replace(f"{old} = {call}", f"{new} = {call}")
    return text


def _sorted(names: list[str], order: list[str]) -> list[str]:
    return sorted(names, key=lambda one: (order.index(one) if one in order else -1, one))


def _call(name: str, host: Host, given: list[str]) -> ast.Call:
    if host.first and (not given or given[0] != host.first):
        raise RefusedError("The result would not be a method like the one around it.")
    callee: ast.expr = ast.Name(name, ast.Load())
    if host.first:
        callee = ast.Attribute(ast.Name(host.first, ast.Load()), name, ast.Load())
    values: list[ast.expr] = [ast.Name(one, ast.Load()) for one in given[1 if host.first else 0 :]]
    return ast.Call(callee, values, [])


def _body(piece: Piece, made: ast.FunctionDef) -> list[str] | None:
    """Check the body; return the names that it gives back, None where the piece itself returns."""
    if piece.expression is not None:
        if len(made.body) != 1 or not same(made.body[0], ast.Return(piece.expression)):
            raise RefusedError("The result would compute something else.")
        return []
    chosen, body = piece.nodes, list(made.body)
    returns = exits([one for one in chosen if isinstance(one, ast.stmt)], (ast.Return,))
    names: list[str] = []
    if not returns and len(body) == len(chosen) + 1 and isinstance(body[-1], ast.Return):
        last = body.pop().value  # type: ignore[attr-defined]
        parts = last.elts if isinstance(last, ast.Tuple) else [last]
        if not all(isinstance(one, ast.Name) for one in parts):
            raise RefusedError("The result would give back something else.")
        names = [one.id for one in parts if isinstance(one, ast.Name)]
    if len(body) != len(chosen) or not all(same(one, other) for one, other in zip(body, chosen, strict=True)):
        raise RefusedError("The result would compute something else.")
    return None if returns else names


def _check_names(flow: Flow, piece: Piece, host: Host, given: list[str], returned: list[str] | None) -> None:
    bound = flow.bound_before(piece.statement)
    if piece.expression is not None:
        needed = flow.loads(piece.expression)
    else:
        needed = flow.exposed(piece.nodes)
        if returned is not None:
            _check_returned(flow, piece, given, returned)
    if not needed <= set(given):
        raise RefusedError(f"The new function would lack {_listed(needed - set(given))}.")
    if host.first and host.first in flow.stores(*host.function.body):
        raise RefusedError(f"The method gives `{host.first}` another value.")
    if not set(given) <= bound:
        raise RefusedError(f"{_listed(set(given) - bound)} may have no value yet before the selection.")


def _check_returned(flow: Flow, piece: Piece, given: list[str], returned: list[str]) -> None:
    stored = flow.stores(*piece.nodes)
    lacking = (stored & flow.live_after(piece.block, piece.last)) - set(returned)
    if lacking:
        raise RefusedError(f"The new function would not give back {_listed(lacking)}.")
    sure = flow.definite([one for one in piece.nodes if isinstance(one, ast.stmt)]) | set(given)
    if not set(returned) <= sure:
        raise RefusedError(f"{_listed(set(returned) - sure)} may have no value after the selection.")


def _use(piece: Piece, call: ast.Call, returned: list[str] | None) -> ast.stmt | ast.expr:
    """Return what stands in the place of the piece."""
    if piece.expression is not None:
        return call
    if returned is None:
        return ast.Return(call)
    if not returned:
        return ast.Expr(call)
    names: list[ast.expr] = [ast.Name(one, ast.Store()) for one in returned]
    return ast.Assign([names[0] if len(names) == 1 else ast.Tuple(names, ast.Store())], call)


def _expected(source: Source, piece: Piece, host: Host, made: ast.FunctionDef, use: ast.stmt | ast.expr) -> ast.Module:
    """Return the tree that has to come out."""
    memo: dict[int, Any] = {}
    if piece.expression is not None:
        memo[id(piece.expression)] = use
    tree = deepcopy(source.tree, memo)
    place = memo.get(id(host.block.owner), tree)
    if piece.expression is None:
        getattr(memo.get(id(piece.block.owner), tree), piece.block.field)[piece.first : piece.last] = [use]
    getattr(place, host.block.field).insert(host.at + 1, made)
    return tree


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(f"`{one}`" for one in sorted(names))
