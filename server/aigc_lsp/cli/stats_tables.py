"""Tables and bars of `aigc-lsp stats`. The numbers come from `aigc_lsp.stats`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from aigc_lsp.stats.metrics import Metrics
    from aigc_lsp.stats.summary import Summary
    from aigc_lsp.stats.train import Report

_COLUMNS = (
    "shown", "accepted", "partly", "typed", "dismissed", "hidden", "rate", "accepted chars", "kept", "p50", "p95",
)  # fmt: skip
_BARS = "▁▂▃▄▅▆▇█"
_WIDEST = 60
_LEAST_WEIGHT = 0.005


def outcomes(rows: Iterable[tuple[str, Summary]]) -> None:
    """Print what became of suggestions, one line for each name."""
    output.table(("", *_COLUMNS), [(name, *_cells(one)) for name, one in rows], right=_COLUMNS)


def _cells(one: Summary) -> tuple[str, ...]:
    counts = (one.shown, one.accepted, one.partial, one.typed, one.dismissed, one.hidden)
    times = (one.p50_ms, one.p95_ms)
    return (
        *map(str, counts),
        _share(one.acceptance),
        str(one.accepted_chars),
        _share(one.kept_share),
        *("–" if ms is None else f"{ms:.0f} ms" for ms in times),
    )


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}".replace("%", " %")


def bars(days: Mapping[date, Summary]) -> None:
    """Print bars by day, for a person at a terminal."""
    if not sys.stdout.isatty() or len(days) < 2:
        return
    newest = list(days.items())[-_WIDEST:]
    shown = [one.shown for _, one in newest]
    taken = [one.accepted + one.partial for _, one in newest]
    output.say(f"\n{newest[0][0]} to {newest[-1][0]}, at most {max(shown)} a day")
    output.pairs((("shown", spark(shown, max(shown))), ("accepted", spark(taken, max(shown)))))


def spark(values: Sequence[float], highest: float) -> str:
    """Return a bar for each value, the full one for `highest`, a blank for nothing."""
    top = len(_BARS) - 1
    return "".join(_BARS[min(round(value / highest * top), top)] if value else " " for value in values)


def remarks(whole: Summary) -> None:
    """Print what the table does not show."""
    if whole.unreported:
        output.note(
            f"\n{whole.unreported} more accepted, in an editor that does not say what it shows: not in the rates."
        )


def model(report: Report) -> None:
    """Print a trained model: what it was trained on, how it does at thresholds, what it looks at."""
    gate = report.gate
    older, older_wanted = report.rows - report.held_out, report.wanted - report.held_out_wanted
    output.pairs((
        ("model", gate.model or "?"),
        ("learnt from", f"{older} suggestions, {older_wanted} accepted"),
        ("measured on", f"{report.held_out} newer ones, {report.held_out_wanted} accepted"),
        ("AUC", f"{report.auc:.3f} ± {report.auc_error:.3f}"),
        ("show threshold", f"{gate.threshold:.3f}"),
    ))  # fmt: skip
    output.say()
    columns = ("threshold", "accuracy", "precision", "recall", "F1", "false positives", "hidden")
    rows = [("show", report.at_threshold), *(("", one) for one in report.by_threshold)]
    output.table(("", *columns), [(name, *_metrics(one)) for name, one in rows], right=columns)
    output.say()
    by_size = sorted(zip(gate.names, gate.coefficients, strict=True), key=lambda one: -abs(one[1]))
    weights = [(name, f"{weight:+.2f}") for name, weight in by_size if abs(weight) >= _LEAST_WEIGHT]
    output.table(("feature", "weight"), weights, right=("weight",))


def _metrics(one: Metrics) -> tuple[Any, ...]:
    values = (one.threshold, one.accuracy, one.precision, one.recall, one.f1, one.false_positives, one.hidden)
    return tuple(f"{value:.3f}" for value in values)
