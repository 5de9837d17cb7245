"""Puts scenarios together that differ in values only: one test, a row for each. Names are given elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard, TypeVar

from aigc_plugins.testgen.parts import Subject
from aigc_plugins.testgen.scenario import Parameter, Target
from aigc_plugins.testgen.writing.expressions import copied
from aigc_plugins.testgen.writing.reading import Case, origin_of

N = TypeVar("N", bound=ast.AST)

_MOST_COLUMNS = 4
_MAKERS = frozenset(["float", "complex", "bytes", "bytearray", "set", "frozenset", "range", "tuple", "list", "dict"])


@dataclass(frozen=True, slots=True)
class Hole:
    """A place where rows may differ: `label` is the parameter that the value is given for, or what is expected."""

    label: str
    value: ast.expr
    expected: bool = False
    message: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A case with holes, and what is the same in all cases of its form."""

    case: Case
    holes: tuple[Hole, ...]
    form: str
    arrange: tuple[ast.stmt, ...]
    act: ast.expr
    checks: tuple[ast.expr, ...]


@dataclass(slots=True)
class Group:
    """Cases of one form, in order; `columns` are the holes in which they differ."""

    cuts: list[Cut] = field(default_factory=list)

    @property
    def columns(self) -> list[int]:
        """Where rows differ."""
        shapes = [[ast.dump(hole.value) for hole in cut.holes] for cut in self.cuts]
        return [place for place, values in enumerate(zip(*shapes, strict=True)) if len(set(values)) > 1]


class Signatures:
    """The targets of a module, by the name in a call."""

    def __init__(self, subject: Subject) -> None:
        self._by_name: dict[str, list[Target]] = {}
        for target in (*subject.all_targets, *subject.targets):
            found = self._by_name.setdefault(target.name.rpartition(".")[2], [])
            if target not in found:
                found.append(target)

    def called(self, call: ast.Call, preferred: str) -> Target | None:
        """Return the target that a call may mean, `preferred` among several."""
        if isinstance(call.func, ast.Name):
            name, dotted = call.func.id, False
            origin = origin_of(call.func)
            if origin is not None:
                name = origin.name
        elif isinstance(call.func, ast.Attribute):
            name, dotted = call.func.attr, True
        else:
            return None
        found = [one for one in self._by_name.get(name, ()) if ("." in one.name) == dotted]
        chosen = [one for one in found if one.name == preferred]
        return chosen[0] if chosen else found[0] if len(found) == 1 else None

    def arguments(self, call: ast.Call, preferred: str) -> list[tuple[Parameter, ast.expr]]:
        """Return the arguments of a call of a target, each with the parameter it is given for."""
        target = self.called(call, preferred)
        if target is None or any(isinstance(one, ast.Starred) for one in call.args):
            return []
        parameters = own_parameters(target)
        positional = [one for one in parameters if not one.star and not one.keyword]
        rest = next((one for one in parameters if one.star == "*"), None)
        found = []
        for place, value in enumerate(call.args):
            parameter = positional[place] if place < len(positional) else rest
            if parameter is not None:
                found.append((parameter, value))
        named = {one.name: one for one in parameters if not one.star}
        found += [(named.get(one.arg, Parameter(one.arg)), one.value) for one in call.keywords if one.arg]
        return found


def own_parameters(target: Target) -> list[Parameter]:
    """Return a target's parameters without the one that its object is given for."""
    found = list(target.parameters)
    if target.kind not in ("function", "staticmethod") and found and found[0].name in ("self", "cls"):
        return found[1:]
    return found


def is_literal(node: ast.expr) -> bool:
    """Tell whether an expression is a value written out, that depends on nothing."""
    match node:
        case ast.Constant():
            return node.value is not ...
        case ast.UnaryOp(op=ast.USub() | ast.UAdd()):
            return isinstance(node.operand, ast.Constant) or is_literal(node.operand)
        case ast.List() | ast.Tuple() | ast.Set():
            return all(is_literal(one) for one in node.elts)
        case ast.Dict():
            return all(key is not None and is_literal(key) for key in node.keys) and all(map(is_literal, node.values))
        case ast.BinOp(op=ast.Mult() | ast.Add()):
            return is_literal(node.left) and is_literal(node.right)
        case ast.Call(func=ast.Name(id=maker)) if maker in _MAKERS and origin_of(node.func) is None:
            return not node.keywords and all(map(is_literal, node.args))
    return False


