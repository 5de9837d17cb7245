"""Turns the source of scenarios into code, once each; what the code does is for whoever runs it.

What arranges becomes a function, as it will be in the test: what it assigns is local, what it defines is nested.
"""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Sequence
from typing import Any

from aigc_plugins.testgen.scenario import Scenario

_MOST = 4096
TMP_PATH = "tmp_path"


class BadScenarioError(Exception):
    """A scenario whose text is no Python, or cannot stand in a test; the message says why."""


class Compiled:
    """The code of a scenario. `arrange` is None where nothing is arranged, else a function's; it takes `given` by
    name and returns its local variables. `imports` are codes with their texts."""

    __slots__ = ("act", "arrange", "given", "imports", "uses_pytest", "uses_tmp_path")

    def __init__(self, scenario: Scenario, given: Sequence[str] = (), name: str = "test_it") -> None:
        texts = (*scenario.arrange, scenario.act)
        self.uses_tmp_path = any(TMP_PATH in one for one in texts)
        self.uses_pytest = any("pytest" in one for one in texts)
        self.given = (*given, TMP_PATH) if self.uses_tmp_path and TMP_PATH not in given else tuple(given)
        try:
            self.imports = tuple((one, compile(one, "<import>", "exec", dont_inherit=True)) for one in scenario.imports)
            self.act = compile(scenario.act, "<act>", "eval", dont_inherit=True)
            self.arrange = _function("\n".join(scenario.arrange), self.given, name) if scenario.arrange else None
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise BadScenarioError(f"{type(error).__name__}: {error}") from None
        if self.act.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
            raise BadScenarioError("the act cannot stand in a plain function")


def _function(text: str, given: Sequence[str], name: str) -> types.CodeType:
    """Return the code of a function with these statements."""
    body = ast.parse(text).body
    for one in body:
        if isinstance(one, ast.Return):
            raise ValueError("a test returns nothing")
    tree = ast.parse(f"def {name}({', '.join(given)}):\n    return locals()")
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101
    function.body[:0] = body
    module = compile(tree, "<arrange>", "exec", dont_inherit=True)
    code: types.CodeType = next(one for one in module.co_consts if isinstance(one, types.CodeType))
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE):
        raise ValueError("a test is a plain function")
    return code


class Compiler:
    """Compiles scenarios and keeps the code of the last ones; keeps what their imports bound, too."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Compiled | BadScenarioError] = {}
        self._imported: dict[str, dict[str, Any]] = {}

    def code(self, scenario: Scenario, given: Sequence[str] = ()) -> Compiled:
        """Return a scenario's code.

        Raises:
            BadScenarioError: it has none.
        """
        key = (scenario.act, scenario.arrange, scenario.imports, *given)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            try:
                found = Compiled(scenario, given)
            except BadScenarioError as error:
                found = error
            self._known[key] = found
        if isinstance(found, BadScenarioError):
            raise found.with_traceback(None)
        return found

    def imported(self, compiled: Compiled) -> dict[str, Any]:
        """Return the names that a scenario's imports bind. Raises whatever an import raises."""
        names: dict[str, Any] = {}
        for text, code in compiled.imports:
            bound = self._imported.get(text)
            if bound is None:
                bound = {}
                exec(code, bound)  # noqa: S102
                del bound["__builtins__"]
                self._imported[text] = bound
            names.update(bound)
        return names
