"""Writes test files: names, tables of rows, imports, and what an existing file holds stays as it is.

Nothing runs here. `write` gives a whole file's text; whether its tests pass is for `checking` to find out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from aigc_plugins.testgen.parts import Subject, Written
from aigc_plugins.testgen.scenario import Recorded
from aigc_plugins.testgen.writing.files import file_of
from aigc_plugins.testgen.writing.planning import kept, planned

__all__ = ["without", "write"]


def write(subject: Subject, recorded: Sequence[Recorded]) -> Written:
    """Return the subject's test file with tests for what was recorded.

    Scenarios that are no code are left out, and those that a test in the file has already.

    Raises:
        WithheldError: the existing file cannot be parsed.
    """
    return file_of(subject, planned(subject, recorded))


def without(written: Written, subject: Subject, dropped: Collection[tuple[str, int]]) -> Written:
    """Return the file again without some rows, each given by its test's name and its place there.

    All other tests keep their names.

    Raises:
        WithheldError: the existing file cannot be parsed.
    """
    return file_of(subject, kept(subject, written, frozenset(dropped)))
