"""Has a model write the statement or the function with a mistake once more, and keeps what still is the same one.

Small models copy with a change far better than they plan one: the smallest statement comes first.
"""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from aigc_plugins.api import Edit, applied, sampled
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.fix.candidate import Candidate, breaks_syntax, renewed, silences
from aigc_plugins.tasks.functions import definition_at, definitions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.api import Job
    from aigc_plugins.tasks.fix.candidate import Problem

_BLOCKS = frozenset(
    ("module", "block", "program", "statement_block", "class_body", "switch_body", "source_file", "interface_body")
)
_LONGEST = 60  # lines of what is written anew
_CONTEXT = 40  # lines that the model sees around it
_ALIKE = 0.5  # how much of what stood there has to be there again, in its order
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Unit:
    """What is written anew: [start, end) of the text, the indentation before it, the name where it is a function."""

    start: int
    end: int
    indent: str
    name: str = ""


def model_candidates(problem: Problem, job: Job) -> Iterator[Candidate]:
    """Yield what the model writes, as far as it is a repair by its looks."""
    seen = set()
    for unit, attempts in _units(problem):
        for attempt in range(attempts):
            job.report(f"asking for a repair of: {problem.diagnostic.message[:60]}")
            text = _written(unit, problem, job, attempt)
            if text is None or (unit.start, text) in seen:
                continue
            seen.add((unit.start, text))
            candidate = Candidate(
                (Edit(unit.start, unit.end, text),), "written by the model", by_model=True, confirm=True
            )
            if _keeps(unit, text, problem):
                yield candidate


def _units(problem: Problem) -> list[tuple[Unit, int]]:
    """Return the smallest statement and the function around a diagnostic, and how often each is asked for."""
    tree, text, at = problem.snapshot.tree, problem.snapshot.text, problem.diagnostic.start
    if tree is None:
        return []
    found: list[tuple[Unit, int]] = []
    for node in ancestors(tree.node_at(at, max(problem.diagnostic.end, at))):
        if node.parent is not None and node.parent.type in _BLOCKS and node.is_named:
            found.append((_unit(tree.offset_of(node.start_byte), tree.offset_of(node.end_byte), text), 3))
            break
    function = definition_at(problem.snapshot, at, at)
    if function is not None:
        unit = _unit(function.start, function.end, text, function.name)
        if not found or (unit.start, unit.end) != (found[0][0].start, found[0][0].end):
            found.append((unit, 2))
        else:
            found = [(unit, 3)]
    return [(unit, times) for unit, times in found if text.count("\n", unit.start, unit.end) < _LONGEST]


def _unit(start: int, end: int, text: str, name: str = "") -> Unit:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return Unit(start, end, line if not line.strip() else "", name)


def _written(unit: Unit, problem: Problem, job: Job, attempt: int) -> str | None:
    text, language = problem.snapshot.text, problem.snapshot.language
    wrong = textwrap.dedent(unit.indent + text[unit.start : unit.end]).replace("\r\n", "\n")
    # A function keeps its name: its header is given.
    named = re.search(rf"(?<![\w$]){re.escape(unit.name)}(?![\w$])", wrong) if unit.name else None
    start = wrong[: named.end()] if named is not None else ""
    values = {
        "comment": language.line_comment if language is not None else "#",
        "title": language.title if language is not None else "",
        "message": " ".join(problem.diagnostic.message.split())[:400],
        "code": _around(unit, text).replace("\r\n", "\n"),
        "wrong": wrong,
        "start": start,
    }
    complete = _Complete(wrong, start, values["comment"])
    answer = job.ask(sampled(job.prompt("fix", values), attempt), until=complete)
    return _fitted(complete.cut(answer), unit)


class _Complete:
    """Tells where an answer ends: at a line that starts a comment or something new, or when it is far too long."""

    def __init__(self, wrong: str, start: str, comment: str) -> None:
        self._start, self._comment = start, comment
        self._lines, self._chars = wrong.count("\n") + 1, len(wrong)
        self._flat = sum(1 for line in wrong.splitlines() if line[:1].strip())
        self._own = sum(1 for line in wrong.splitlines() if line.startswith(comment)) if comment else 0

    def __call__(self, answer: str) -> bool:
        if len(answer) > 3 * self._chars + 400:
            return True
        lines = (self._start + answer).split("\n")
        return len(self._kept(lines)) < len(lines) - 1 or len(lines) > 2 * self._lines + 8

    def cut(self, answer: str) -> str:
        """Return the part of an answer that is meant."""
        return "\n".join(self._kept((self._start + answer).split("\n"))).rstrip()

    def _kept(self, lines: list[str]) -> list[str]:
        kept: list[str] = []
        flat = own = 0
        for line in lines:
            if line.startswith("```"):
                break
            own += bool(self._comment) and line.startswith(self._comment)
            flat += bool(line[:1].strip())
            if own > self._own or flat > max(self._flat, 1):
                break
            kept.append(line)
        return kept


def _fitted(answer: str, unit: Unit) -> str | None:
    lines = textwrap.dedent(answer).strip("\n").split("\n")
    text = "\n".join([lines[0], *(unit.indent + line if line.strip() else "" for line in lines[1:])])
    return text.strip() or None


def _around(unit: Unit, text: str) -> str:
    lines = text.split("\n")
    first = text.count("\n", 0, unit.start)
    return textwrap.dedent("\n".join(lines[max(first - _CONTEXT, 0) : first])).strip("\n")


def _keeps(unit: Unit, new: str, problem: Problem) -> bool:
    """Tell whether a text still is what stood there: nothing lost that the diagnostic does not name, nothing silenced,
    no other names defined, no other signature unless that is what is wrong."""
    snapshot = problem.snapshot
    old = snapshot.text[unit.start : unit.end]
    if new == old or silences(old, new) or new.count("...") > old.count("..."):
        return False
    before, now = _WORD.findall(old), _WORD.findall(new)
    if unit.name and not _is_small(old, new):
        return False
    if not _is_alike(before, now) or _lost(before, now) - set(_WORD.findall(problem.diagnostic.message)):
        return False
    after = renewed(snapshot, applied(snapshot.text, (Edit(unit.start, unit.end, new),)))
    if breaks_syntax(snapshot, after):
        return False
    was, now_is = definitions(snapshot), definitions(after)
    if [one.name for one in was] != [one.name for one in now_is]:
        return False
    at = problem.diagnostic.start
    return all(
        one.header.split() == other.header.split()
        for one, other in zip(was, now_is, strict=True)
        if unit.start <= one.start < unit.end and not one.start <= at < one.body_start
    )


def _lost(old: list[str], new: list[str]) -> set[str]:
    """Return the words that are there less often than before."""
    return {word for word in Counter(old) - Counter(new) if word[0].isalpha() or word[0] == "_"}


def _is_alike(old: list[str], new: list[str]) -> bool:
    """Tell whether most of what stood there is there again, in its order, and not much more."""
    same = sum(block.size for block in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
    return same >= _ALIKE * len(old) and len(new) <= 2 * len(old) + 12


def _is_small(old: str, new: str) -> bool:
    """Tell whether a function has but a line or two that it had not: more than that is a guess at its purpose."""
    was, now = ([line.strip() for line in text.splitlines() if line.strip()] for text in (old, new))
    return sum((Counter(now) - Counter(was)).values()) <= max(2, len(was) // 6)
