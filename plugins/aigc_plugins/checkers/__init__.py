"""Type checkers and linters by which tasks find and verify: which there are, and which answers to whose diagnostics.

Each runs on a scratch copy, through the job of the task; files of the workspace are read, never written.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aigc_plugins.api import WithheldError
from aigc_plugins.checkers.base import Checker, missing
from aigc_plugins.checkers.compare import appeared, is_gone, matching, normal_code

if TYPE_CHECKING:
    from aigc_plugins.api import Diagnostic, Job
    from aigc_plugins.document import Snapshot

__all__ = [
    "Checker",
    "appeared",
    "checker_for",
    "checkers",
    "diagnostics_for",
    "is_gone",
    "matching",
    "missing",
    "normal_code",
    "type_checker",
]


@cache
def checkers() -> tuple[Checker, ...]:
    """Return all checkers that are known, whether they are installed or not, the first choice first."""
    from aigc_plugins.checkers.mypy import Mypy
    from aigc_plugins.checkers.pyright import Pyright
    from aigc_plugins.checkers.ruff import Ruff
    from aigc_plugins.checkers.tsc import Tsc

    return Mypy(), Pyright("basedpyright", ("basedpyright",)), Pyright(), Ruff(), Tsc()


def checker_for(diagnostic: Diagnostic, language: str) -> Checker | None:
    """Return the checker that a diagnostic of some language server comes from, None where it is unknown."""
    source = diagnostic.source.lower().strip()
    for checker in checkers():
        if source in checker.sources and language in checker.languages:
            return checker
    return None


def type_checker(snapshot: Snapshot, job: Job) -> Checker:
    """Return the type checker for a document that is there.

    Raises:
        WithheldError: there is none; the text says what to install.
    """
    language = snapshot.language.name if snapshot.language is not None else ""
    known = [checker for checker in checkers() if checker.types and language in checker.languages]
    for checker in known:
        if checker.command(snapshot, job) is not None:
            return checker
    if not known:
        raise WithheldError(f"No type checker is known for {snapshot.language_id}.")
    raise missing(known[0])


def diagnostics_for(snapshot: Snapshot, job: Job) -> list[Diagnostic]:
    """Return what all checkers that are there report of a document, in its order: for where no editor shows them.

    Raises:
        WithheldError: there is none for its language, or none could do it.
    """
    language = snapshot.language.name if snapshot.language is not None else ""
    known = [checker for checker in checkers() if language in checker.languages]
    there = [checker for checker in known if checker.command(snapshot, job) is not None]
    if not there:
        raise missing(known[0]) if known else WithheldError(f"No checker is known for {snapshot.language_id}.")
    found: list[Diagnostic] = []
    reason: WithheldError | None = None
    done = False
    for checker in there:
        try:
            found += checker.check(snapshot, snapshot.text, job)
            done = True
        except WithheldError as error:
            reason = error
    if not done and reason is not None:
        raise reason
    return sorted(found, key=lambda one: (one.start, one.severity))
