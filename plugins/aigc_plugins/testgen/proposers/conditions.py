"""Reads from a function's conditions the values at which it turns to another branch, as values of its parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from aigc_plugins.testgen.analysis.definitions import FunctionNode
from aigc_plugins.testgen.proposers.paths import Part, Parts
from aigc_plugins.testgen.proposers.usages import Usages
from aigc_plugins.testgen.proposers.values import Wish


class Conditions(Usages):
    """The wishes that one function's code makes."""

    def __init__(
        self, parts: Parts, constants: Mapping[str, ast.expr], classes: Mapping[str, str], *, patterns: bool = False
    ) -> None:
        super().__init__(parts, constants, classes)
        self._patterns = patterns

    def wishes(self, node: FunctionNode) -> list[Wish]:
        """Return them in the order of the code, each once."""
        found: dict[tuple[tuple[str, str], ...], None] = {}
        for one in _in_order(node):
            self.parts.bind(one)
            for wish in self.of_pattern(one) if self._patterns else self._of(one):
                found[tuple(sorted(wish.items()))] = None
        return [dict(one) for one in found]

    def _of(self, node: ast.AST) -> Iterator[Wish]:
        match node:
            case ast.Compare(left=left, ops=operators, comparators=others):
                for first, operator, second in zip([left, *others], operators, others, strict=False):
                    yield from self._compared(first, operator, second)
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield from self._truth(test)
            case ast.BoolOp(values=values):
                for value in values:
                    yield from self._truth(value)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                yield from self._truth(inner)
            case ast.For(iter=given) | ast.comprehension(iter=given):
                yield from self._looped(given)
            case ast.Call():
                yield from self.called(node)
            case ast.Match(subject=subject, cases=cases):
                for case in cases:
                    yield from self._matched(subject, case.pattern)
            case ast.Subscript(value=ast.Name(id=name), slice=key) if name in self.constants:
                yield from self.all_of(self.parts.of(key), self.contents(self.constants[name])[:3])

    def _compared(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Iterator[Wish]:
        one, other = self.parts.of(left), self.parts.of(right)
        if isinstance(operator, ast.In | ast.NotIn):
            yield from self.all_of(
                one, [*self.contents(right), "'~'" if one and self.parts.is_text(one.parameter) else "-99"]
            )
            if other is not None and isinstance(left, ast.Constant):
                yield from self._holding(other, left.value)
            return
        if one is not None and other is not None and one != other:
            yield from self._two(one, other)
            return
        yield from self.all_of(one, self.around(right))
        yield from self.all_of(other, self.around(left))
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mod):
            yield from self._remainder(left, right)

    def _two(self, one: Part, other: Part) -> Iterator[Wish]:
        if one.parameter == other.parameter:
            return
        text = self.parts.is_text(one.parameter) and one.what == "value"
        low, high = ("'a'", "'b'") if text else ("1", "2")
        for first, second in ((low, low), (low, high), (high, low)):
            for left in self.parts.whole(one, first)[:1]:
                for right in self.parts.whole(other, second)[:1]:
                    yield {one.parameter: left, other.parameter: right}

    def _holding(self, part: Part, value: object) -> Iterator[Wish]:
        """Yield values that hold another one."""
        if isinstance(value, str) and (self.parts.is_text(part.parameter) or part.what == "item"):
            yield from self.all_of(part, [repr(value), repr(f"a{value}b"), repr(f"{value}a{value}")])
        elif part.what == "value":
            yield from self.all_of(part, [f"{{{value!r}: 1}}", f"[{value!r}]"])

    def _remainder(self, left: ast.BinOp, right: ast.expr) -> Iterator[Wish]:
        divisor, rest = self.resolved(left.right), self.resolved(right)
        match divisor, rest:
            case ast.Constant(value=int(by)), ast.Constant(value=int(of)) if not isinstance(by, bool):
                yield from self.all_of(
                    self.parts.of(left.left), [str(one) for one in (of, by + of, 2 * by + of, by + of + 1)]
                )

    def _truth(self, node: ast.expr) -> Iterator[Wish]:
        part = self.parts.of(node)
        if part is not None and part.what == "value":
            yield from self.all_of(part, self.parts.empties(part.parameter))
        elif part is not None and part.what in ("item", "key"):
            yield from self.all_of(part, ["''", "0", "None"])

    def _looped(self, given: ast.expr) -> Iterator[Wish]:
        part = self.parts.of(given)
        if part is not None and part.what == "value":
            for size in ("0", "1", "3"):
                yield from self.all_of(Part(part.parameter, "len"), [size])
        match given:
            case ast.Call(func=ast.Name(id="range"), args=arguments):
                for argument in arguments:
                    yield from self.all_of(self.parts.of(argument), ["0", "1", "3"])

    def _matched(self, subject: ast.expr, pattern: ast.pattern) -> Iterator[Wish]:
        part = self.parts.of(subject)
        match pattern:
            case ast.MatchValue(value=value):
                yield from self.all_of(part, self.around(value)[:1])
            case ast.MatchSingleton(value=value):
                yield from self.all_of(part, [repr(value)])
            case ast.MatchOr(patterns=several):
                for one in several:
                    yield from self._matched(subject, one)
            case ast.MatchSequence(patterns=several):
                yield from self.all_of(part, ["[" + ", ".join(_written(one) for one in several) + "]"])
            case ast.MatchMapping(keys=keys, patterns=several):
                pairs = [f"{ast.unparse(key)}: {_written(one)}" for key, one in zip(keys, several, strict=True)]
                yield from self.all_of(part, ["{" + ", ".join(pairs) + "}"])
            case ast.MatchClass(cls=cls):
                yield from self.all_of(part, self.instances(cls)[:1])
            case ast.MatchAs(pattern=ast.pattern() as inner):
                yield from self._matched(subject, inner)


def _written(pattern: ast.pattern) -> str:
    return ast.unparse(pattern.value) if isinstance(pattern, ast.MatchValue) else "1"


def _in_order(node: FunctionNode) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body in the order of the text; names are bound before they are used."""
    waiting: list[ast.AST] = list(reversed(node.body))
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            children = list(ast.iter_child_nodes(one))
            if isinstance(one, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
                children.sort(key=lambda child: not isinstance(child, ast.comprehension))
            waiting += reversed(children)
