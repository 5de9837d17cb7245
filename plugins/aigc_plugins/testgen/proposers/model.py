"""Proposers that ask the model: for inputs, many and cheap, and for whole tests. What comes of either is found out by
running it; of the model's assertions nothing is believed.
"""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aigc_plugins.action import sampled
from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.proposers.reading import Reader
from aigc_plugins.testgen.wanted import Wanted

if TYPE_CHECKING:
    from aigc_plugins.action import Job, Request
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Scenario, Target

_MOST_ASKED = 40  # requests in one round: a small model on two cores writes some two answers a second
_MOST_SOURCE = 4000  # characters of code in a prompt
_MOST_GOALS = 3


class ModelInputs(TestProposer):
    """Asks for calls with different inputs: of functions, classes, class and static methods."""

    name = "model: inputs"
    model = True

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield a scenario for each call that the model writes."""
        reader = Reader(subject, self.name)
        sources = Sources(subject)
        for target, attempt in _asked(subject, goals, _can_be_called):
            call = f"{target.name}("
            values = {"source": sources.of(target), "call": call, "goal": _goal(subject, goals, target, ">>> # ")}
            answer = _ask(job, job.prompt("testgen-inputs", values), goals, attempt)
            for line in (call + answer).splitlines():
                yield from reader.call(line.strip().removeprefix(">>>").strip())


class ModelTests(TestProposer):
    """Asks for whole tests: what they arrange and what they call becomes scenarios."""

    name = "model: tests"
    model = True

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield a scenario for each call of a target in the tests that the model writes."""
        reader = Reader(subject, self.name)
        sources = Sources(subject)
        names = sorted({target.name.partition(".")[0] for target in subject.targets})
        for target, attempt in _asked(subject, goals, lambda target: True):
            called = target.name.partition(".")[0]
            about = "_".join(target.name.replace("__", "").lower().split("."))
            imports = f"import pytest\n\nfrom {subject.name} import {called if len(names) > 8 else ', '.join(names)}"
            values = {
                "path": f"{subject.path.parent.name}/{subject.path.name}",
                "file": subject.path.name,
                "source": sources.of(target),
                "imports": imports,
                "name": about,
                "goal": _goal(subject, goals, target, "# "),
            }
            answer = _ask(job, job.prompt("testgen-tests", values), goals, attempt)
            yield from reader.tests(f"def test_{about}{answer}")


class Sources:
    """The code of a subject's targets as the model gets it: a method below the head of its class."""

    def __init__(self, subject: Subject) -> None:
        self._lines = subject.text.splitlines()
        self._targets = {target.name: target for target in subject.all_targets}
        self._tree = ast.parse(subject.text)

    def of(self, target: Target) -> str:
        """Return a target's code, with its class's head and constructor around it, and the helpers that it calls."""
        text = textwrap.dedent("\n".join(self._lines[target.line - 1 : target.end_line]))
        holder = target.name.rpartition(".")[0]
        node = self._class(holder) if holder else None
        if node is not None:
            text = self._head(node, target) + textwrap.indent(text, "    ")
        return text[:_MOST_SOURCE]

    def _class(self, name: str) -> ast.ClassDef | None:
        found = [node for node in ast.walk(self._tree) if isinstance(node, ast.ClassDef)]
        return next((node for node in found if node.name == name.rpartition(".")[2]), None)

    def _head(self, node: ast.ClassDef, target: Target) -> str:
        lines = [self._lines[node.lineno - 1]]
        for one in node.body:
            span = self._lines[one.lineno - 1 : one.end_lineno]
            if isinstance(one, ast.AnnAssign | ast.Assign) and len(span) <= 3:
                lines += span
            elif isinstance(one, ast.FunctionDef) and one.name == "__init__" and target.line != one.lineno:
                lines += [*span[:25], ""]
        return "\n".join(lines) + "\n"


def _can_be_called(target: Target) -> bool:
    return target.kind in ("function", "constructor", "classmethod", "staticmethod")


def _asked(subject: Subject, goals: Goals, suits: Callable[[Target], bool]) -> Iterator[tuple[Target, int]]:
    """Yield whom to ask about and for which time: all targets first, later those with most goals, most often."""
    usable = [target for target in subject.targets if suits(target) and not target.untestable]
    if goals.round == 0:
        turns = [(target, 0) for target in usable]
    else:
        wanted = Wanted(subject)
        missing = Counter(
            target.name
            for goal in (*goals.branches, *goals.mutants)
            if (target := wanted.target(goal.function)) is not None
        )
        usable = sorted((one for one in usable if missing[one.name]), key=lambda one: (-missing[one.name], one.line))
        turns = [(target, attempt) for attempt in range(1, 4) for target in usable]
    yield from turns[:_MOST_ASKED]


def _goal(subject: Subject, goals: Goals, target: Target, mark: str) -> str:
    """Return comments that name conditions which nothing met yet, empty in the first round."""
    if goals.round == 0:
        return ""
    lines = subject.text.splitlines()
    inside = [one for one in goals.branches if target.line <= one.line <= target.end_line and one.way != "entered"]
    texts = dict.fromkeys(
        f"{mark}{'not ' if one.way in ('false', 'no loop') else ''}when: {lines[one.line - 1].strip().rstrip(':')}\n"
        for one in inside
    )
    return "".join(list(texts)[:_MOST_GOALS])


def _ask(job: Job, request: Request, goals: Goals, attempt: int) -> str:
    """Return an answer: the likeliest in the first round, later ones sampled, each with a seed of its own."""
    number = 10 * goals.round + attempt
    return job.ask(sampled(request, number + goals.seed if number else 0), until=_enough)


def _enough(answer: str) -> bool:
    """Tell whether the model repeats itself."""
    lines = [line for line in answer.splitlines()[:-1] if line.strip()]
    return len(lines) >= 4 and len(set(lines[-4:])) == 1
