"""Makes methods of unittest's test cases of planned tests, where pytest's own means are none of the project's."""

from __future__ import annotations

import ast
import math

from aigc_plugins.testgen.writing.code import (
    Code,
    Planned,
    assign,
    call,
    method,
    outside,
    pattern_of,
    performed,
    reads,
    substituted,
)
from aigc_plugins.testgen.writing.grouping import filled, is_literal
from aigc_plugins.testgen.writing.layout import Layout
from aigc_plugins.testgen.writing.reading import origin_of
from aigc_plugins.testgen.writing.wording import literal

_INDENT = 8
_MOST_PARTS = 6
_METHODS: dict[type[ast.cmpop], str] = {
    ast.Eq: "assertEqual",
    ast.NotEq: "assertNotEqual",
    ast.Is: "assertIs",
    ast.IsNot: "assertIsNot",
    ast.In: "assertIn",
    ast.NotIn: "assertNotIn",
    ast.Lt: "assertLess",
    ast.LtE: "assertLessEqual",
    ast.Gt: "assertGreater",
    ast.GtE: "assertGreaterEqual",
}


class UntranslatableError(ValueError):
    """A scenario needs something of pytest that unittest has not."""


def method_of(planned: Planned, layout: Layout) -> Code:
    """Return the method of a planned test.

    Raises:
        UntranslatableError: it needs fixtures, or an approximation in a place where unittest has none.
    """
    cut = planned.cuts[0]
    case = cut.case
    arrange = [filled(cut, one, {}) for one in cut.arrange]
    act = filled(cut, cut.act, {})
    checks = [part for one in cut.checks for part in _exact(filled(cut, one, {}))]
    if set(case.fixtures) - {"tmp_path"} or "self" in case.names or any(map(_is_foreign, (*arrange, act, *checks))):
        raise UntranslatableError(planned.name)
    if case.uses("tmp_path"):
        arrange = [*_folder(), *arrange]
    blocks = [arrange] if arrange else []
    if case.exception is not None:
        before, message = pattern_of(case)
        blocks = [[*arrange, *before]] if arrange or before else []
        expected = [case.exception, *([message] if message is not None else [])]
        name = "assertRaisesRegex" if message is not None else "assertRaises"
        blocks.append([ast.With([ast.withitem(_say(name, *expected).value)], [performed(act)], lineno=0)])
        blocks.append([_said(one) for one in checks])
    else:
        blocks += _acted(act, checks, bool(arrange), layout)
    names = case.names | {"result", "printed", "output", "folder", "self", "message", "expected_message"}
    return Code(planned, [one for one in blocks if one], names=frozenset(names))


def _acted(act: ast.expr, checks: list[ast.expr], arranged: bool, layout: Layout) -> list[list[ast.stmt]]:
    used = any(reads(one, "result") for one in checks)
    prints = any(reads(one, "printed") for one in checks)
    if len(checks) == 1 and used and not prints and not arranged:
        folded = substituted(checks[0], "result", act)
        if folded is not None and _INDENT + len(layout.flat(_said(folded))) <= layout.width:
            return [[_said(folded)]]
    acting = [assign("result", act) if used else performed(act)]
    if prints:
        redirected = call(outside("contextlib", "redirect_stdout"), call(outside("io", "StringIO")))
        item = ast.withitem(redirected, ast.Name("output", ast.Store()))
        acting = [ast.With([item], acting, lineno=0), assign("printed", method("output", "getvalue"))]
    return [acting, [_said(one) for one in checks]]


def _folder() -> list[ast.stmt]:
    folder = call(outside("tempfile", "TemporaryDirectory"))
    cleanup = ast.Attribute(ast.Name("folder", ast.Load()), "cleanup", ast.Load())
    name = ast.Attribute(ast.Name("folder", ast.Load()), "name", ast.Load())
    return [
        assign("folder", folder),
        ast.Expr(method("self", "addCleanup", cleanup)),
        assign("tmp_path", call(outside("pathlib", "Path"), name)),
    ]


