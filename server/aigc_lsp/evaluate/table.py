"""The report on a terminal: one row a figure, the two variants side by side, then what was withheld and why."""

from __future__ import annotations

from typing import Any

from aigc_lsp.evaluate.summary import TITLES

_FEW_FILES = 8


def title(name: str) -> str:
    """Return how a figure is called in reports."""
    return TITLES.get(name, name)


def number(figure: dict[str, Any] | None, *, signed: bool = False) -> str:
    """Return a figure's value, `–` where there is none."""
    if figure is None:
        return "–"
    return _plain(figure["value"], signed)


def interval(figure: dict[str, Any] | None, *, signed: bool = False) -> str:
    """Return a figure's 95 % interval."""
    if figure is None:
        return "–"
    return f"{_plain(figure['low'], signed)} to {_plain(figure['high'], signed)}"


def rows(data: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return the columns and the rows of the main table, or with `data["novel"]` those of the novel cases."""
    sides, compared, copied = data["variants"], data.get("comparison"), data.get("copy")
    columns = ["figure"]
    for side in sides:
        columns += [side["name"] if compared else "value", "95 %"]
    columns += ["copy"] if copied else []
    columns += ["A − B", "95 %"] if compared else []
    found = []
    for name in sides[0]["metrics"]:
        row = [title(name)]
        for side in sides:
            figure = side["metrics"].get(name)
            row += [number(figure), interval(figure)]
        row += [number(copied.get(name))] if copied else []
        if compared:
            difference = compared["difference"].get(name)
            row += [number(difference, signed=True), interval(difference, signed=True)]
        found.append(row)
    return columns, found


def kind_rows(data: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return the columns and the rows of the table by kind of span: exact match and edit similarity."""
    sides = data["variants"]
    several = len(sides) > 1
    columns = ["kind", "cases"]
    for side in sides:
        columns += [f"{side['name']} exact" if several else "exact", f"{side['name']} edit" if several else "edit"]
    found = []
    for kind, count in data["kinds"].items():
        row = [kind, str(count)]
        for side in sides:
            row += [number(side["by_kind"][kind][name]) for name in ("exact", "similarity")]
        found.append(row)
    return columns, found


def tables(data: dict[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return all tables, each with a title (the main one's is empty), its columns and its rows."""
    found = [("", *rows(data))]
    if data.get("novel", {}).get("variants"):
        novel = data["novel"]
        found.append((f"novel text only: {novel['cases']} cases", *rows(novel)))
    found.append(("by kind", *kind_rows(data)))
    if data.get("general", {}).get("variants"):
        found.append((f"general code: {data['general']['cases']} lines", *rows(data["general"])))
    return found


def remarks(data: dict[str, Any]) -> list[str]:
    """Return the lines below the tables."""
    lines = [*_verdict(data), *_forgetting(data)]
    for side in data["variants"]:
        name = f"{side['name']}: " if len(data["variants"]) > 1 else ""
        broken = ", ".join(f"{count} {what}" for what, count in side["broken"].items()) or "none"
        lines.append(f"{name}suggestions that broke a guarantee (syntax, line below): {broken}")
        if side["withheld"]:
            total = side["answers"]
            reasons = (f"{reason} {count / total:.1%}" for reason, count in side["withheld"].items())
            lines.append(f"{name}not shown: {', '.join(reasons)}")
        if told := side.get("confidence"):
            lines.append(f"{name}whether a shown answer is right, told by its log probability: AUC {told['auc']:.3f}")
        if side["ms"]:
            lines.append(f"{name}a suggestion took {side['ms']['p50']:.0f} ms (p95 {side['ms']['p95']:.0f} ms)")
        if side["metrics"].get("perplexity") is None:
            lines.append(f"{name}no perplexity: the engine does not tell how likely a text is")
    if compared := data.get("comparison"):
        pairs, factor = compared["exact_pairs"], compared["exact_ratio"]
        lines.append(f"exact match A ÷ B: {number(factor)} (95 %: {interval(factor)})")
        lines.append(f"right in A alone: {pairs['only_a']}, in B alone: {pairs['only_b']} (p = {pairs['p']:.3g})")
    return lines


def _verdict(data: dict[str, Any]) -> list[str]:
    lines = []
    if (compared := data.get("comparison")) and (exact := compared["difference"].get("exact")):
        said = {"better": "A is better than B", "worse": "A is worse than B"}.get(compared["verdict"], "")
        shown = interval(exact, signed=True)
        why = "the interval of the difference holds 0, or there is none" if not said else "the interval leaves out 0"
        lines.append(
            f"{said or 'no difference shown'} by exact match: A − B {number(exact, signed=True)} ({shown}); {why}"
        )
    if data.get("resampled") == "files":
        rough = "; so few files make rough intervals" if data["files"] < _FEW_FILES else ""
        lines.append(f"intervals: {data['files']} files are resampled, each with all its cases{rough}")
    return lines


def _forgetting(data: dict[str, Any]) -> list[str]:
    if "general" in data and not data["general"]["cases"]:
        return ["forgetting: not checked, for this Python comes without the source of its library"]
    if judged := data.get("forgetting"):
        return [f"forgetting: {'REFUSED, ' if judged['refused'] else ''}{judged['criterion']}"]
    return []


def _plain(value: float | None, signed: bool) -> str:
    if value is None:
        return "∞"
    digits = 1 if abs(value) >= 100 else 3
    return f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
