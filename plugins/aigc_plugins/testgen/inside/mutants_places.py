"""Finds the places in a module's functions where small faults could be planted.

Annotations, docstrings, decorators and messages of logs are left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aigc_plugins.testgen.inside import mutants_expressions as expressions
from aigc_plugins.testgen.inside import mutants_statements as statements
from aigc_plugins.testgen.inside.mutants_calls import is_log, names_encoding
from aigc_plugins.testgen.inside.mutants_nodes import Change, Fault, replaced

# Deeper expressions and larger ones are tables or generated code: left as they are.
MOST_DEPTH, MOST_SIZE = 30, 250
# Where a constant is the direct part of these, its faults belong to their place: fewer places, faster code.
_HOLDERS = (ast.Compare, ast.AugAssign, ast.BinOp, ast.Call, ast.Subscript, ast.UnaryOp, ast.Tuple, ast.List)
_FORCED = ("test", "while", "ternary", "return", "assign", "lambda")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass
class Place:
    """A node, a statement or an expression, and what could stand there instead.

    For what runs on import, `readers` are the functions in which that may show, any function where there are none.
    """

    node: Any
    function: str
    faults: list[Fault] = field(default_factory=list)
    readers: tuple[str, ...] | None = None


@dataclass
class Found:
    """`places` in the order of the text; `functions` names the outermost functions and lambdas by their node's id."""

    places: list[Place] = field(default_factory=list)
    functions: dict[int, str] = field(default_factory=dict)


