"""What the tests of proposers share: a small project, and what a proposer says of it."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.parts import Subject, TestProposer
from aigc_plugins.testgen.scenario import Goals, Scenario
from aigc_plugins.testing import FakeJob


def subject(folder: Path, text: str, files: Mapping[str, str] | None = None, file: str = "shop.py") -> Subject:
    """Return the module `text` of a project in a folder that has these other files, too."""
    for name, content in {file: text, **(files or {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(content))
    path = folder / file
    return analyse(path, path.read_text(), root=folder)


def proposed(proposer: TestProposer, found: Subject, goals: Goals | None = None) -> list[Scenario]:
    """Return what a proposer proposes."""
    return list(proposer.propose(found, goals or Goals(), FakeJob(roots=[found.root])))


def lines(scenarios: list[Scenario]) -> list[str]:
    """Return scenarios as one line each: `target: arrange; act -> expected`."""
    return [
        f"{one.target}: {'; '.join((*one.imports, *one.arrange, one.act))}"
        + (f" -> {one.expected or one.raises}" if one.expected or one.raises else "")
        for one in scenarios
    ]
