"""The section of docs/benchmarks.md about refactorings, from a result of `refactorings.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_HEAD = ["", "places", "offered", "passed", "of offered", "p50, ms", "p95, ms"]
_NAMES = {"ours": "ours", "rope": "rope alone"}


def section(result: dict[str, Any], table: Callable[[list[str], list[list[str]]], list[str]]) -> list[str]:
    """Return the lines of the section; `table` makes Markdown of a head and rows."""
    rows, reasons = [], []
    for task, sides in result["tasks"].items():
        for side, found in sides.items():
            share = f"{found['passed'] / found['offered']:.1%}" if found["offered"] else "–"
            counts = [f"{found[name]:,}" for name in ("cases", "offered", "passed")]
            times = [f"{found['ms'][name]:,}" for name in ("p50", "p95")]
            rows.append([f"{task}, {_NAMES[side]}", *counts, f"**{share}**" if side == "ours" else share, *times])
        first = list(sides["ours"]["withheld"].items())[:3]
        if first:
            reasons.append(f"- {task}: " + " ".join(f"“{text.rstrip('.')}.” ({count})" for text, count in first))
    return [
        "## Refactorings of real functions",
        "",
        f"`python bench/refactorings.py`: {result['functions']} functions of the standard library, drawn by a seed, at",
        "places drawn too: expressions, runs of statements, names. Ours runs as in the editor, without a model, whose",
        "names it can do without; rope alone is the same library without our checks, in a process that runs already.",
        "Passed: the files compile, no name is undefined, nothing else changed, the module imports, and its own tests",
        "pass.",
        "",
        *table(_HEAD, rows),
        "",
        "What was withheld most often:",
        "",
        *reasons,
    ]