class Collector:
    def __init__(self, tree: ast.Module) -> None:
        self.found = Found()
        self._function = ""
        self._readers: tuple[str, ...] | None = None
        self._sizes: dict[int, int] = {}
        self._bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and _stored(node)}
        self._bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}

    def outside(self, node: ast.AST, prefix: str) -> None:
        """Look for functions in what runs on import."""
        if isinstance(node, _FUNCTION):
            self._outermost(node, prefix + node.name)
        elif isinstance(node, ast.Lambda):
            self._outermost(node, prefix + "<lambda>")
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            target = node.targets[0]
            self._outermost(node.value, prefix + (target.id if isinstance(target, ast.Name) else "<lambda>"))
        else:
            if isinstance(node, ast.ClassDef):
                prefix = f"{prefix}{node.name}."
            for child in ast.iter_child_nodes(node):
                self.outside(child, prefix)

    def _outermost(self, node: Any, name: str) -> None:
        self.found.functions[id(node)] = self._function = name
        self._inner(node)
        self._function = ""

    def _inner(self, node: Any) -> None:
        if isinstance(node, ast.Lambda):
            self._expression(node.body, "lambda", 0)
        elif not statements.is_stub(node):
            self._body(node.body)

    def _add(self, node: Any, faults: Iterable[Fault]) -> None:
        kept: list[Fault] = []
        texts = {ast.dump(node)} if isinstance(node, ast.expr) else set()
        for fault in faults:
            text = ast.dump(fault.new) if isinstance(fault.new, ast.expr) else ""
            if text and text in texts:
                continue
            texts.add(text)
            kept.append(fault)
            _locate(fault.new, fault.site)
        if kept:
            self.found.places.append(Place(node, self._function, kept, self._readers))

    def _body(self, body: Iterable[ast.stmt]) -> None:
        for node in body:
            self._statement(node)

    def _statement(self, node: Any) -> None:
        if statements.is_left_alone(node):
            return
        if isinstance(node, _FUNCTION):
            for default in [*node.args.defaults, *node.args.kw_defaults]:
                self._expression(default, "", 0)
            self._inner(node)
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, _FUNCTION):
                    self._inner(one)
                elif isinstance(one, ast.ClassDef):
                    self._statement(one)
        else:
            self._add(node, [*statements.faults(node), *self._held_in_statement(node)])
            cases = getattr(node, "cases", ())
            for case in cases if len(cases) > 1 else ():
                self._add(case, [Fault("case", case.pattern, None, None)])
            for child, role in statements.parts(node):
                if isinstance(child, list):
                    self._body(child)
                elif not (isinstance(node, ast.AugAssign) and isinstance(child, ast.Constant)):
                    self._expression(child, role, 0)

    def _expression(self, node: Any, role: str, depth: int) -> None:
        if node is None or depth > MOST_DEPTH or is_log(node):
            return
        if self._readers is not None and isinstance(node, ast.Lambda):  # runs later, looked at by itself
            return
        if isinstance(node, ast.Slice | ast.Starred):
            self._children(node, depth)
            return
        own = [Fault(kind, node, new, new) for kind, new in expressions.in_role(node, role)]
        if self._size(node) <= MOST_SIZE:
            own += [Fault(kind, node, new, new) for kind, new in self._changes(node, role)]
            own += self._held(node)
        self._add(node, own)
        if not (isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict) and self._size(node) > MOST_SIZE):
            self._children(node, depth)

    def _changes(self, node: ast.expr, role: str) -> Iterator[Change]:
        for kind, new in expressions.changes(node):
            if kind == "function" and self._means_another(new):
                continue
            # where both outcomes are forced, the negation shows nothing more; an unused result is none
            if (kind == "negation" and role in _FORCED) or (kind == "no call" and role == "statement"):
                continue
            yield kind, new

    def _means_another(self, call: Any) -> bool:
        """Whether a function put in another's place is one of the module and not the built-in."""
        return isinstance(call.func, ast.Name) and call.func.id in self._bound

    def _held(self, node: Any) -> Iterator[Fault]:
        """Yield faults in constants that are direct parts of this node."""
        if not isinstance(node, _HOLDERS) or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return
        for name, value in ast.iter_fields(node):
            ones = value if isinstance(value, list) else [value]
            for place, one in enumerate(ones if len(ones) <= 16 else []):
                inner = one.value if isinstance(one, ast.keyword) else one
                if not isinstance(inner, ast.Constant):
                    continue
                for kind, new in expressions.constants(inner):
                    if kind == "string case" and names_encoding(node, one):
                        continue
                    whole = replaced(one, value=new) if isinstance(one, ast.keyword) else new
                    part = [*ones[:place], whole, *ones[place + 1 :]] if isinstance(value, list) else whole
                    yield Fault(kind, inner, new, replaced(node, **{name: part}))

    def _held_in_statement(self, node: Any) -> Iterator[Fault]:
        for fault in self._held(node) if isinstance(node, ast.AugAssign) else ():
            yield Fault(fault.operator, fault.site, fault.after, [fault.new])

    def _children(self, node: Any, depth: int) -> None:
        held = isinstance(node, _HOLDERS) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        for child, role in _parts(node):
            if not (held and isinstance(child, ast.Constant)):
                self._expression(child, role, depth + 1)

    def _size(self, node: ast.AST) -> int:
        known = self._sizes.get(id(node))
        if known is None:
            known = self._sizes[id(node)] = 1 + sum(self._size(child) for child in ast.iter_child_nodes(node))
        return known


def _parts(node: Any) -> Iterator[tuple[Any, str]]:
    """Yield an expression's parts and the role of each."""
    if isinstance(node, ast.Lambda):
        yield from ((one, "") for one in [*node.args.defaults, *node.args.kw_defaults])
        yield node.body, "lambda"
    elif isinstance(node, ast.IfExp):
        # its condition forced is the same as one side alone, which stands at the whole
        yield node.test, "ternary"
        yield from ((one, "") for one in (node.body, node.orelse))
    elif isinstance(node, ast.JoinedStr):
        yield from ((one.value, "") for one in node.values if isinstance(one, ast.FormattedValue))
    elif isinstance(node, ast.NamedExpr):
        yield node.value, "assign"
    else:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.comprehension):
                yield child.iter, ""
                yield from ((one, "test") for one in child.ifs)
            elif isinstance(child, ast.keyword):
                yield child.value, ""
            elif isinstance(child, ast.expr):
                yield child, ""


def _locate(new: Any, site: Any) -> None:
    """Give new nodes the place of what they stand for."""
    for node in new if isinstance(new, list) else [new]:
        if node is None:
            continue
        one: Any
        for one in ast.walk(node):
            if "lineno" in one._attributes and not hasattr(one, "lineno"):
                one.lineno, one.col_offset = site.lineno, site.col_offset
                one.end_lineno, one.end_col_offset = site.end_lineno, site.end_col_offset


def _stored(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)
