"""Sums up the rows of the benchmark of test generation: shares, ratios, targets, and what the model adds."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

from testgen_tools import OURS, PEER, WITHOUT_MODEL

SHARES = ("lines", "branches", "mutants")
_COUNTS = (
    "functions",
    "rows",
    "lines_of_tests",
    "passing",
    "failing",
    "assertion_free",
    "expected_failures",
    "rerun_failures",
)
# What ours has to reach, as a multiple of Pynguin's mean.
BRANCHES, MUTANTS = 1.0, 1.3


def summary(rows: Sequence[dict[str, Any]], tools: Sequence[str]) -> dict[str, Any]:
    """Return the figures of each tool, ratios to Pynguin, whether the targets are met, and what the model adds.

    Pynguin writes nothing for modules that it cannot instrument. Targets are held against the others alone.
    """
    by_tool = {tool: [row for row in rows if row["tool"] == tool] for tool in tools}
    found = {tool: _tool(those) for tool, those in by_tool.items() if those}
    wrote = {row["module"] for row in by_tool.get(PEER, []) if row["passing"]}
    fair = {tool: _shares([row for row in by_tool[tool] if row["module"] in wrote]) for tool in found if wrote}
    ratios = {tool: _ratios(fair[tool], fair[PEER]) for tool in fair if tool != PEER}
    return {
        "modules": len({row["module"] for row in rows}),
        "tools": found,
        "where_the_peer_wrote": {"modules": sorted(wrote), "tools": fair, "ratios": ratios},
        "ratios": {tool: _ratios(found[tool], found[PEER]) for tool in ratios},
        "targets": {tool: targets(found[tool], ratios.get(tool)) for tool in found if tool != PEER},
        "model_adds": _added(by_tool[OURS], by_tool[WITHOUT_MODEL]) if {OURS, WITHOUT_MODEL} <= set(found) else None,
    }


def _shares(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    return {name: _share([row[name] for row in rows]) for name in SHARES}


def _tool(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    origins: Counter[str] = Counter()
    for row in rows:
        for origin in row.get("origins", []):
            origins[origin["name"]] += origin["kept"]
    seconds = [row["seconds"] for row in rows]
    return {
        "modules": len(rows),
        "without_tests": [row["module"] for row in rows if not row["passing"]],
        **_shares(rows),
        **{name: sum(row[name] for row in rows) for name in _COUNTS},
        "seconds": {
            "mean": round(statistics.mean(seconds), 1),
            "median": round(statistics.median(seconds), 1),
            "max": max(seconds),
        },
        "kept_by_origin": dict(origins.most_common()),
    }


def _share(pairs: Sequence[Sequence[int]]) -> dict[str, float]:
    """Return shares over modules, each module alike, and of all together."""
    shares = [reached / whole for reached, whole in pairs if whole]
    return {
        "mean": round(statistics.mean(shares), 4),
        "median": round(statistics.median(shares), 4),
        "total": round(sum(reached for reached, _ in pairs) / sum(whole for _, whole in pairs), 4),
    }


def _ratios(one: dict[str, Any], peer: dict[str, Any]) -> dict[str, dict[str, float | None]]:
    return {
        name: {kind: round(one[name][kind] / peer[name][kind], 3) if peer[name][kind] else None for kind in one[name]}
        for name in SHARES
    }


def targets(one: dict[str, Any], ratios: dict[str, dict[str, float | None]] | None) -> dict[str, bool]:
    """Tell which targets are met; those that compare by the mean over modules, of the ratios that are given."""
    met = {
        "no test without an assertion": one["assertion_free"] == 0,
        "no failure in reruns": one["rerun_failures"] == 0 and one["failing"] == 0,
    }
    if ratios is not None:
        met[f"branch coverage ≥ {BRANCHES:g} × Pynguin's"] = (ratios["branches"]["mean"] or 0) >= BRANCHES
        met[f"mutation score ≥ {MUTANTS:g} × Pynguin's"] = (ratios["mutants"]["mean"] or 0) >= MUTANTS
    return met


def _added(ours: Sequence[dict[str, Any]], bare: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return on how many modules the model made more or less of it, and by how much together."""
    pairs = {row["module"]: row for row in bare}
    found: dict[str, Any] = {}
    for name in SHARES:
        gains = [row[name][0] - pairs[row["module"]][name][0] for row in ours if row["module"] in pairs]
        found[name] = {
            "more": sum(gain > 0 for gain in gains),
            "fewer": sum(gain < 0 for gain in gains),
            "gained": sum(gains),
        }
    return found


def show(figures: dict[str, Any]) -> None:
    """Print a table, ratios, targets and what the model adds."""
    head = ["", "lines", "branches", "mutants", "tests", "rows", "failing", "no assert", "rerun fails", "mean s"]
    print("\n" + "".join(f"{word:>14}" for word in head))
    for tool, found in figures["tools"].items():
        cells = [f"{found[name]['mean']:.3f}" for name in SHARES]
        cells += [str(found[name]) for name in ("functions", "rows", "failing", "assertion_free", "rerun_failures")]
        print("".join(f"{word:>14}" for word in [tool, *cells, f"{found['seconds']['mean']:.1f}"]))
        print("".join(f"{word:>14}" for word in ["median", *(f"{found[name]['median']:.3f}" for name in SHARES)]))
        print("".join(f"{word:>14}" for word in ["all together", *(f"{found[name]['total']:.3f}" for name in SHARES)]))
        if found["without_tests"]:
            print(f"  no passing test: {', '.join(found['without_tests'])}")
        for name, count in found["kept_by_origin"].items():
            print(f"  {count} rows kept from {name}")
    part = figures["where_the_peer_wrote"]
    sets = {f"all {figures['modules']} modules": figures["ratios"], f"{len(part['modules'])} modules": part["ratios"]}
    for title, tools in sets.items():
        for tool, ratios in tools.items():
            for name, kinds in ratios.items():
                told = ", ".join(f"{kind} {ratio}" for kind, ratio in kinds.items())
                print(f"{tool} / {PEER}, {title}, {name}: {told}")
    for tool, shares in part["tools"].items():
        print(
            f"{tool}, the {len(part['modules'])}: " + ", ".join(f"{name} {shares[name]['mean']:.3f}" for name in SHARES)
        )
    for tool, met in figures["targets"].items():
        for target, reached in met.items():
            print(f"{tool}: {target}: {'met' if reached else 'NOT MET'}")
    for name, found in (figures["model_adds"] or {}).items():
        print(
            f"the model, {name}: {found['gained']:+} on all; more on {found['more']}, fewer on {found['fewer']} modules"
        )
