"""The section on test generation of the page of benchmarks, from the figures of bench/testgen.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_TITLES = {"ours": "aigc-lsp, embedded model", "ours-no-model": "aigc-lsp, no model", "pynguin": "Pynguin"}
_SHARES = {"lines": "line coverage", "branches": "branch coverage", "mutants": "mutation score"}


def section(result: dict[str, Any], table: Callable[[list[str], list[list[str]]], list[str]]) -> list[str]:
    """Return the lines of the section."""
    tools = result["tools"]
    packages = ", ".join(f"{name} {version}" for name, version in result["packages"].items())
    return [
        "## Tests for real modules",
        "",
        f"`python bench/testgen.py`: {result['modules']} modules of {packages}. {result['rule']}",
        f"Each tool gets a module in a project without tests and {result['seconds']:g} seconds to search, seed",
        f"{result['seed']}; model: {result['model'] or 'none'}. The peer is {result['peer']} with `--no-xfail`, which",
        "its help recommends for better mutation scores; it may take as long again to choose assertions, and is",
        f"stopped after three times the budget. Measured alike by {', '.join(result['measured_by'])}:",
        "the same mutants of cosmic-ray for all, one for each place in the code before a second for any.",
        "Mean over modules, in brackets the median.",
        *(["", result["note"]] if result.get("note") else []),
        "",
        *table(["", *(_TITLES.get(tool, tool) for tool in tools)], _rows(tools)),
        "",
        *_remarks(result),
    ]


def _rows(tools: dict[str, Any]) -> list[list[str]]:
    rows = [
        [title, *(f"**{found[name]['mean']:.3f}** ({found[name]['median']:.3f})" for found in tools.values())]
        for name, title in _SHARES.items()
    ]
    rows += [
        [f"{title}, all modules together", *(f"{found[name]['total']:.3f}" for found in tools.values())]
        for name, title in _SHARES.items()
    ]
    counts = {
        "functions": "test functions",
        "rows": "tests, each row of a parametrised one counted",
        "lines_of_tests": "lines of tests",
        "assertion_free": "test functions without an assertion",
        "failing": "tests that fail at once",
    }
    rows += [[title, *(f"{found[name]:,}" for found in tools.values())] for name, title in counts.items()]
    rows.append(["modules without a passing test", *(str(len(found["without_tests"])) for found in tools.values())])
    rows.append(["failures in shuffled reruns", *(f"{found['rerun_failures']:,}" for found in tools.values())])
    rows.append(["seconds for a module, mean", *(f"{found['seconds']['mean']:.1f}" for found in tools.values())])
    return rows


def _remarks(result: dict[str, Any]) -> list[str]:
    lines = []
    part = result["where_the_peer_wrote"]
    for tool, shares in part["tools"].items():
        told = ", ".join(f"{_SHARES[name]} {kinds['mean']:.3f}" for name, kinds in shares.items())
        lines.append(f"{_TITLES[tool]} on the {len(part['modules'])} modules that Pynguin wrote tests for: {told}.")
    for where, tools in (("all", result["ratios"]), ("those", part["ratios"])):
        for tool, ratios in tools.items():
            told = ", ".join(f"{_SHARES[name]} {kinds['mean']:.2f}" for name, kinds in ratios.items() if kinds["mean"])
            lines.append(f"{_TITLES[tool]} / Pynguin, on {where}: {told}.")
    for tool, met in result["targets"].items():
        missed = [target for target, reached in met.items() if not reached]
        lines.append(
            f"{_TITLES[tool]}, targets, on those: " + (f"missed: {'; '.join(missed)}." if missed else "all met.")
        )
    if result["model_adds"]:
        parts = [
            f"{one['gained']:+} of {_SHARES[name].partition(' ')[0]} goals (more on {one['more']} modules, fewer on"
            f" {one['fewer']})"
            for name, one in result["model_adds"].items()
        ]
        lines.append(f"The model against none: {', '.join(parts)}.")
        kept = result["tools"]["ours"]["kept_by_origin"]
        lines.append("Kept, by who proposed it: " + ", ".join(f"{name} {count}" for name, count in kept.items()) + ".")
    return [f"- {line}" for line in lines]
