"""Loads a module's text and what a search of it needs."""

from __future__ import annotations

import ast
import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from aigc_plugins.testgen.analysis.targets import Targets
from aigc_plugins.testgen.inside.archive import Archive
from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.inside.explore import Budget, Found, Search
from aigc_plugins.testgen.inside.generate import Generator, Knowledge
from aigc_plugins.testgen.inside.loaded import Loaded, load
from aigc_plugins.testgen.scenario import Scenario, Target

_NUMBERS = itertools.count()


@dataclass
class Searched:
    """A loaded module, and what searches of it share."""

    loaded: Loaded
    executor: Executor
    knowledge: Knowledge
    archive: Archive

    def target(self, name: str) -> Target:
        return next(one for one in self.knowledge.targets if one.name == name)

    def generator(self, name: str, seed: int = 0) -> Generator:
        import random

        return self.knowledge.generator(self.target(name), random.Random(seed))

    def search(self, name: str, executions: int = 1500, seeds: tuple[Scenario, ...] = ()) -> Found:
        self.loaded.watch_comparisons = True
        budget = Budget(executions, time.monotonic() + 60)
        search = Search(self.executor, self.knowledge, self.target(name), self.archive, "0", budget)
        return search.branches(list(seeds), 600)

    def missing(self) -> list[str]:
        missing = self.archive.missing(one.number for one in self.loaded.branches)
        return [f"{one.function} {one.line} {one.way}" for one in self.loaded.branches if one.number in missing]


@contextmanager
def searched(text: str, folder: Path) -> Iterator[Searched]:
    """Give a module that is forgotten afterwards."""
    text = dedent(text)
    name = f"searched_{next(_NUMBERS)}"
    (folder / f"{name}.py").write_text(text)
    finders, path = list(sys.meta_path), list(sys.path)
    try:
        loaded = load(text, name, str(folder / f"{name}.py"), [str(folder)])
        loaded.most_rounds = 5000
        work = folder / "work"
        work.mkdir(exist_ok=True)
        targets = [one.target for one in Targets(ast.parse(text)).found()]
        knowledge = Knowledge(loaded.module, text, targets)
        knowledge.prepare()
        archive = Archive(loaded.branches, {one.number for one in loaded.mutants})
        yield Searched(loaded, Executor(loaded, work, 1.0), knowledge, archive)
    finally:
        sys.meta_path[:], sys.path[:] = finders, path
        sys.modules.pop(name, None)
