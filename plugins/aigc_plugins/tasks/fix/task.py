"""Fix a diagnostic: by program where one can, else by a model; offered only if its own checker is content then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask, Change, Edit, Place, WithheldError, applied
from aigc_plugins.checkers import appeared, checker_for, is_gone, matching
from aigc_plugins.checkers.ruff import Ruff
from aigc_plugins.tasks.fix.candidate import Problem, breaks_syntax, renewed
from aigc_plugins.tasks.fix.exact import exact_candidates, is_exact
from aigc_plugins.tasks.fix.rewrite import model_candidates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.action import Cost
    from aigc_plugins.api import Diagnostic, Job
    from aigc_plugins.checkers import Checker
    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.fix.candidate import Candidate

_MOST_RUNS = 14  # of a checker, for one diagnostic
_MOST_DIAGNOSTICS = 8
_TITLE = 60


class FixTask(ActionTask):
    """Repairs what checkers report at a place."""

    name = "fix"
    title = "Fix a diagnostic"
    kind = "quickfix.aigc"
    languages = ("python", "typescript", "tsx", "javascript")
    model = True
    cost: Cost = "seconds"
    verified = "the checker of the diagnostic no longer reports it, and nothing new"

    def applies(self, place: Place) -> bool | str:
        """Tell whether a diagnostic at the place is from a checker that is known."""
        known = _known(place)
        if not known:
            return False
        message = " ".join(known[0].message.split())
        cut = message if len(message) <= _TITLE else message[: _TITLE - 1].rstrip() + "…"
        more = f" (and {len(known) - 1} more)" if len(known) > 1 else ""
        return f"{'Fix' if is_exact(known[0]) else 'Fix with AI'}: {cut}{more}"

    def run(self, place: Place, job: Job) -> Change:
        """Repair one diagnostic after the other; what cannot be repaired stays."""
        snapshot = place.snapshot
        known = _known(place)[:_MOST_DIAGNOSTICS]
        if not known:
            raise WithheldError("There is no diagnostic here from a checker that is known (mypy, Pyright, Ruff, tsc).")
        done: list[tuple[Candidate, str]] = []
        reason: WithheldError | None = None
        for one in known:
            try:
                candidate, checker, text = _repaired(snapshot, one, place.snapshot, job)
            except WithheldError as error:
                reason = reason or error
                continue
            if candidate is not None:
                done.append((candidate, checker))
                snapshot = renewed(snapshot, text)
        if not done:
            raise reason or WithheldError("The diagnostics are gone already.")
        note = "; ".join(candidate.what for candidate, _ in done)
        names = " and ".join(dict.fromkeys(checker for _, checker in done))
        left = f" Not repaired: {reason}" if reason is not None else ""
        return Change(
            _difference(place.snapshot.text, snapshot.text),
            note=f"{note[:1].upper()}{note[1:]}. {names} no longer reports it, and nothing new.{left}",
            confirm=any(candidate.confirm for candidate, _ in done),
        )


def _known(place: Place) -> list[Diagnostic]:
    """Return the diagnostics at a place that a known checker answers for, the worst first."""
    found = [one for one in place.diagnostics if checker_for(one, place.language) is not None]
    return sorted(found, key=lambda one: one.severity)


def _repaired(snapshot: Snapshot, shown: Diagnostic, original: Snapshot, job: Job) -> tuple[Candidate | None, str, str]:
    """Return a repair, the name of the checker that took it, and the text; no repair where there is nothing to do.

    Raises:
        WithheldError: none holds, or the checker is not there.
    """
    language = snapshot.language.name if snapshot.language is not None else ""
    checker = checker_for(shown, language)
    if checker is None:
        raise WithheldError(f"No checker is known for {shown.source or 'a diagnostic without a source'}.")
    job.report(f"{checker.name} checks the file")
    before, target, codes = _before(checker, snapshot, shown, original, job)
    if target is None:
        if snapshot is not original:
            return None, checker.name, snapshot.text  # an earlier repair did it
        raise WithheldError(f"{checker.name} does not report this for the file as it is: {shown.message[:200]}")
    problem = Problem(snapshot, target)
    runs = 0
    for candidate in _candidates(problem, job):
        text = applied(snapshot.text, candidate.edits)
        if snapshot.text[:1] not in ("\n", "\r"):  # the first imports are gone: no gap in their place
            text = text.lstrip("\r\n")
        if text == snapshot.text or breaks_syntax(snapshot, renewed(snapshot, text)):
            continue
        runs += 1
        after = checker.check(snapshot, text, job, codes=codes)
        if isinstance(checker, Ruff) and {one.code for one in appeared(before, after)} == {"I001"}:
            text = _with_sorted_imports(checker, snapshot, text, job)
            after = checker.check(snapshot, text, job, codes=codes)
        if is_gone(target, before, after) and not appeared(before, after):
            return candidate, checker.name, text
        if runs >= _MOST_RUNS:
            break
    raise WithheldError(f"No repair holds: {checker.name} still reports “{target.message[:120]}”, or something new.")


def _with_sorted_imports(ruff: Ruff, snapshot: Snapshot, text: str, job: Job) -> str:
    for repair in ruff.repairs(snapshot, text, job, ["I001"])[:1]:
        text = applied(text, repair.edits)
    return text


def _before(
    checker: Checker, snapshot: Snapshot, shown: Diagnostic, original: Snapshot, job: Job
) -> tuple[list[Diagnostic], Diagnostic | None, tuple[str, ...]]:
    """Return what the checker reports now, the diagnostic among it, and the rules to be asked for from then on.

    The editor's checker may have been told to be stricter than the project's settings say.
    """
    extra = ("F821",) if checker.name == "Ruff" else ()  # names that a repair would invent
    for codes in (extra, (*extra, shown.code)):
        reports = checker.check(snapshot, snapshot.text, job, codes=codes)
        found = _found(shown, snapshot, original, reports)
        if found is not None:
            break
    return reports, found, codes


def _found(shown: Diagnostic, snapshot: Snapshot, original: Snapshot, reports: list[Diagnostic]) -> Diagnostic | None:
    if snapshot is original:
        return matching(shown, snapshot.text, reports)
    # The text has moved by an earlier repair: by rule and message alone.
    same = [one for one in reports if one.message == shown.message and one.code == shown.code]
    return min(same, key=lambda one: abs(one.start - shown.start), default=None)


def _candidates(problem: Problem, job: Job) -> Iterator[Candidate]:
    yield from exact_candidates(problem, job)
    yield from model_candidates(problem, job)


def _difference(before: str, after: str) -> tuple[Edit, ...]:
    """Return the one edit between two texts, without what they share at both ends."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return (Edit(start, len(before) - end, after[start : len(after) - end]),)
