"""What a test file reaches: which tests pass, the lines and arcs they take, and the mutants that make them fail."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.checking.existing import test_files
from aigc_plugins.testgen.checking.run import Orders, Ran, inside, run
from aigc_plugins.testgen.parts import Checked, TestResult

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject, Written

Row = tuple[str, int]
_TEST_S, _EXISTING_TEST_S = 5.0, 10.0
_LEAST_S = 1.0


def check(
    subject: Subject,
    copy: Path,
    written: Written,
    *,
    mutants: bool = True,
    every: bool = False,
    seconds: float,
    cancelled: Callable[[], object],
) -> Checked:
    """Run the new tests of a written file, and measure them; with `mutants`, try each mutant that they reach.

    A mutant is tried until a test fails, and each test until a mutant makes it fail; with `every`, each test with each
    mutant that it reaches, which takes several times as long. The file stays in the copy. `seconds` is a backstop;
    mutants that it leaves out are noted.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
        CancelledError: `cancelled` said so.
    """
    file = put(subject, copy, written)
    names = tuple(test.name for test in written.tests)
    likely = tuple(
        (test.name, number, tuple(sorted(row.kills))) for test in written.tests for number, row in enumerate(test.rows)
    )
    orders = Orders((file,), names, cover=True, first=not every, each=True, likely=likely, test_s=_TEST_S)
    return _measured(subject, copy, orders, mutants=mutants, seconds=seconds, cancelled=cancelled)


def baseline(subject: Subject, copy: Path, *, seconds: float, cancelled: Callable[[], object]) -> Checked:
    """Return the same figures for the tests that the project has for the module; empty where it has none.

    Tests that fail are in the results, and reach nothing. Of each mutant, the first test that kills it is told.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
        CancelledError: `cancelled` said so.
    """
    files = test_files(subject, copy)
    if not files:
        return Checked()
    orders = Orders(files, None, cover=True, first=True, test_s=_EXISTING_TEST_S, folder=str(copy.resolve()))
    return _measured(subject, copy, orders, mutants=True, seconds=seconds, cancelled=cancelled)


def put(subject: Subject, copy: Path, written: Written) -> Path:
    """Write a test file into the copy and return where it is."""
    file = inside(subject, copy, subject.conventions.file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(written.text, "utf-8", errors="surrogatepass", newline="")
    return file


def _measured(
    subject: Subject, copy: Path, orders: Orders, *, mutants: bool, seconds: float, cancelled: Callable[[], object]
) -> Checked:
    until = time.monotonic() + seconds
    ran = run(subject, copy, orders, seconds=seconds, cancelled=cancelled)
    results = _results(ran)
    passing = [row for row, result in results.items() if result["passed"]]
    traced = Ran()
    if mutants and passing:
        left = max(until - time.monotonic(), _LEAST_S)
        again = replace(orders, names=_names(passing), cover=False, instrument=True, mutants_s=left)
        traced = run(subject, copy, again, seconds=left + orders.test_s, cancelled=cancelled)
    return _checked(ran, results, traced)


def _names(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name, _ in rows))


def _results(ran: Ran) -> dict[Row, dict[str, Any]]:
    """Return what came of each row; a row that a fixture repeats passes if all of its tests do."""
    results: dict[Row, dict[str, Any]] = {}
    for index, row in ran.rows.items():
        result = ran.results.get(index, {"passed": False, "message": "it was not run"})
        before = results.get(row)
        results[row] = result if before is None or before["passed"] else before
    return results


def _checked(ran: Ran, results: dict[Row, dict[str, Any]], traced: Ran) -> Checked:
    branches: dict[Row, set[int]] = {}
    kills: dict[Row, set[int]] = {}
    for index, row in traced.rows.items():
        result = traced.results.get(index, {})
        if result.get("passed"):
            branches.setdefault(row, set()).update(result.get("branches", ()))
    for number, failed in traced.mutants.items():
        for index in failed:
            kills.setdefault(traced.rows[index], set()).add(number)
    made = {
        row: TestResult(
            result["passed"],
            result["message"],
            frozenset(branches.get(row, ())) if result["passed"] else frozenset(),
            frozenset(kills.get(row, ())) if result["passed"] else frozenset(),
        )
        for row, result in sorted(results.items())
    }
    figures = ran.figures or {}
    covered = frozenset(figures.get("executed_lines", ()))
    taken = _pairs(figures.get("executed_branches", ()))
    arcs = taken | _pairs(figures.get("missing_branches", ()))
    return Checked(
        results=made,
        error=ran.error if not made else "",
        covered=covered,
        executable=covered | frozenset(figures.get("missing_lines", ())),
        branches=(len(taken), len(arcs)),
        taken=taken,
        arcs=arcs,
        notes=_notes(ran, traced),
        late=traced.late,
    )


def _pairs(values: Sequence[Any]) -> frozenset[tuple[int, int]]:
    return frozenset((int(start), int(end)) for start, end in values)


def _notes(ran: Ran, traced: Ran) -> tuple[str, ...]:
    notes = []
    if ran.rows and ran.error:
        notes.append(f"A test file cannot be collected: {ran.error}")
    if traced.error:
        notes.append(f"Mutants could not be tried: {traced.error}")
    if traced.late:
        notes.append(f"{traced.late} mutants were not tried in the time given.")
    return tuple(notes)
