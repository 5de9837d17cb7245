"""A module that is loaded without probes, for tests of what runs scenarios; mutants are other texts of it."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.scenario import Branch, Mutant


class Plain:
    """Looks like a loaded, instrumented module; its mutants replace a text by another in the running code."""

    def __init__(self, text: str, *mutants: tuple[str, str], name: str = "subject_under_test", file: str = "") -> None:
        self.module = types.ModuleType(name)
        self.module.__file__ = file or f"/nowhere/{name}.py"
        sys.modules[name] = self.module
        exec(compile(text, self.module.__file__, "exec"), self.module.__dict__)
        self.branches: tuple[Branch, ...] = ()
        self.mutants = tuple(Mutant(n, "", 1, 0, "text", *pair) for n, pair in enumerate(mutants, 1))
        self._functions = {n: self._other(text, *pair) for n, pair in enumerate(mutants, 1)}
        self._own = {key: one.__code__ for key, one in self._plain(vars(self.module)).items()}
        self.begun: list[int] = []

    def _plain(self, names: dict[str, Any]) -> dict[str, types.FunctionType]:
        return {key: one for key, one in names.items() if isinstance(one, types.FunctionType)}

    def _other(self, text: str, before: str, after: str) -> dict[str, types.CodeType]:
        assert before in text
        names: dict[str, Any] = {"__name__": self.module.__name__}
        exec(compile(text.replace(before, after), str(self.module.__file__), "exec"), names)
        return {key: one.__code__ for key, one in self._plain(names).items()}

    def begin(self, mutant: int = 0) -> None:
        self.begun.append(mutant)
        for key, code in (self._functions[mutant] if mutant else self._own).items():
            vars(self.module)[key].__code__ = code

    def taken(self) -> frozenset[int]:
        return frozenset()

    def reached(self) -> frozenset[int]:
        return frozenset()

    def compared(self) -> list[Any]:
        return []


def executor(folder: Path, text: str, *mutants: tuple[str, str], **options: Any) -> Executor:
    return Executor(Plain(text, *mutants), folder, **options)
