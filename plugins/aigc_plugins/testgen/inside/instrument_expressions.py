"""Rewrites expressions for `instrument`: conditions note which way they went, places of mutants choose."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from aigc_plugins.testgen.inside import instrument_nodes as nodes
from aigc_plugins.testgen.inside import mutants_places
from aigc_plugins.testgen.inside.mutants_calls import is_log
from aigc_plugins.testgen.inside.mutants_nodes import Fault, replaced
from aigc_plugins.testgen.scenario import Branch, Mutant

# Deeper than where mutants are looked for, so that each mutant gets its place.
_DEPTH = 3 * mutants_places.MOST_DEPTH
_MOST_TEXT = 100
# What compares: by these operators, and by these methods of texts.
_WATCHED = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in",
}  # fmt: skip
_WATCHED_METHODS = ("startswith", "endswith")


class Expressions:
    """Builds new expressions from old; nodes of the old are shared and never changed."""

    def __init__(self, found: mutants_places.Found) -> None:
        self.branches: list[Branch] = []
        self.mutants: list[Mutant] = []
        self.places: list[int] = []
        self.place_count = 0
        self.watched: set[int] = set()
        self.loops: set[int] = set()
        self._functions = found.functions
        self._faults: dict[int, list[tuple[int, Any]]] = {}
        self._function = ""
        self.readers: dict[int, tuple[str, ...]] = {}
        for place in found.places:
            faults = [(self._mutant(place.function, one), one.new) for one in place.faults]
            self._faults[id(place.node)] = faults
            if place.readers is not None:
                self.readers.update((number, place.readers) for number, _ in faults)

    def _mutant(self, function: str, fault: Fault) -> int:
        number = len(self.mutants) + 1
        site: Any = fault.site
        before, after = _text(site), _text(fault.after) if fault.after is not None else "pass"
        self.mutants.append(Mutant(number, function, site.lineno, site.col_offset, fault.operator, before, after))
        self.places.append(-1)
        return number

    def _branch(self, node: Any, way: str) -> int:
        self.branches.append(Branch(len(self.branches) + 1, self._function, node.lineno, way))
        return len(self.branches)

    def _place(self, faults: Iterable[tuple[int, Any]]) -> int:
        place = self.place_count
        self.place_count += 1
        for number, _ in faults:
            self.places[number - 1] = place
        return place

    # Expressions

    def _expression(self, node: Any, depth: int) -> Any:
        """Return an expression that has the same value."""
        if depth > _DEPTH or is_log(node):
            return node
        inner, places = len(self.watched), self.place_count
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        new = method(node, depth) if method else self._inside(node, depth)
        may_watch = len(self.watched) == inner and self.place_count < places + 8
        return self._chosen(node, new, self._watched(new) if may_watch else None)

    def _chosen(self, node: Any, new: Any, watched: ast.expr | None = None) -> Any:
        faults = self._faults.get(id(node), [])
        if not faults and watched is None:
            return new
        place = self._place(faults)
        if watched is not None:
            self.watched.add(place)
        return nodes.choice(place, new, faults, watched, node)

    def _watched(self, node: Any) -> ast.expr | None:
        """Return the comparison, written as a call that keeps what it compares."""
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            name = _WATCHED.get(type(node.ops[0]))
            return nodes.compared(name, node.left, node.comparators[0], node) if name else None
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            function: Any = node.func
            argument = node.args[0]
            is_method = isinstance(function, ast.Attribute) and function.attr in _WATCHED_METHODS
            if is_method and not isinstance(argument, ast.Starred):
                return nodes.compared(function.attr, function.value, argument, node)
        return None

    def _inside(self, node: Any, depth: int) -> Any:
        changed: dict[str, Any] = {}
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                changed[name] = self._expression(value, depth + 1)
            elif isinstance(value, list) and value:
                changed[name] = [self._part(one, depth + 1) for one in value]
        return replaced(node, **changed) if changed else node

    def _part(self, node: Any, depth: int) -> Any:
        if isinstance(node, ast.expr):
            return self._expression(node, depth)
        if isinstance(node, ast.keyword):
            return replaced(node, value=self._expression(node.value, depth))
        if isinstance(node, ast.comprehension):
            conditions = [self._both(one, depth) for one in node.ifs]
            return replaced(node, iter=self._expression(node.iter, depth), ifs=conditions)
        return node

    def _test(self, node: Any, depth: int) -> Any:
        """Return an expression that is true when `node` is, for where nothing but that matters."""
        if depth > _DEPTH:
            return node
        if isinstance(node, ast.BoolOp):
            values = [self._operand(one, depth + 1) for one in node.values]
            return self._chosen(node, replaced(node, values=values))
        return self._expression(node, depth)

    def _operand(self, node: Any, depth: int) -> Any:
        return self._test(node, depth) if isinstance(node, ast.BoolOp) else self._both(node, depth)

    def _both(self, node: Any, depth: int) -> Any:
        """Return the same as `_test` does, and note which way it was."""
        if isinstance(node, ast.Constant):
            return self._expression(node, depth)
        true, false = self._branch(node, "true"), self._branch(node, "false")
        return nodes.both(self._test(node, depth), true, false, node)

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> ast.expr:
        inner = self._test if isinstance(node.op, ast.Not) else self._expression
        return replaced(node, operand=inner(node.operand, depth + 1))

    def _ifexp(self, node: ast.IfExp, depth: int) -> ast.expr:
        true, false = self._branch(node.test, "true"), self._branch(node.test, "false")
        test = self._test(node.test, depth + 1)
        body = nodes.then(true, self._expression(node.body, depth + 1))
        return replaced(node, test=test, body=body, orelse=nodes.then(false, self._expression(node.orelse, depth + 1)))

    def _boolop(self, node: ast.BoolOp, depth: int) -> ast.expr:
        # the value is one of the operands, so only going on to the next can be seen without a name for it
        way = "true" if isinstance(node.op, ast.And) else "false"
        values = [self._expression(node.values[0], depth + 1)]
        for before, one in zip(node.values, node.values[1:], strict=False):
            went_on = self._branch(before, way)
            values.append(nodes.then(went_on, self._expression(one, depth + 1)))
        return replaced(node, values=values)

    def _joinedstr(self, node: ast.JoinedStr, depth: int) -> ast.expr:
        values = [
            replaced(one, value=self._expression(one.value, depth + 1)) if isinstance(one, ast.FormattedValue) else one
            for one in node.values
        ]
        return replaced(node, values=values)

    def _lambda(self, node: ast.Lambda, depth: int) -> ast.expr:
        arguments = self._arguments(node.args, depth + 1)
        return self._entered(replaced(node, args=arguments), depth)

    def _entered(self, node: ast.Lambda, depth: int) -> ast.expr:
        entered = self._branch(node, "entered")
        return replaced(node, body=nodes.then(entered, self._expression(node.body, depth + 1)))

    def _arguments(self, node: ast.arguments, depth: int) -> ast.arguments:
        defaults = [self._expression(one, depth) for one in node.defaults]
        others = [one and self._expression(one, depth) for one in node.kw_defaults]
        return replaced(node, defaults=defaults, kw_defaults=others)


def _text(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 1]}…"
