"""Draws the record and a trained model into files. matplotlib (extra `report`) is imported when it is needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from aigc_lsp.stats.summary import Summary
    from aigc_lsp.stats.train import Report

FORMATS = (".svg", ".png", ".pdf")
_COLOURS = {"accepted": "#2a9d5c", "partial": "#8fd0a8", "typed": "#6c9bd2", "dismissed": "#c9c9c9", "open": "#ececec"}


def checked(path: Path) -> Path:
    """Return the file to draw into, before any work is done for it.

    Raises:
        AigcError: its ending names no format, or there is no such folder.
    """
    if path.suffix.lower() not in FORMATS:
        raise AigcError(f"{path}: not a format for plots. Name a file that ends in {', '.join(FORMATS)}.")
    if not path.absolute().parent.is_dir():
        raise AigcError(f"{path.absolute().parent} is no folder. Make it first, or name another file.")
    return path


def draw_record(days: Mapping[date, Summary], title: str, path: Path) -> None:
    """Draw outcomes, acceptance rate and latency by day.

    Raises:
        AigcError: matplotlib is not installed, or the file cannot be written.
    """
    figure = _figure(9, 7)
    top, middle, bottom = figure.subplots(3, 1, sharex=True, height_ratios=(3, 2, 2))
    names, totals = list(days), [0] * len(days)
    for outcome, colour in _COLOURS.items():
        counts = [getattr(summary, outcome) for summary in days.values()]
        top.bar(names, counts, bottom=totals, color=colour, label=outcome)
        totals = [below + count for below, count in zip(totals, counts, strict=True)]
    top.set_ylabel("suggestions shown")
    top.set_ylim(0, max(*totals, 1) * 1.25)  # room for the legend
    top.legend(loc="upper left", ncols=len(_COLOURS), fontsize="small", frameon=False)
    _line(middle, days, "acceptance", "#2a9d5c", "acceptance rate", scale=100)
    _line(middle, days, "kept_share", "#6c9bd2", "kept after half a minute", scale=100)
    middle.set_ylabel("per cent")
    middle.set_ylim(0, 100)
    _line(bottom, days, "p50_ms", "#444444", "p50")
    _line(bottom, days, "p95_ms", "#c0504d", "p95")
    bottom.set_ylabel("latency (ms)")
    bottom.set_ylim(bottom=0)
    for axes in (middle, bottom):
        axes.legend(loc="lower left", fontsize="small", frameon=False)
    figure.suptitle(title)
    figure.autofmt_xdate()
    _save(figure, path)


def draw_model(report: Report, path: Path) -> None:
    """Draw a trained model on held-out suggestions: ROC curve, precision and recall by threshold, calibration.

    Raises:
        AigcError: matplotlib is not installed, or the file cannot be written.
    """
    figure = _figure(13, 4.4)
    roc, threshold, calibration = figure.subplots(1, 3)
    roc.plot([0, 1], [0, 1], color="#c9c9c9", linestyle="--")
    roc.plot(report.roc["false_positives"], report.roc["true_positives"], color="#2a9d5c")
    roc.plot(report.at_threshold.false_positives, report.at_threshold.recall, "o", color="#c0504d")
    roc.set(title=f"ROC, AUC {report.auc:.3f}", xlabel="unwanted ones shown", ylabel="wanted ones shown")
    for name, colour in (("precision", "#6c9bd2"), ("recall", "#2a9d5c"), ("hidden", "#c9c9c9")):
        shown = [place for place, hidden in enumerate(report.curves["hidden"]) if hidden < 1 or name != "precision"]
        points = [(report.curves["threshold"][place], report.curves[name][place]) for place in shown]
        threshold.plot(*zip(*points, strict=True), color=colour, label=name)
    threshold.axvline(report.gate.threshold, color="#c0504d", linestyle=":", label="show threshold")
    threshold.set(title="By threshold", xlabel="threshold", ylim=(0, 1.02))
    threshold.legend(fontsize="small", frameon=False)
    calibration.plot([0, 1], [0, 1], color="#c9c9c9", linestyle="--")
    calibration.plot(report.calibration["predicted"], report.calibration["wanted"], "o-", color="#2a9d5c")
    calibration.set(title="Calibration", xlabel="predicted", ylabel="share that was wanted")
    figure.suptitle(f"Show or hide: {report.held_out} held-out suggestions of {report.gate.model or 'one model'}")
    _save(figure, path)


def _figure(width: float, height: float) -> Any:
    from aigc_lsp.stats.train import import_report

    import_report()
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _line(axes: Any, days: Mapping[date, Summary], name: str, colour: str, label: str, scale: float = 1) -> None:
    values = [(day, getattr(summary, name)) for day, summary in days.items()]
    known = [(day, value * scale) for day, value in values if value is not None]
    if known:
        axes.plot(*zip(*known, strict=True), "o-", markersize=3, color=colour, label=label)


def _save(figure: Any, path: Path) -> None:
    try:
        figure.savefig(path, dpi=130)
    except OSError as error:
        raise AigcError(f"{path}: {error.strerror or error}. Name a file that can be written.") from error
