"""The section on private repositories of the page of benchmarks, from the figures of bench/finetune_private.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Table = Callable[[list[str], list[list[str]]], list[str]]
_MODES = {"likeliest": "While typing, the likeliest answer", "default": "Asked for by a key, the default path"}
_FIGURES = {"exact": "exact match", "similarity": "edit similarity", "perplexity": "perplexity"}


def section(result: dict[str, Any], table: Table) -> list[str]:
    """Return the lines of the section."""
    lines = [
        "## Fine-tuning on a private repository",
        "",
        f"`python bench/finetune_private.py`, recipe `{result['recipe']}`. Packages that were published after the base",
        "model stand in for private repositories; a fifth of the files of each is held out, by a hash of the path, and",
        f"up to {result['lines']} lines of them are asked for, with the adapter and without, in turns. They have no",
        "history, so there is no split by time. Novel lines stand verbatim nowhere else in the package; copying is the",
        "line after the longest known context. Intervals: paired bootstrap over files, 95 %.",
        "",
        *table(["package", "trained on", "held out", "minutes", "steps"], _packages(result["packages"])),
    ]
    for mode, found in result["modes"].items():
        parts = {"both": found["pooled"], **found["packages"]}
        rows = [row for name, data in parts.items() for row in _rows(name, data)]
        head = ["", "lines", "adapter", "base", "copying", "adapter − base", "÷ base"]
        lines += ["", f"### {_MODES[mode]}", "", *table(head, rows), ""]
        lines += [f"{name}: {_remark(data)}  " for name, data in parts.items()]
    return lines


def _packages(packages: dict[str, Any]) -> list[list[str]]:
    return [
        [
            f"{name} {one['version']} ({one['licence']})",
            f"{one['train']['lines']:,} lines",
            f"{one['eval']['lines']:,} lines in {one['eval']['files']} files",
            f"{one['training']['seconds'] / 60:.0f}" if one["training"] else "-",
            str(one["training"]["step"]) if one["training"] else "-",
        ]
        for name, one in packages.items()
    ]


def _rows(name: str, data: dict[str, Any]) -> list[list[str]]:
    rows = [_row(f"{name}, {title}", figure, data, data["cases"]) for figure, title in _FIGURES.items()]
    if data.get("novel", {}).get("variants"):
        novel = data["novel"]
        rows += [_row(f"{name}, novel lines, {title}", figure, novel, novel["cases"])
                 for figure, title in _FIGURES.items()]  # fmt: skip
    return [row for row in rows if row]


def _row(label: str, figure: str, data: dict[str, Any], lines: int) -> list[str]:
    compared = data["comparison"]
    difference = compared["difference"].get(figure)
    if difference is None:
        return []
    adapter, base = (side["metrics"][figure]["value"] for side in data["variants"])
    copied = (data.get("copy") or {}).get(figure)
    quotient = compared.get(f"{figure}_ratio")
    return [
        label,
        str(lines),
        f"**{adapter:.3f}**",
        f"{base:.3f}",
        f"{copied['value']:.3f}" if copied else "-",
        f"{difference['value']:+.3f} ({difference['low']:+.3f} to {difference['high']:+.3f})",
        f"{quotient['value']:.2f}" if quotient and quotient["value"] is not None else "-",
    ]


def _remark(data: dict[str, Any]) -> str:
    said = f"{data['comparison']['verdict']} ({data['files']} files)"
    return f"{said}; {data['forgetting']['criterion']}" if data.get("forgetting") else said
