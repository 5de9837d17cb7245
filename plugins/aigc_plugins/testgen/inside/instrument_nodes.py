"""Builds the syntax that `instrument` puts into functions: what notes a branch, and what chooses among alternatives.

All of it reads lists that are globals of the module under test. The common way through costs one lookup in a list;
only what runs for the first time since `Loaded.begin`, and what a mutant has changed, costs a call.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

# Names with two underscores at both ends: no class mangles them, no `import *` takes them along.
TAKEN, TAKE = "__aigc_taken__", "__aigc_take__"
LEFT, BEFORE, ENDLESS = "__aigc_left__", "__aigc_before__", "__aigc_endless__"
PLAIN, ASK, ACTIVE, COMPARE = "__aigc_plain__", "__aigc_ask__", "__aigc_active__", "__aigc_compare__"


def located(new: Any, old: ast.AST) -> Any:
    """Give the parts of `new` that stand nowhere the place of `old`; return `new`."""
    if not hasattr(new, "lineno") and "lineno" in new._attributes:
        new.lineno, new.col_offset = old.lineno, old.col_offset  # type: ignore[attr-defined]
        new.end_lineno, new.end_col_offset = old.end_lineno, old.end_col_offset  # type: ignore[attr-defined]
    elif "lineno" in new._attributes:
        return new
    for child in ast.iter_child_nodes(new):
        located(child, old)
    return new


def _cell(name: str, number: int, context: ast.expr_context | None = None) -> ast.Subscript:
    return ast.Subscript(ast.Name(name, ast.Load()), ast.Constant(number), context or ast.Load())


def set_cell(name: str, number: int, value: bool, old: ast.AST) -> ast.stmt:
    """Return the statement `name[number] = value`."""
    statement = ast.Assign([_cell(name, number, ast.Store())], ast.Constant(value))  # type: ignore[call-arg]
    return located(statement, old)  # type: ignore[no-any-return]


def round_of(loop: int, old: ast.AST) -> ast.stmt:
    """Return what counts a round of a loop down, and ends the loop where none is left."""
    down = ast.AugAssign(_cell(LEFT, loop, ast.Store()), ast.Sub(), ast.Constant(1))
    end = ast.Expr(ast.Call(ast.Name(ENDLESS, ast.Load()), [ast.Constant(loop)], []))
    return located(ast.If(_cell(LEFT, loop), [down], [end]), old)  # type: ignore[no-any-return]


def before_loop(loop: int, old: ast.AST) -> ast.stmt:
    """Return what keeps how many rounds are left before a loop."""
    return located(ast.Assign([_cell(BEFORE, loop, ast.Store())], _cell(LEFT, loop)), old)  # type: ignore


def after_loop(loop: int, none: int, old: ast.AST) -> ast.stmt:
    """Return what notes that a loop ended without a round."""
    test = ast.Compare(_cell(BEFORE, loop), [ast.Eq()], [_cell(LEFT, loop)])
    return located(ast.If(test, [set_cell(TAKEN, none, True, old)], []), old)  # type: ignore[no-any-return]


def hit(number: int, old: ast.AST) -> ast.expr:
    """Return an expression that is always true and notes a branch."""
    call = ast.Call(ast.Name(TAKE, ast.Load()), [ast.Constant(number)], [])
    return located(ast.BoolOp(ast.Or(), [_cell(TAKEN, number), call]), old)  # type: ignore[no-any-return]


def both(test: ast.expr, true: int, false: int, old: ast.AST) -> ast.expr:
    """Return the truth of a condition, evaluated once, that notes which it was."""
    other = ast.UnaryOp(ast.Not(), hit(false, old))
    return located(ast.IfExp(test, hit(true, old), other), old)  # type: ignore[no-any-return]


def then(number: int, value: ast.expr) -> ast.expr:
    """Return `value`, evaluated after noting a branch."""
    return located(ast.BoolOp(ast.And(), [hit(number, value), value]), value)  # type: ignore[no-any-return]


def plain(place: int, old: ast.AST) -> ast.expr:
    """Return whether what is written at a place is to run, and not what a mutant has instead."""
    call = ast.Call(ast.Name(ASK, ast.Load()), [ast.Constant(place)], [])
    return located(ast.BoolOp(ast.Or(), [_cell(PLAIN, place), call]), old)  # type: ignore[no-any-return]


def _is_active(mutant: int) -> ast.expr:
    return ast.Compare(_cell(ACTIVE, 0), [ast.Eq()], [ast.Constant(mutant)])


def choice(
    place: int, value: ast.expr, others: Sequence[tuple[int, ast.expr]], watched: ast.expr | None, old: ast.AST
) -> ast.expr:
    """Return `value`, or of `others` the one whose mutant is active, or `watched`, which says what it compares."""
    chain = watched
    for mutant, other in reversed(others):
        chain = other if chain is None else ast.IfExp(_is_active(mutant), other, chain)
    return located(ast.IfExp(plain(place, old), value, chain), old)  # type: ignore[no-any-return]


def statement_choice(
    place: int, value: list[ast.stmt], others: Sequence[tuple[int, list[ast.stmt]]], old: ast.AST
) -> ast.stmt:
    """Return the statements, or of `others` those whose mutant is active."""
    chain: list[ast.stmt] = []
    for mutant, other in reversed(others):
        chain = [ast.If(_is_active(mutant), other or [ast.Pass()], chain)]
    return located(ast.If(plain(place, old), value, chain), old)  # type: ignore[no-any-return]


def compared(name: str, left: ast.expr, right: ast.expr, old: ast.AST) -> ast.expr:
    """Return a call that compares and keeps what it compared."""
    call = ast.Call(ast.Name(COMPARE, ast.Load()), [ast.Constant(name), left, right], [])
    return located(call, old)  # type: ignore[no-any-return]


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
    return located(ast.BoolOp(ast.And(), [first, second]), second)  # type: ignore[no-any-return]
