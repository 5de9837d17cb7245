"""Rewrites one Python function: Ruff's repairs first, then the model; nothing is offered that behaves differently."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.api import Change, Edit, WithheldError
from aigc_plugins.behaviour import Behaviour, rewritten
from aigc_plugins.behaviour.naming import qualified
from aigc_plugins.sandbox import which_rung
from aigc_plugins.tasks.rewrite import checks, fixes
from aigc_plugins.tasks.rewrite.model import Author

if TYPE_CHECKING:
    from aigc_plugins.api import Job, Place
    from aigc_plugins.behaviour import Verdict
    from aigc_plugins.tasks.functions import Definition

_LEAST_SPEED = 1.1
_ATTEMPTS = 3
_MOST_RULES = 6


@dataclass(frozen=True, slots=True)
class Goal:
    """What a rewritten function shall be better at: `verb` says it, `rules` are Ruff's for it.

    `smaller`: it must not get larger. `faster`: it must be measurably faster. `model`: whether the model may try where
    Ruff has nothing (`always`), or only where Ruff reports something that it cannot repair (`reported`).
    """

    name: str
    verb: str
    rules: tuple[str, ...]
    smaller: bool = False
    faster: bool = False
    model: str = "always"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A whole file with another version of the function, and who made it."""

    text: str
    author: str


def rewrite(goal: Goal, place: Place, definition: Definition, job: Job) -> Change:
    """Return the change that makes one function better.

    Raises:
        WithheldError: nothing better was found, or it cannot be told whether it behaves the same.
        SandboxUnavailableError: code cannot be run safely on this machine.
    """
    which_rung()
    path = qualified(definition)
    if path is None:
        raise WithheldError(
            "A function within another function cannot be called alone, so that nothing can be checked."
        )
    refused: list[str] = []
    with Behaviour(place.snapshot, definition, job) as behaviour:
        for candidate in _candidates(goal, place, definition, job, refused):
            reason = checks.problem(place.snapshot.text, candidate.text, path)
            if goal.smaller and not reason and _larger(place.snapshot.text, candidate.text, path):
                reason = "it got larger"
            if not reason and behaviour.withheld:
                raise WithheldError(behaviour.withheld)
            if not reason:
                verdict = behaviour.verdict(candidate.text, timed=goal.faster)
                reason = _reason(goal, verdict)
                if not reason:
                    return _change(place.snapshot.text, candidate, _note(goal, candidate, verdict))
            refused.append(f"{candidate.author}: {reason}")
    if not refused:
        raise WithheldError(f"There is nothing to {goal.verb} in {definition.name}.")
    reasons = " ".join(f"{one[:1].upper()}{one[1:].rstrip('.')}." for one in dict.fromkeys(refused))
    raise WithheldError(f"No version of {definition.name} could be offered. {reasons}")


def _candidates(goal: Goal, place: Place, definition: Definition, job: Job, refused: list[str]) -> Iterator[Candidate]:
    """Yield versions, the surest first; those that came from single rules only when all rules together were refused."""
    snapshot = place.snapshot
    line = snapshot.text.rfind("\n", 0, definition.body_start) + 1  # repairs take whole lines
    span = (line if line > definition.start else definition.body_start, definition.end)
    job.report(f"Looking for what Ruff can {goal.verb}")
    all_rules = fixes.fixed(snapshot, span, goal.rules, job)
    if all_rules is not None and all_rules.codes:
        yield Candidate(all_rules.text, f"Ruff ({', '.join(sorted(all_rules.codes))})")
        for code in sorted(all_rules.codes)[:_MOST_RULES] if len(all_rules.codes) > 1 else ():
            one = fixes.fixed(snapshot, span, (code,), job)
            if one is not None and one.codes:
                yield Candidate(one.text, f"Ruff ({code})")
    reports = fixes.codes_in(snapshot, snapshot.text, span, goal.rules, job) if goal.model == "reported" else []
    if goal.model == "reported" and not reports:
        return
    author = Author(definition, goal.name, job)
    seen = set()
    for attempt in range(_ATTEMPTS):
        job.report("Asking the model for another version")
        try:
            version = author.version(attempt)
        except WithheldError as error:
            refused.append(str(error))
            continue
        text = rewritten(snapshot, definition, version)
        if text in seen:
            continue
        seen.add(text)
        if reports:
            end = definition.end + len(text) - len(snapshot.text)
            if len(fixes.codes_in(snapshot, text, (span[0], end), goal.rules, job)) >= len(reports):
                refused.append("the model: nothing that Ruff reports is gone")
                continue
        yield Candidate(text, "the model")


def _larger(before: str, after: str, path: list[str]) -> bool:
    with suppress(SyntaxError, ValueError):
        return checks.nodes(after, path) > checks.nodes(before, path)
    return True


def _reason(goal: Goal, verdict: Verdict) -> str:
    if verdict.kind != "same":
        return verdict.how
    if goal.faster and (verdict.speed is None or verdict.speed < _LEAST_SPEED):
        return "it is not faster" if verdict.speed is not None else "its speed could not be measured"
    return ""


def _note(goal: Goal, candidate: Candidate, verdict: Verdict) -> str:
    speed = f" It is {verdict.speed:.1f} times as fast on the same inputs." if goal.faster and verdict.speed else ""
    return f"Written by {candidate.author}.{speed} Checked: {verdict.how}."


def _change(before: str, candidate: Candidate, note: str) -> Change:
    after = candidate.text
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return Change((Edit(start, len(before) - end, after[start : len(after) - end]),), note=note)
