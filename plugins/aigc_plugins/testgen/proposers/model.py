"""Proposers that ask the model: for inputs, many and cheap, and for whole tests. What comes of either is found out by
running it; of the model's assertions nothing is believed.
"""

from __future__ import annotations

import ast
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.proposers.reading import Reader
from aigc_plugins.testgen.wanted import Wanted

if TYPE_CHECKING:
    from aigc_plugins.action import Job, Request
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Scenario, Target

# Requests in one round: a small model on two cores writes some three inputs, or one test, a second.
_MOST_INPUTS, _MOST_TESTS = 40, 12
_TURNS = 4  # in a row: the engine then has the prompt in its cache
_TEMPERATURE = 0.8
_MOST_SOURCE = 2000  # characters of code in a prompt
_MOST_GOALS = 3


class ModelInputs(TestProposer):
    """Asks for calls with different inputs: of functions, classes, class and static methods."""

    name = "model: inputs"
    model = True

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield a scenario for each call that the model writes: one line of each answer, so that many are cheap."""
        reader = Reader(subject, self.name)
        sources = Sources(subject)
        for target, attempt in _asked(subject, goals, _can_be_called, _MOST_INPUTS):
            values = {
                "source": sources.of(target),
                "call": f"{target.name}(",
                "goal": _goal(subject, goals, target, ">>> # "),
            }
            answer = _ask(job, job.prompt("testgen-inputs", values), goals, attempt, lambda text: "\n" in text)
            yield from reader.call(_fitted(_first_call(f"{target.name}({answer}"), target))


class ModelTests(TestProposer):
    """Asks for whole tests: what they arrange and what they call becomes scenarios."""

    name = "model: tests"
    model = True

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield a scenario for each call of a target in the tests that the model writes."""
        reader = Reader(subject, self.name)
        sources = Sources(subject)
        names = sorted({target.name.partition(".")[0] for target in subject.targets})
        for target, attempt in _asked(subject, goals, lambda target: True, _MOST_TESTS):
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
            answer = _ask(job, job.prompt("testgen-tests", values), goals, attempt, _two_tests)
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


def _asked(subject: Subject, goals: Goals, suits: Callable[[Target], bool], most: int) -> Iterator[tuple[Target, int]]:
    """Yield whom to ask about and for which time, later those with most goals first."""
    usable = [target for target in subject.targets if suits(target) and not target.untestable]
    if goals.round:
        wanted = Wanted(subject)
        missing = Counter(
            target.name for function in goals.functions if (target := wanted.target(function)) is not None
        )
        usable = sorted((one for one in usable if missing[one.name]), key=lambda one: (-missing[one.name], one.line))
    yield from [(target, attempt) for target in usable for attempt in range(_TURNS)][:most]


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


def _ask(job: Job, request: Request, goals: Goals, attempt: int, enough: Callable[[str], bool]) -> str:
    """Return an answer, sampled with a seed of its own: the likeliest one says the same again and again."""
    number = 1 + 100 * goals.round + attempt + 10_000 * goals.seed
    return job.ask(replace(request, temperature=_TEMPERATURE, top_p=0.95, seed=number), until=enough)


def _first_call(text: str) -> str:
    """Return a text up to the bracket that closes its first one: what follows is not part of the call."""
    depth, quote, escaped = 0, "", False
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote and not escaped else quote
            escaped = character == "\\" and not escaped
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if not depth:
                return text[: place + 1]
    return text


def _fitted(text: str, target: Target) -> str:
    """Return a call without the arguments that are too many: small models go on with a list once they began one."""
    most = sum(not one.keyword and one.star != "**" for one in target.parameters)
    if any(one.star == "*" for one in target.parameters):
        return text
    try:
        call = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    if isinstance(call, ast.Call) and len(call.args) > most:
        del call.args[most:]
        return ast.unparse(call)
    return text


def _two_tests(answer: str) -> bool:
    """Tell whether a third test begins."""
    return answer.count("\ndef ") > 1
