"""Rewrites functions and their statements for `instrument`: each way that control may take notes that it was taken."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from aigc_plugins.testgen.inside import instrument_nodes as nodes
from aigc_plugins.testgen.inside.instrument_expressions import Expressions
from aigc_plugins.testgen.inside.mutants_nodes import replaced
from aigc_plugins.testgen.inside.mutants_statements import is_left_alone, is_stub

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


class Rewriter(Expressions):
    """Builds new syntax from old; nodes of the old are shared and never changed."""

    # What runs on import

    def outside(self, body: Any) -> Any:
        """Return what runs on import, with the functions in it rewritten."""
        return self._mapped(body, self._outside)

    def _outside(self, node: Any) -> Any:
        name = self._functions.get(id(node))
        if name is None:
            new = self._mapped(node, self._outside)
            faults = self._faults.get(id(node))
            return nodes.choice(self._place(faults), new, faults, None, node) if faults else new
        arguments = self._mapped(node.args, self._outside)
        self._function = name
        if isinstance(node, ast.Lambda):
            new = self._entered(replaced(node, args=arguments), 0)
        else:
            new = self._definition(node, arguments)
        self._function = ""
        return new

    def _mapped(self, node: Any, change: Any) -> Any:
        if isinstance(node, list):
            new = [change(one) if isinstance(one, ast.AST) else one for one in node]
            return new if any(one is not two for one, two in zip(new, node, strict=True)) else node
        changed = {}
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST | list):
                new = change(value) if isinstance(value, ast.AST) else self._mapped(value, change)
                if new is not value:
                    changed[name] = new
        return replaced(node, **changed) if changed else node

    # Functions

    def _definition(self, node: Any, arguments: Any = None) -> Any:
        if is_stub(node):
            return node
        has_docstring = ast.get_docstring(node, clean=False) is not None
        head, rest = (node.body[:1], node.body[1:]) if has_docstring else ([], node.body)
        entered = nodes.set_cell(nodes.TAKEN, self._branch(node, "entered"), True, rest[0] if rest else head[0])
        return replaced(node, body=[*head, entered, *self._body(rest)], args=arguments or node.args)

    # Statements

    def _body(self, body: Iterable[ast.stmt]) -> list[ast.stmt]:
        return [new for node in body for new in self._statement(node)]

    def _statement(self, node: Any) -> list[ast.stmt]:
        if is_left_alone(node):
            return [node]
        method = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        new = method(node) if method else [self._parts(node)]
        faults = self._faults.get(id(node))
        return [nodes.statement_choice(self._place(faults), new, faults, node)] if faults else new

    def _parts(self, node: Any, **changed: Any) -> Any:
        """Rewrite a statement's expressions, and its lists of statements but those in `changed`."""
        for name, value in ast.iter_fields(node):
            if name in changed or name in ("annotation", "pattern", "type_params"):
                continue
            if isinstance(value, ast.expr):
                changed[name] = self._expression(value, 0)
            elif isinstance(value, list):
                changed[name] = self._several(value)
        return replaced(node, **changed)

    def _several(self, ones: list[Any]) -> list[Any]:
        if ones and isinstance(ones[0], ast.stmt):
            return self._body(ones)
        return [
            self._expression(one, 0) if isinstance(one, ast.expr)
            else self._parts(one) if isinstance(one, ast.withitem)
            else one
            for one in ones
        ]  # fmt: skip

    def _do_functiondef(self, node: Any) -> list[ast.stmt]:
        arguments = self._arguments(node.args, 0)
        return [self._definition(node, arguments)]

    _do_asyncfunctiondef = _do_functiondef

    def _do_classdef(self, node: ast.ClassDef) -> list[ast.stmt]:
        body = [
            self._definition(one) if isinstance(one, _FUNCTION)
            else self._do_classdef(one)[0] if isinstance(one, ast.ClassDef)
            else one
            for one in node.body
        ]  # fmt: skip
        return [replaced(node, body=body)]

    def _do_if(self, node: Any) -> list[ast.stmt]:
        if isinstance(node.test, ast.Constant):
            return [self._parts(node)]
        true, false = self._branch(node.test, "true"), self._branch(node.test, "false")
        test = self._test(node.test, 0)
        body = [nodes.set_cell(nodes.TAKEN, true, True, node.body[0]), *self._body(node.body)]
        first = node.orelse[0] if node.orelse else node.test
        orelse = [nodes.set_cell(nodes.TAKEN, false, True, first), *self._body(node.orelse)]
        return [replaced(node, test=test, body=body, orelse=orelse)]

    def _do_while(self, node: ast.While) -> list[ast.stmt]:
        true = self._branch(node.test, "true")
        self.loops.add(true)
        false = 0 if isinstance(node.test, ast.Constant) else self._branch(node.test, "false")
        test = self._test(node.test, 0)
        body = [nodes.round_of(true, node.body[0]), *self._body(node.body)]
        orelse = self._body(node.orelse)
        if false:
            orelse.insert(0, nodes.set_cell(nodes.TAKEN, false, True, node.test))
        return [replaced(node, test=test, body=body, orelse=orelse)]

    def _do_for(self, node: Any) -> list[ast.stmt]:
        loop = self._branch(node, "loop")
        self.loops.add(loop)
        none = 0 if isinstance(node.iter, ast.Tuple | ast.List | ast.Constant) else self._branch(node, "no loop")
        target, iterable = self._expression(node.target, 0), self._expression(node.iter, 0)
        body = [nodes.round_of(loop, node.body[0]), *self._body(node.body)]
        orelse = self._body(node.orelse)
        if none:
            orelse.insert(0, nodes.after_loop(loop, none, node))
        new = replaced(node, target=target, iter=iterable, body=body, orelse=orelse)
        return [nodes.before_loop(loop, node), new] if none else [new]

    _do_asyncfor = _do_for

    def _do_assert(self, node: ast.Assert) -> list[ast.stmt]:
        test = self._both(node.test, 0)
        return [replaced(node, test=test, msg=node.msg and self._expression(node.msg, 0))]

    def _do_try(self, node: Any) -> list[ast.stmt]:
        body = self._body(node.body)
        handlers = []
        for number, handler in enumerate(node.handlers, 1):
            caught = nodes.set_cell(nodes.TAKEN, self._branch(handler, f"except {number}"), True, handler.body[0])
            kind = handler.type and self._expression(handler.type, 0)
            handlers.append(replaced(handler, type=kind, body=[caught, *self._body(handler.body)]))
        orelse = self._body(node.orelse)
        if node.orelse:
            orelse.insert(0, nodes.set_cell(nodes.TAKEN, self._branch(node.orelse[0], "else"), True, node.orelse[0]))
        final = self._body(node.finalbody)
        return [replaced(node, body=body, handlers=handlers, orelse=orelse, finalbody=final)]

    _do_trystar = _do_try

    def _do_match(self, node: Any) -> list[ast.stmt]:
        subject, cases = self._expression(node.subject, 0), []
        for number, case in enumerate(node.cases, 1):
            taken = nodes.set_cell(nodes.TAKEN, self._branch(case.pattern, f"case {number}"), True, case.body[0])
            guard = case.guard and self._both(case.guard, 0)
            if faults := self._faults.get(id(case)):
                stays = nodes.stays(self._place(faults), case.pattern)
                guard = stays if guard is None else nodes.conjunction(stays, guard)
            cases.append(replaced(case, guard=guard, body=[taken, *self._body(case.body)]))
        last = node.cases[-1]
        if last.guard is not None or not nodes.is_irrefutable(last.pattern):
            none = nodes.set_cell(nodes.TAKEN, self._branch(node, "no case"), True, node)
            cases.append(nodes.any_case([none], node))
        return [replaced(node, subject=subject, cases=cases)]