def _is_foreign(node: ast.AST) -> bool:
    """Tell whether code needs pytest, or names that a class would change."""
    for one in ast.walk(node):
        origin = origin_of(one)
        if origin is not None and origin.module.partition(".")[0] == "pytest":
            return True
        name = one.id if isinstance(one, ast.Name) else one.attr if isinstance(one, ast.Attribute) else ""
        if name.startswith("__") and not name.endswith("__"):
            return True
    return False


def _say(name: str, *arguments: ast.expr) -> ast.Expr:
    return ast.Expr(method("self", name, *arguments))


def _said(check: ast.expr) -> ast.stmt:
    """Return the assertion for a check."""
    match check:
        case ast.Compare(ops=[operator], comparators=[right]):
            if isinstance(right, ast.Constant) and right.value is None and isinstance(operator, ast.Is | ast.IsNot):
                return _say("assertIsNone" if isinstance(operator, ast.Is) else "assertIsNotNone", check.left)
            return _say(_METHODS[type(operator)], check.left, right)
        case ast.Call(func=ast.Name(id="isinstance"), args=[value, kind]):
            return _say("assertIsInstance", value, kind)
        case ast.Call(func=ast.Name(id="almost"), args=[value, number]):
            return _say("assertAlmostEqual", value, number)
        case ast.UnaryOp(op=ast.Not()):
            return _say("assertFalse", check.operand)
    return _say("assertTrue", check)


def _exact(check: ast.expr) -> list[ast.expr]:
    """Return a check without pytest's approximation, as several ones if need be."""
    if not any(_is_approximate(one) for one in ast.walk(check)):
        return [check]
    if isinstance(check, ast.Compare) and isinstance(check.ops[0], ast.Eq) and len(check.ops) == 1:
        return _compared(check.left, check.comparators[0])
    raise UntranslatableError("an approximation")


def _is_approximate(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.approx"


def _compared(left: ast.expr, right: ast.expr, *, near: bool = False) -> list[ast.expr]:
    if isinstance(right, ast.Call) and _is_approximate(right):
        if len(right.args) != 1 or right.keywords:
            raise UntranslatableError("an approximation of its own")
        return _compared(left, right.args[0], near=True)
    if isinstance(right, ast.List | ast.Tuple) and len(right.elts) <= _MOST_PARTS:
        length = call(ast.Name("len", ast.Load()), left)
        found: list[ast.expr] = [ast.Compare(length, [ast.Eq()], [ast.Constant(len(right.elts))])]
        for place, one in enumerate(right.elts):
            part = ast.Subscript(left, ast.Constant(place), ast.Load())
            found += _compared(part, one, near=near)
        return found
    if isinstance(right, ast.Dict) and len(right.keys) <= _MOST_PARTS:
        keys = [key for key in right.keys if key is not None and is_literal(key)]
        made = call(ast.Name("list", ast.Load()), left)
        found = [ast.Compare(made, [ast.Eq()], [ast.List(list(keys), ast.Load())])]
        for key, one in zip(keys, right.values, strict=True):
            found += _compared(ast.Subscript(left, key, ast.Load()), one, near=near)
        return found
    if near:
        return [_near(left, right)]
    if any(_is_approximate(one) for one in ast.walk(right)):
        raise UntranslatableError("an approximation")
    return [ast.Compare(left, [ast.Eq()], [right])]


def _near(left: ast.expr, right: ast.expr) -> ast.expr:
    value = literal(right)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise UntranslatableError("an approximation")
    if value and 1e-2 <= abs(value) <= 1e3:
        return call(ast.Name("almost", ast.Load()), left, right)
    tolerances = {"rel_tol": ast.Constant(1e-6), "abs_tol": ast.Constant(1e-12)}
    return call(outside("math", "isclose"), left, right, **tolerances)
