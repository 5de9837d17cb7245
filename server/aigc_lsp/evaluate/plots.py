"""The plots of a report as SVG text, drawn by matplotlib (extra `report`), which is imported when one is drawn."""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from aigc_lsp.evaluate.table import title
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_lsp.evaluate.session import Report

_COLOURS = ("#3465a4", "#cc7a00")
_SIZE = (6.4, 3.6)  # inches
# Text stays text, labels hold no formulas, and the same figures give the same bytes.
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "aigc-lsp",
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.size": 9,
}


def need_matplotlib() -> None:
    """Raise AigcError where the package for plots is missing."""
    if find_spec("matplotlib") is None:
        raise AigcError(
            "A report with plots needs matplotlib, which this Python lacks. Run `pip install 'aigc-lsp[report]'`, or "
            "leave --html out: the table and --json need nothing."
        )


def plots(report: Report) -> list[tuple[str, str]]:
    """Return the plots as pairs of a title and an SVG element."""
    import matplotlib as mpl

    need_matplotlib()
    with mpl.rc_context(_STYLE):
        found = [("Figures with 95 % intervals", _metrics(report.data)), ("Exact match by kind", _kinds(report.data))]
        similarities = [[a.similarity for r in side.results.values() for a in r.answers] for side in report.sides]
        found.append(("Edit similarity", _histogram(report.data, similarities, "edit similarity", 20)))
        times = [[a.total_s * 1000 for r in side.results.values() for a in r.answers] for side in report.sides]
        found.append(("Time until a suggestion", _histogram(report.data, times, "ms", 40)))
        if any(side["confidence"] for side in report.data["variants"]):
            found.append(("Is a shown answer right? By its log probability", _roc(report.data)))
    return found


def _metrics(data: dict[str, Any]) -> str:
    names = [name for name, one in data["variants"][0]["metrics"].items() if one is not None and name != "perplexity"]
    groups = [[side["metrics"].get(name) for name in names] for side in data["variants"]]
    return _bars(data, [title(name) for name in names], groups)


def _kinds(data: dict[str, Any]) -> str:
    kinds = list(data["kinds"])
    groups = [[side["by_kind"][kind]["exact"] for kind in kinds] for side in data["variants"]]
    return _bars(data, [f"{kind} ({data['kinds'][kind]})" for kind in kinds], groups)


def _bars(data: dict[str, Any], labels: Sequence[str], groups: Sequence[Sequence[dict[str, Any] | None]]) -> str:
    figure, axes = _figure()
    width = 0.8 / len(groups)
    for number, (side, figures) in enumerate(zip(data["variants"], groups, strict=True)):
        places = [at + (number - (len(groups) - 1) / 2) * width for at in range(len(labels))]
        values = [one["value"] if one else 0 for one in figures]
        below = [value - one["low"] if one else 0 for value, one in zip(values, figures, strict=True)]
        above = [one["high"] - value if one else 0 for value, one in zip(values, figures, strict=True)]
        errors = [[max(0.0, x) for x in below], [max(0.0, x) for x in above]]
        axes.bar(places, values, width * 0.9, yerr=errors, capsize=3, color=_COLOURS[number], label=_label(data, side))
    axes.set_xticks(range(len(labels)), labels)
    axes.set_ylim(0, 1)
    return _svg(figure, axes, data)


def _histogram(data: dict[str, Any], groups: Sequence[Sequence[float]], unit: str, bins: int) -> str:
    figure, axes = _figure()
    highest = max((max(values) for values in groups if values), default=1.0) or 1.0
    for number, (side, values) in enumerate(zip(data["variants"], groups, strict=True)):
        axes.hist(
            values, bins=bins, range=(0, highest), histtype="stepfilled", alpha=0.45, color=_COLOURS[number],
            edgecolor=_COLOURS[number], label=_label(data, side),
        )  # fmt: skip
    axes.set_xlabel(unit)
    axes.set_ylabel("answers")
    return _svg(figure, axes, data)


def _roc(data: dict[str, Any]) -> str:
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], color="#888", linestyle=":", linewidth=1)
    for number, side in enumerate(data["variants"]):
        if told := side["confidence"]:
            label = f"{_label(data, side)} AUC {told['auc']:.3f}".strip()
            axes.plot(*zip(*told["roc"], strict=True), color=_COLOURS[number], label=label)
    axes.set_xlabel("wrong answers let through")
    axes.set_ylabel("right answers let through")
    return _svg(figure, axes, data)


def _figure() -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, layout="tight")
    return figure, figure.add_subplot()


def _label(data: dict[str, Any], side: dict[str, Any]) -> str:
    return f"{side['name']}: {side['label']}"[:60] if len(data["variants"]) > 1 else ""


def _svg(figure: Any, axes: Any, data: dict[str, Any]) -> str:
    if len(data["variants"]) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(0, 1.2), ncols=2, frameon=False)
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]
