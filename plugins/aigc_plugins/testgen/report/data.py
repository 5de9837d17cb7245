"""A report for scripts: values that JSON has. docs/testgen.md describes each field; fields are added, never changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_plugins.testgen.report.base import coverage, rows, share
from aigc_plugins.testgen.scenario import to_json

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Figures, Generated, WrittenTest
    from aigc_plugins.testgen.report.base import Entry, Report

SCHEMA = 1


def as_data(report: Report, exit_status: int) -> dict[str, Any]:
    """Return the whole report."""
    return {
        "schema": SCHEMA,
        "aigc_lsp": report.version,
        "seed": report.seed,
        "model": report.model or None,
        "modules": [_entry(one) for one in report.entries],
        "total": {
            "tests": sum(rows(one) for one in report.generated),
            "possible_bugs": sum(len(one.suspicions) for one in report.generated),
            "before": _figures(report.before),
            "after": _figures(report.after),
            "seconds": round(report.seconds, 3),
        },
        "interrupted": report.interrupted,
        "failures": list(report.failures),
        "exit_status": exit_status,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {
        "path": entry.path,
        "status": entry.status,
        "reason": entry.reason or None,
        "test_file": entry.test_file or None,
        "written": entry.written,
        "diff": entry.diff or None,
    }
    return data | (_generated(entry.generated) if entry.generated is not None else {})


def _generated(one: Generated) -> dict[str, Any]:
    return {
        "module": one.subject.name,
        "targets": [target.name for target in one.subject.targets],
        "tests": [_test(test) for test in one.tests],
        "before": _figures(one.before),
        "after": _figures(one.after),
        "covered_lines": sorted(one.covered),
        "missed_lines": sorted(one.missed),
        "missed_branches": to_json(one.missing),
        "mutants": {"killed": to_json(one.killed), "alive": to_json(one.alive)},
        "possible_bugs": to_json(one.suspicions),
        "origins": to_json(one.origins),
        "dropped": dict(one.dropped),
        "notes": list(one.notes),
        "complete": one.complete,
        "seconds": round(one.seconds, 3),
    }


def _test(test: WrittenTest) -> dict[str, Any]:
    return {
        "name": test.name,
        "rows": [
            {
                "target": row.scenario.target,
                "call": row.scenario.act,
                "origin": row.scenario.origin,
                "branches": sorted(row.branches),
                "kills": sorted(row.kills),
            }
            for row in test.rows
        ],
    }


def _figures(figures: Figures) -> dict[str, Any]:
    both = share(coverage(figures))
    mutation = share(figures.mutants)
    return {
        "lines": list(figures.lines),
        "branches": list(figures.arcs),
        "mutants": list(figures.mutants),
        "coverage_percent": None if both is None else round(both, 2),
        "mutation_percent": None if mutation is None else round(mutation, 2),
    }
