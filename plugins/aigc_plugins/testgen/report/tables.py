"""A report as rows and lines of text. Colours and columns on a screen are the host's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.testgen.report.base import model_part, percent, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.testgen.parts import Figures
    from aigc_plugins.testgen.report.base import Entry, Report

NUMBERS = ("tests", "lines", "branches", "mutants", "from model", "seconds")
_MOST_NAMED = 2  # modules that are named with the same note
_WORDS = {
    "tests": "",
    "complete": "the existing tests already reach all",
    "nothing": "nothing could be offered",
    "failed": "failed",
    "skipped": "not begun",
}


def summary(report: Report) -> tuple[list[str], list[list[str]]]:
    """Return the table of modules: its columns, and its rows; of several modules the last one is the total."""
    columns = ["module", "tests", "lines", "branches", "mutants"]
    if report.model:
        columns.append("from model")
    columns.append("seconds")
    table = [_row(report, one) for one in report.entries]
    if len(report.generated) > 1:
        parts = [model_part(one, report.model_proposers) for one in report.generated]
        part = (sum(one[0] for one in parts), sum(one[1] for one in parts))
        tests = sum(rows(one) for one in report.generated)
        table.append(_cells(report, "all", tests, (report.before, report.after), part, report.seconds))
    return columns, table


def bugs(report: Report) -> list[str]:
    """Return the possible bugs, each as a block of lines: where, the call, what is promised and what happens."""
    return [
        f"{entry.path}:{one.line}: {one.call}\n    promised: {one.promised}\n    observed: {one.observed}"
        for entry in report.entries
        if entry.generated is not None
        for one in entry.generated.suspicions
    ]


def notes(report: Report) -> list[str]:
    """Return what else there is to say of each module: why there are no tests, what cannot be tested, what ended."""
    found: dict[str, list[str]] = {}
    for entry in report.entries:
        for text in notes_of(entry):
            found.setdefault(text, []).append(entry.path)
    shared = {text for text, paths in found.items() if len(paths) > _MOST_NAMED}
    own = [f"{entry.path}: {text}" for entry in report.entries for text in notes_of(entry) if text not in shared]
    return [*own, *(f"{len(paths)} modules: {text}" for text, paths in found.items() if text in shared)]


def arrow(before: tuple[int, int], after: tuple[int, int]) -> str:
    """Return what a figure was and is, in percent."""
    was, now = percent(before), percent(after)
    if now == "–":
        return "–"
    return f"{now} %" if was in (now, "–") else f"{was} → {now} %"


def notes_of(entry: Entry) -> Iterator[str]:
    """Yield what there is to say of one module."""
    status, generated = entry.status, entry.generated
    if entry.reason:
        yield entry.reason
    elif _WORDS[status]:
        yield f"{_WORDS[status]}."
    if generated is not None:
        yield from generated.notes
        if not generated.complete and (generated.tests or not generated.notes):  # else the notes say why
            yield "the search ended before it was done; more time (--seconds) may find more."


def _row(report: Report, entry: Entry) -> list[str]:
    one = entry.generated
    if one is None:
        empty = [""] * (5 if report.model else 4)
        return [entry.path, {"failed": "failed", "skipped": "–"}.get(entry.status, "0"), *empty]
    part = model_part(one, report.model_proposers)
    return _cells(report, entry.path, rows(one), (one.before, one.after), part, one.seconds)


def _cells(
    report: Report, name: str, tests: int, figures: tuple[Figures, Figures], part: tuple[int, int], seconds: float
) -> list[str]:
    before, after = figures
    cells = [name, str(tests), arrow(before.lines, after.lines), arrow(before.arcs, after.arcs)]
    cells.append(arrow(before.mutants, after.mutants))
    if report.model:
        cells.append(f"{part[0]} of {part[1]}")
    return [*cells, f"{seconds:.1f}"]
