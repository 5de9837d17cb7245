"""The losses as a plot: a PNG for a report, and a small plot in characters for a terminal."""

from __future__ import annotations

import io
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from aigc_finetune.layout import write_atomically
from aigc_finetune.train.hooks import BaseHook, TrainResult
from aigc_finetune.train.report.log import History, read_history

Points = Sequence[tuple[int, float]]
Value = TypeVar("Value")


def smoothed(points: Points, weight: float = 0.9) -> list[tuple[int, float]]:
    """Return an exponential moving average of the losses, without the pull towards 0 at its start.

    The bias is removed as in Adam (Kingma and Ba 2015, section 3): by 1 - weight^n after n points.
    """
    found: list[tuple[int, float]] = []
    held = 0.0
    for count, (step, loss) in enumerate(points, 1):
        held = weight * held + (1 - weight) * loss
        found.append((step, held / (1 - weight**count)))
    return found


def terminal_curve(history: History, width: int = 60, height: int = 10) -> str:
    """Return the losses as lines of text: `·` train (means of neighbouring steps), `o` evaluation, in `height` rows.

    It needs no terminal and no colours: the same losses give the same text. Without any loss it says so.
    """
    train = [(step, loss) for step, loss in history.train if math.isfinite(loss)]
    evals = [(step, loss) for step, loss in history.eval if math.isfinite(loss)]
    if not train and not evals:
        return "no losses yet"
    columns = [
        (sum(step for step, _ in part) / len(part), sum(loss for _, loss in part) / len(part))
        for part in _parts(train, width)
    ]
    steps = [step for step, _ in (*columns, *evals)]
    losses = [loss for _, loss in (*columns, *evals)]
    left, right, low, high = min(steps), max(steps), min(losses), max(losses)
    rows = [[" "] * width for _ in range(height)]
    for mark, points in (("·", columns), ("o", evals)):
        for step, loss in points:
            column = round((step - left) / (right - left) * (width - 1)) if right > left else 0
            row = round((high - loss) / (high - low) * (height - 1)) if high > low else height - 1
            rows[row][column] = mark
    names = [f"{high:.3f}", *[""] * (height - 2), f"{low:.3f}"] if height > 1 else [f"{high:.3f}"]
    lines = [f"{name:>8} │{''.join(row).rstrip()}".rstrip() for name, row in zip(names, rows, strict=True)]
    span = f"{left:.0f}{f'{right:.0f} steps':>{max(width - len(f'{left:.0f}'), 0)}}"
    legend = "· train" + (f"   o evaluation, last {evals[-1][1]:.3f}" if evals else "")
    return "\n".join([*lines, f"{'':>8} └{'─' * width}", f"{'':>10}{span}", f"{'':>10}{legend}"])


def curve_png(history: History, title: str = "") -> bytes:
    """Return the plot as PNG: train losses pale, their moving average, and the evaluation's losses."""
    # The Figure is made by itself: pyplot would choose a window system, and keep figures alive.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    if history.train:
        steps, losses = zip(*history.train, strict=True)
        axes.plot(steps, losses, color="tab:blue", alpha=0.25, linewidth=0.8)
        axes.plot(
            steps, [loss for _, loss in smoothed(history.train)], color="tab:blue", label="train (moving average)"
        )
    if history.eval:
        steps, losses = zip(*history.eval, strict=True)
        axes.plot(steps, losses, color="tab:orange", marker="o", markersize=3, label="evaluation")
    axes.set_xlabel("optimizer step")
    axes.set_ylabel("cross entropy (nats per token)")
    axes.grid(alpha=0.3)
    if title:
        axes.set_title(title)
    if history.train or history.eval:
        axes.legend()
    buffer = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def write_curve(log: Path, image: Path, title: str = "") -> None:
    """Draw a log's losses into a PNG file, whole or not at all."""
    write_atomically(image, curve_png(read_history(log), title))


class CurveHook(BaseHook):
    """Draw the plot at each evaluation and at the end, from the log (give it after `LogHook`)."""

    def __init__(self, log: Path, image: Path, title: str = "") -> None:
        self._log, self._image, self._title = log, image, title

    def on_eval(self, step: int, loss: float) -> None:
        """Draw what there is."""
        write_curve(self._log, self._image, self._title)

    def on_end(self, result: TrainResult) -> None:
        """Draw the whole run."""
        write_curve(self._log, self._image, self._title)


def _parts(values: Sequence[Value], count: int) -> list[Sequence[Value]]:
    """Split values into at most `count` parts of nearly equal length, in order, none empty."""
    count = min(count, len(values))
    bounds = [round(index * len(values) / count) for index in range(count + 1)] if count else []
    return [values[start:end] for start, end in itertools.pairwise(bounds)]
