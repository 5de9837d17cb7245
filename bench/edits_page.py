"""The section on edits of the page of benchmarks, from the figures of bench/edits.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def section(result: dict[str, Any], table: Callable[[list[str], list[list[str]]], list[str]]) -> list[str]:
    """Return the lines of the section."""
    titles = {"ours": "aigc-lsp", "peer": "one chat prompt"}
    rows, remarks = [], []
    for task, sides in result["tasks"].items():
        for side, found in sides.items():
            rows.append(
                [
                    f"{task}, {titles[side]}",
                    f"{found['share_offered']:.2f}",
                    f"{found['sound']} of {found['offered']}",
                    f"**{found['share_sound']:.2f}**",
                    f"{found['ms']['p50']:,} ({found['ms']['p95']:,})",
                ]
            )
            for kind, word in (("faults", "at fault"), ("withheld", "withheld")):
                told = "; ".join(f"{count} × {text.rstrip('.')}" for text, count in found[kind].items())
                remarks += [f"- {task}, {titles[side]}, {word}: {told}."] if told else []
    cases = max(found["cases"] for sides in result["tasks"].values() for found in sides.values())
    return [
        "## Docstrings and annotations of real functions",
        "",
        f"`python bench/edits.py`, {result['model']}: {cases} functions drawn (seed {result['seed']}) from the",
        f"standard library of Python {result['machine']['python']}, in the text of their module, half of them without",
        "any other docstring in the file. Checked by code that is not the product's: the file parses, no other line",
        "changed, the statements are the same, a docstring names the signature's parameters, mypy reports nothing new",
        "about annotations. The peer is the same model in one chat prompt for the whole function, which then takes the",
        "function's place.",
        "",
        *table(["", "offered", "sound", "sound, of all cases", "ms, p50 (p95)"], rows),
        *(["", *remarks] if remarks else []),
    ]
