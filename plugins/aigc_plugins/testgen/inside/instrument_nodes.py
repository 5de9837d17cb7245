"""Builds the syntax that `instrument` puts into functions: what notes a branch, and what chooses among alternatives.

All of it reads lists that are globals of the module under test. The common way through costs one lookup in a list;
only what runs for the first time since `Loaded.begin`, and what a mutant has changed, costs a call.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, TypeVar

Located = TypeVar("Located", bound=ast.AST)
# Names with two underscores at both ends: no class mangles them, no `import *` takes them along.
TAKEN, TAKE = "__aigc_taken__", "__aigc_take__"
LEFT, BEFORE, ENDLESS = "__aigc_left__", "__aigc_before__", "__aigc_endless__"
PLAIN, ASK, ACTIVE, COMPARE = "__aigc_plain__", "__aigc_ask__", "__aigc_active__", "__aigc_compare__"


def _any(node: Any) -> Any:
    return node


def located(new: Located, old: ast.AST) -> Located:
    """Give the parts of `new` that stand nowhere the place of `old`; return `new`."""
    place, one = _any(old), _any(new)
    if not hasattr(new, "lineno") and "lineno" in new._attributes:
        one.lineno, one.col_offset = place.lineno, place.col_offset
        one.end_lineno, one.end_col_offset = place.end_lineno, place.end_col_offset
    elif "lineno" in new._attributes:
        return new
    for child in ast.iter_child_nodes(new):
        located(child, old)
    return new


def _cell(name: str, number: int, context: ast.expr_context | None = None) -> ast.Subscript:
    return ast.Subscript(ast.Name(name, ast.Load()), ast.Constant(number), context or ast.Load())


def set_cell(name: str, number: int, value: bool, old: ast.AST) -> ast.stmt:
    """Return the statement `name[number] = value`."""
    statement = ast.Assign([_cell(name, number, ast.Store())], ast.Constant(value))
    return located(statement, old)


def round_of(loop: int, old: ast.AST) -> ast.stmt:
    """Return what counts a round of a loop down, and ends the loop where none is left."""
    down = ast.AugAssign(_cell(LEFT, loop, ast.Store()), ast.Sub(), ast.Constant(1))
    end = ast.Expr(ast.Call(ast.Name(ENDLESS, ast.Load()), [ast.Constant(loop)], []))
    return located(ast.If(_cell(LEFT, loop), [down], [end]), old)


def before_loop(loop: int, old: ast.AST) -> ast.stmt:
    """Return what keeps how many rounds are left before a loop."""
    return located(ast.Assign([_cell(BEFORE, loop, ast.Store())], _cell(LEFT, loop)), old)


def after_loop(loop: int, none: int, old: ast.AST) -> ast.stmt:
    """Return what notes that a loop ended without a round."""
    test = ast.Compare(_cell(BEFORE, loop), [ast.Eq()], [_cell(LEFT, loop)])
    return located(ast.If(test, [set_cell(TAKEN, none, True, old)], []), old)


def hit(number: int, old: ast.AST) -> ast.expr:
    """Return an expression that is always true and notes a branch."""
    call = ast.Call(ast.Name(TAKE, ast.Load()), [ast.Constant(number)], [])
    return located(ast.BoolOp(ast.Or(), [_cell(TAKEN, number), call]), old)


def both(test: ast.expr, true: int, false: int, old: ast.AST) -> ast.expr:
    """Return the truth of a condition, evaluated once, that notes which it was."""
    other = ast.UnaryOp(ast.Not(), hit(false, old))
    return located(ast.IfExp(test, hit(true, old), other), old)


def then(number: int, value: ast.expr) -> ast.expr:
    """Return `value`, evaluated after noting a branch."""
    return located(ast.BoolOp(ast.And(), [hit(number, value), value]), value)


def plain(place: int, old: ast.AST) -> ast.expr:
    """Return whether what is written at a place is to run, and not what a mutant has instead."""
    call = ast.Call(ast.Name(ASK, ast.Load()), [ast.Constant(place)], [])
    return located(ast.BoolOp(ast.Or(), [_cell(PLAIN, place), call]), old)


def _is_active(mutant: int) -> ast.expr:
    return ast.Compare(_cell(ACTIVE, 0), [ast.Eq()], [ast.Constant(mutant)])


def choice(
    place: int, value: ast.expr, others: Sequence[tuple[int, ast.expr]], watched: ast.expr | None, old: ast.AST
) -> ast.expr:
    """Return `value`, or of `others` the one whose mutant is active, or `watched`, which says what it compares."""
    *firsts, chain = [other for _, other in others] + ([] if watched is None else [watched])
    for (mutant, _), other in reversed(list(zip(others, firsts, strict=False))):
        chain = ast.IfExp(_is_active(mutant), other, chain)
    return located(ast.IfExp(plain(place, old), value, chain), old)


def statement_choice(
    place: int, value: list[ast.stmt], others: Sequence[tuple[int, list[ast.stmt]]], old: ast.AST
) -> ast.stmt:
    """Return the statements, or of `others` those whose mutant is active."""
    chain: list[ast.stmt] = []
    for mutant, other in reversed(others):
        chain = [ast.If(_is_active(mutant), other or [ast.Pass()], chain)]
    return located(ast.If(plain(place, old), value, chain), old)


def compared(name: str, left: ast.expr, right: ast.expr, old: ast.AST) -> ast.expr:
    """Return a call that compares and keeps what it compared."""
    call = ast.Call(ast.Name(COMPARE, ast.Load()), [ast.Constant(name), left, right], [])
    return located(call, old)


def is_irrefutable(pattern: Any) -> bool:
    """Whether a pattern of `match` fits everything."""
    if isinstance(pattern, ast.MatchAs):
        return pattern.pattern is None or is_irrefutable(pattern.pattern)
    return isinstance(pattern, ast.MatchOr) and is_irrefutable(pattern.patterns[-1])


def any_case(body: list[ast.stmt], old: ast.AST) -> ast.match_case:
    """Return the case that fits what no other did."""
    return ast.match_case(pattern=located(ast.MatchAs(), old), guard=None, body=body)


def stays(place: int, old: ast.AST) -> ast.expr:
    """Return a guard that fails where a mutant drops the case."""
    return plain(place, old)


def conjunction(first: ast.expr, second: ast.expr) -> ast.expr:
    """Return `first and second`."""
    return located(ast.BoolOp(ast.And(), [first, second]), second)
