"""Figures of a model that tells wanted from unwanted suggestions. Whoever trained it hands in labels and probabilities.

numpy (extra `report`) is imported when a function needs it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Metrics:
    """How well showing what reaches `threshold` tells wanted from unwanted suggestions.

    `precision` is the share of wanted ones among those shown, `recall` that of shown ones among those wanted,
    `false_positives` that of shown ones among those unwanted, `hidden` the share of all that is not shown.
    """

    threshold: float
    accuracy: float
    precision: float
    recall: float
    f1: float
    false_positives: float
    hidden: float


def measure(
    labels: Sequence[int] | NDArray[np.int64], probabilities: Sequence[float] | Floats, threshold: float,
    weights: Sequence[float] | Floats | None = None,
) -> Metrics:  # fmt: skip
    """Return what showing the suggestions with a probability of `threshold` and above does.

    `labels` are 1 for wanted and 0 for unwanted ones. A ratio over nothing is 0.
    """
    import numpy as np

    y, p = np.asarray(labels) == 1, np.asarray(probabilities)
    w = np.ones(len(y)) if weights is None else np.asarray(weights)
    shown = p >= threshold
    right, wrong = float(w[shown & y].sum()), float(w[shown & ~y].sum())
    wanted, everything = float(w[y].sum()), float(w.sum())
    precision, recall = _ratio(right, right + wrong), _ratio(right, wanted)
    return Metrics(
        threshold=float(threshold),
        accuracy=_ratio(right + everything - wanted - wrong, everything),
        precision=precision,
        recall=recall,
        f1=_ratio(2 * precision * recall, precision + recall),
        false_positives=_ratio(wrong, everything - wanted),
        hidden=_ratio(everything - right - wrong, everything),
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def threshold_for(keep: float, wanted: Sequence[float] | Floats, weights: Sequence[float] | Floats) -> float:
    """Return the highest threshold that leaves at least the share `keep` of the `wanted` probabilities shown."""
    import numpy as np

    order = np.argsort(np.asarray(wanted))[::-1]
    shares = np.cumsum(np.asarray(weights)[order]) / np.sum(weights)
    place = min(int(np.searchsorted(shares, keep - 1e-12)), len(order) - 1)
    return float(np.asarray(wanted)[order[place]])


def auc_error(auc: float, wanted: int, unwanted: int) -> float:
    """Return the standard error of an AUC, after Hanley and McNeil, *The Meaning and Use of the Area under a Receiver
    Operating Characteristic (ROC) Curve*, 1982."""
    above = auc / (2 - auc) - auc**2
    below = 2 * auc**2 / (1 + auc) - auc**2
    variance = auc * (1 - auc) + (wanted - 1) * above + (unwanted - 1) * below
    return math.sqrt(max(variance, 0.0) / (wanted * unwanted))


def calibration(y: NDArray[np.int64], p: Floats, weights: Floats, bins: int = 8) -> dict[str, list[float]]:
    """Return, for groups of equal size by predicted probability, the mean prediction and the share that was wanted."""
    import numpy as np

    groups = [group for group in np.array_split(np.argsort(p, kind="stable"), bins) if len(group)]
    return {
        "predicted": [float(np.average(p[group], weights=weights[group])) for group in groups],
        "wanted": [float(np.average(y[group], weights=weights[group])) for group in groups],
    }