def cut(case: Case, signatures: Signatures) -> Cut:
    """Return a case with a hole for each value that may be a column."""
    knife = _Knife(case.recorded.scenario.target, signatures)
    arrange = tuple(knife.visit(copied(one)) for one in case.arrange)
    act = knife.visit(copied(case.act))
    checks = tuple(knife.check(copied(one)) for one in case.checks)
    form = [ast.dump(one) for one in (*arrange, act, *checks)]
    recorded = case.recorded
    form += [case.recorded.scenario.target, repr(recorded.scenario.fixtures)]
    if case.exception is not None:
        form += [ast.dump(case.exception), str(bool(recorded.message))]
        if recorded.message:
            knife.holes.append(Hole("message", ast.Constant(recorded.message), expected=True, message=True))
    origins = sorted({(one.id, origin) for one in case.read if (origin := origin_of(one)) is not None})
    return Cut(case, tuple(knife.holes), repr((form, origins)), arrange, act, checks)


class _Knife(ast.NodeTransformer):
    def __init__(self, target: str, signatures: Signatures) -> None:
        self.holes: list[Hole] = []
        self._target = target
        self._signatures = signatures

    def _hole(self, label: str, value: ast.expr, *, expected: bool = False) -> ast.Name:
        self.holes.append(Hole(label, value, expected))
        return ast.Name(f"?{len(self.holes) - 1}", ast.Load())

    def visit_Call(self, node: ast.Call) -> ast.expr:
        arguments = self._signatures.arguments(node, self._target)
        labels = {id(value): parameter.name for parameter, value in arguments if is_literal(value)}
        node.func = self.visit(node.func)
        node.args = [self._argument(one, labels) for one in node.args]
        for keyword in node.keywords:
            keyword.value = self._argument(keyword.value, labels)
        return node

    def _argument(self, node: ast.expr, labels: dict[int, str]) -> ast.expr:
        if id(node) in labels:
            return self._hole(labels[id(node)], node)
        found: ast.expr = self.visit(node)
        return found

    def check(self, node: ast.expr) -> ast.expr:
        """Cut what a check expects."""
        if not (isinstance(node, ast.Compare) and len(node.ops) == 1 and not is_literal(node.left)):
            return node
        label, right = _expectation(node.left), node.comparators[0]
        if isinstance(node.ops[0], ast.Eq | ast.Is) and is_literal(right):
            node.comparators[0] = self._hole(label, right, expected=True)
        elif _is_approximate(right) and is_literal(right.args[0]):
            right.args[0] = self._hole(label, right.args[0], expected=True)
        return node


def _is_approximate(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and len(node.args) == 1 and ast.unparse(node.func) == "pytest.approx"


def _expectation(left: ast.expr) -> str:
    if isinstance(left, ast.Name):
        return "expected" if left.id == "result" else f"expected_{left.id}"
    if isinstance(left, ast.Attribute):
        return f"expected_{left.attr.strip('_')}"
    if isinstance(left, ast.Call) and isinstance(left.func, ast.Name):
        return {"len": "expected_length", "type": "expected_type"}.get(left.func.id, "expected")
    return "expected"


class _Fill(ast.NodeTransformer):
    def __init__(self, cut: Cut, names: Mapping[int, str]) -> None:
        self._cut = cut
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not node.id.startswith("?"):
            return node
        place = int(node.id[1:])
        if place in self._names:
            return ast.Name(self._names[place], ast.Load())
        return copied(self._cut.holes[place].value)


def filled(cut: Cut, node: N, names: Mapping[int, str]) -> N:
    """Return a part of a cut case with `names` in its holes, and the case's own values in those without a name."""
    made: N = _Fill(cut, names).visit(copied(node))
    return made


def grouped(cuts: Iterable[Cut]) -> list[Group]:
    """Return groups in the order of their first cases; a group has at most a few columns."""
    groups: list[Group] = []
    by_form: dict[str, list[Group]] = {}
    for one in cuts:
        for group in by_form.setdefault(one.form, []):
            if _may_join(group, one):
                group.cuts.append(one)
                break
        else:
            made = Group([one])
            groups.append(made)
            by_form[one.form].append(made)
    return groups


def _may_join(group: Group, one: Cut) -> bool:
    columns = Group([*group.cuts, one]).columns
    inputs = [place for place in columns if not one.holes[place].expected]
    return bool(inputs) and len(columns) <= _MOST_COLUMNS + 1 and len(inputs) <= _MOST_COLUMNS


def values(cuts: Sequence[Cut], columns: Sequence[int]) -> list[list[ast.expr]]:
    """Return the rows of a parametrisation."""
    return [[one.holes[place].value for place in columns] for one in cuts]
