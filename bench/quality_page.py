"""docs/quality.md: what each feature does to suggestions, before and after, from the JSON files in bench/results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_TEMPLATE = Path(__file__).parent / "quality.template.md"


def page(results: dict[str, dict[str, Any]], where: Any, table: Any) -> str:
    """Return the page; `results` has each JSON file by its name, `where` and `table` write what all pages have."""
    lines: list[str] = []
    for name, title in (("humaneval", "Asked explicitly"), ("humaneval-automatic", "While typing")):
        if "before" in results.get(name, {}):
            lines += [f"## HumanEval infilling: {title.lower()}", "", *_before_after(results[name], table)]
            lines += ["", where(results[name]), ""]
    if "crossfile" in results:
        lines += ["## Calls of functions of other files", "", *_crossfile(results["crossfile"])]
        lines += ["", where(results["crossfile"]), ""]
    if "lookup" in results:
        lines += ["## Guessed tokens", "", *_lookup(results["lookup"], table), "", where(results["lookup"]), ""]
    text = _TEMPLATE.read_text(encoding="utf-8")
    return text.replace("<!-- tables -->\n\n", "\n".join([*lines, ""]) if lines else "")


def _before_after(result: dict[str, Any], table: Any) -> list[str]:
    rows = []
    for name, now in result["sets"].items():
        old = result["before"][name]
        ratios = [f"{now[measure] / old[measure]:.2f}" if old[measure] else "-" for measure in ("exact", "pass@1")]
        for label, found, ratio in (("before", old, ("", "")), ("**now**", now, ratios)):
            exact, passed = (f"{found[measure]:.3f}" for measure in ("exact", "pass@1"))
            rows.append(
                [
                    f"{name.replace('_', '-')}, {label}",
                    str(found["cases"]),
                    f"{exact} ({ratio[0]} ×)" if ratio[0] else exact,
                    f"{passed} ({ratio[1]} ×)" if ratio[1] else passed,
                    f"{found['shown']:.3f}",
                    str(found["faults"]),
                    f"{found['ms']['median']:.0f}",
                ]
            )
    head = ["set", "cases", "exact match", "pass@1", "shown", "faults", "median ms"]
    settings = ", ".join(f"`{pair}`" for pair in result["against"])
    note = ["", result["note"]] if result.get("note") else []
    return [f"Before: the settings {settings}. Now: the defaults.", *note, "", *table(head, rows)]


def _crossfile(result: dict[str, Any]) -> list[str]:
    exact = [variant["metrics"]["exact"]["value"] for variant in result["variants"]]
    return [
        f"{result['cases']} calls of a package's own functions that another file defines, masked: exact match",
        f"**{exact[0]:.3f}** with code from elsewhere, {exact[1]:.3f} without; more on",
        "[the page of benchmarks](benchmarks.md).",
    ]


def _lookup(result: dict[str, Any], table: Any) -> list[str]:
    rows = [
        [
            kind,
            str(found["cases"]),
            f"{found['ratio']:.2f}",
            f"{found['accepted']:.2f}",
            f"{found['tokens_per_step']:.2f}",
            f"{found['same_text']} of {found['cases']}",
        ]
        for kind, found in result["figures"].items()
    ]
    head = ["kind", "cases", "time with / without", "guesses that were right", "tokens a step", "answers the same"]
    return [
        "`python bench/lookup.py`: the same answers with guessed tokens and without, in turn.",
        "",
        *table(head, rows),
    ]
