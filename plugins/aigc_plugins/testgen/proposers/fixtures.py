"""Proposes calls with the fixtures of the project's tests, where a parameter or a class is called as one of them is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.proposers.acts import Acts, snake
from aigc_plugins.testgen.proposers.known import Known

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Parameter, Scenario, Target

NAME = "fixtures of the project"


class Fixtures(TestProposer):
    """Proposes for each target the call that takes all the fixtures that fit, and one for each of them."""

    name = NAME

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield them in the order of the targets, in the first round; they only run under pytest."""
        available = frozenset(subject.conventions.fixtures)
        if goals.round or not available or subject.conventions.style != "pytest":
            return
        known = Known(subject)
        acts = Acts(known, NAME)
        for target in subject.targets:
            job.check()
            seen: set[Scenario] = set()
            for given, receiver in _fitting(target, known, available):
                fixtures = tuple(sorted({*given.values(), *([receiver] if receiver else [])}))
                found = acts.scenario(target, given, fixtures, receiver)
                if found is not None and found not in seen:
                    seen.add(found)
                    yield found


def _fitting(target: Target, known: Known, available: frozenset[str]) -> Iterator[tuple[dict[str, str], str]]:
    """Yield arguments that are fixtures, and the fixture that is the method's object, empty for none."""
    holder = target.name.rpartition(".")[0]
    given = {one: one for one in _named(target.parameters, available)}
    if target.kind in ("method", "property") and holder in known.classes:
        receiver = snake(holder)
        if receiver in available:
            yield given, receiver
            if given:
                yield {}, receiver
            return
        made = known.lines.constructor(known.classes[holder]) or ()
        given |= {f"self.{one}": one for one in _named(made, available)}
    if given:
        yield given, ""
    if len(given) > 1:
        yield from (({name: value}, "") for name, value in given.items())


def _named(parameters: tuple[Parameter, ...], available: frozenset[str]) -> list[str]:
    return [one.name for one in parameters if one.name in available and not one.star]
