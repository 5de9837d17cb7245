"""Runs a text as it is and instrumented, and mutants of it also as texts of their own, for tests that compare them."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import types
import warnings
from typing import Any

from aigc_plugins.testgen.inside.instrument import instrument
from aigc_plugins.testgen.inside.loaded import EndlessError, Loaded
from aigc_plugins.testgen.inside.mutants_nodes import replaced
from aigc_plugins.testgen.scenario import Mutant


class Both:
    """A text executed twice: `plain` and, with probes, `other`. `run` is an expression over what the text defines."""

    def __init__(self, text: str, name: str = "subject") -> None:
        self.text, self.name = text, name
        self.plain = executed(compile(text, f"{name}.py", "exec", dont_inherit=True), name)
        instrumented = instrument(text, f"{name}.py")
        self.loaded = Loaded(instrumented, name)
        self.loaded.most_rounds = 3000
        self.loaded.begin()
        self.other = types.ModuleType(name)
        self.loaded.attach(vars(self.other))
        executed(instrumented.code, name, self.other)

    def run_plain(self, run: str) -> Any:
        return outcome(self.plain, run)

    def run(self, run: str, mutant: int = 0) -> Any:
        self.loaded.begin(mutant)
        return outcome(self.other, run)

    def run_text(self, mutant: Mutant, run: str) -> Any:
        """Run the text in which the mutant stands written."""
        tree = planted(self.text, mutant)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(tree, f"{self.name}.py", "exec", dont_inherit=True)
        try:
            module = executed(code, self.name)
        except Exception:
            return "broken"
        return outcome(module, run)


def executed(code: types.CodeType, name: str, module: types.ModuleType | None = None) -> types.ModuleType:
    module = module or types.ModuleType(name)
    module.__file__ = f"{name}.py"
    saved = sys.modules.get(name)
    sys.modules[name] = module  # as dataclasses and enums expect it
    try:
        exec(code, vars(module))
    finally:
        if saved is None:
            del sys.modules[name]
        else:
            sys.modules[name] = saved
    return module


def outcome(module: types.ModuleType, run: str) -> Any:
    """Return what came of an expression: its value as text, what it printed, or the exception."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            value = repr(eval(run, vars(module).copy()))
    except EndlessError:
        return "endless"
    except ImportError:
        return "broken"
    except BaseException as error:
        value = f"{type(error).__name__}: {error}"
    return re.sub(r" at 0x\w+", "", value), printed.getvalue()


class Planter(ast.NodeTransformer):
    """Puts what a mutant has in place of the node that it names."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant, self.planted = mutant, 0

    def generic_visit(self, node: Any) -> Any:
        mutant = self.mutant
        if isinstance(node, ast.Match) and mutant.operator == "case":
            cases = [one for one in node.cases if not self._is_it(one.pattern)]
            self.planted += len(cases) < len(node.cases)
            node = replaced(node, cases=cases)
        elif not isinstance(node, ast.pattern) and self._is_it(node):
            self.planted += 1
            new: Any = ast.parse(mutant.after).body[0]
            one: Any
            for one in ast.walk(new):
                if hasattr(one, "lineno"):
                    one.lineno = one.end_lineno = mutant.line
            # what was written stays behind it, never run: a generator stays one, and names belong where they did
            if isinstance(node, ast.expr):
                return ast.IfExp(ast.Constant(True), new.value, node)
            return ast.If(ast.Constant(True), [new], [node])
        return super().generic_visit(node)

    def _is_it(self, node: Any) -> bool:
        place = (getattr(node, "lineno", 0), getattr(node, "col_offset", -1))
        return place == (self.mutant.line, self.mutant.column) and ast.unparse(node) == self.mutant.before


def planted(text: str, mutant: Mutant) -> ast.Module:
    """Return the module with the mutant's text written into it.

    Raises:
        AssertionError: its place is not there, or there twice.
    """
    planter = Planter(mutant)
    tree: ast.Module = planter.visit(ast.parse(text))
    assert planter.planted == 1, (mutant, planter.planted)
    return ast.fix_missing_locations(tree)
