"""Trains the show-or-hide model on the record, and measures it on the newest part, which it has not seen.

scikit-learn and numpy (extra `report`) are imported when a function needs them; the server never comes here.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aigc_lsp.stats.entry import WANTED, Entry
from aigc_lsp.stats.features import NAMES
from aigc_lsp.stats.gate import EXPLORED, Gate
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEAST = 200
LEAST_OF_EACH = 30
# Of each outcome among those held out: fewer, and no figure would mean anything.
_LEAST_HELD_OUT = 5
# On held-out suggestions; a coin has 0.5, and by luck more than that: so many standard errors above it is no luck.
WORST_AUC = 0.55
_ERRORS = 1.645
_STRENGTHS = 11
_FOLDS = 5
_THRESHOLDS = tuple(number / 10 for number in range(1, 10))


class TrainingError(AigcError):
    """Nothing can be learnt from the record; the text says why and what to do."""


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


@dataclass(frozen=True, slots=True)
class Report:
    """A trained model and what it does on held-out suggestions. Curves are lists of equal length.

    `auc_error` is the standard error of `auc`. `usable` is False where that is no better than chance.
    """

    gate: Gate
    rows: int
    wanted: int
    held_out: int
    held_out_wanted: int
    strength: float
    auc: float
    auc_error: float
    at_threshold: Metrics
    at_half: Metrics
    by_threshold: tuple[Metrics, ...]
    roc: dict[str, list[float]]
    calibration: dict[str, list[float]]
    curves: dict[str, list[float]]

    @property
    def usable(self) -> bool:
        """Tell whether the model is better than none."""
        return self.auc > max(WORST_AUC, 0.5 + _ERRORS * self.auc_error)

    def as_json(self) -> dict[str, Any]:
        """Return all of it for a script."""
        coefficients = dict(zip(self.gate.names, self.gate.coefficients, strict=True))
        return {**asdict(self), "gate": {**asdict(self.gate), "metrics": None}, "coefficients": coefficients,
                "usable": self.usable}  # fmt: skip


def usable_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries to learn from, the oldest first: shown, as the editor said, and with a known end."""
    known = (*WANTED, "dismissed")
    return sorted(
        (entry for entry in entries if entry.told and entry.outcome in known), key=lambda entry: entry.offered_at
    )


def common_model(entries: Iterable[Entry]) -> str | None:
    """Return the model with the most suggestions among `entries`."""
    counts = Counter(entry.model for entry in entries)
    return counts.most_common(1)[0][0] if counts else None


def train(entries: Sequence[Entry], *, keep: float = 0.95, held_out: float = 0.25) -> Report:
    """Train on all but the newest `held_out` share of `entries` (in order of time, of one model), and measure there.

    A logistic regression on standardised features; classes are weighted alike, the strength of the regularisation is
    chosen by cross-validation for the best AUC. The weights' effect on the probabilities is taken back by the prior
    correction of King and Zeng, *Logistic Regression in Rare Events Data*, 2001. The threshold is the highest at which
    at least the share `keep` of the wanted suggestions of the training part is still shown. Suggestions that were shown
    only to learn from stand for those that were not.

    Raises:
        TrainingError: there are too few entries, or scikit-learn is not installed.
    """
    import_report()
    import numpy as np

    cut = len(entries) - round(len(entries) * held_out)
    _check(entries, cut)
    x = np.array([entry.vector() for entry in entries], dtype=np.float64)
    y = np.array([entry.outcome in WANTED for entry in entries], dtype=np.int64)
    weights = np.array([1 / EXPLORED if entry.explored else 1.0 for entry in entries])
    gate, strength = _fit(x[:cut], y[:cut], weights[:cut], keep, entries[-1].model)
    return _report(gate, strength, y, x[cut:], y[cut:], weights[cut:])


def measure(
    labels: Sequence[int] | Floats, probabilities: Sequence[float] | Floats, threshold: float,
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


def import_report() -> None:
    """Make sure that what measures and draws is installed.

    Raises:
        TrainingError: it is not.
    """
    from importlib.util import find_spec

    missing = [name for name in ("numpy", "sklearn", "matplotlib") if find_spec(name) is None]
    if missing:
        raise TrainingError(f"{', '.join(missing)}: not installed. Install the extra: pip install 'aigc-lsp[report]'.")


def _check(entries: Sequence[Entry], cut: int) -> None:
    wanted = sum(entry.outcome in WANTED for entry in entries)
    counts = f"{len(entries)} suggestions, {wanted} of them accepted"
    if len(entries) < LEAST or min(wanted, len(entries) - wanted) < LEAST_OF_EACH:
        raise TrainingError(
            f"Too little to learn from: {counts}; needed are {LEAST}, with {LEAST_OF_EACH} accepted and "
            f"{LEAST_OF_EACH} not. Use your editor for some days, then try again."
        )
    newest = sum(entry.outcome in WANTED for entry in entries[cut:])
    if min(newest, len(entries) - cut - newest) < _LEAST_HELD_OUT:
        raise TrainingError(
            f"The newest {len(entries) - cut} of {counts} are too much alike to measure a model on. "
            "Use your editor for some days, or hold out more with --held-out."
        )
    if wanted - newest < _FOLDS or cut - (wanted - newest) < _FOLDS:
        raise TrainingError("The older suggestions are too much alike to learn from. Hold out less with --held-out.")


def _fit(x: Floats, y: NDArray[np.int64], weights: Floats, keep: float, model: str | None) -> tuple[Gate, float]:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    known = ~np.isnan(x)
    filled = np.where(known, x, 0.0)
    means = filled.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, x, means)
    scales = filled.std(axis=0)
    scales[scales < 1e-9] = 1.0
    z = (filled - means) / scales
    totals = [float(weights[y == label].sum()) for label in (0, 1)]
    search = GridSearchCV(
        LogisticRegression(class_weight={0: 1 / totals[0], 1: 1 / totals[1]}, max_iter=2000),
        # The class weights sum to two: the strengths are those of a loss averaged over the suggestions.
        {"C": np.logspace(-3, 2, _STRENGTHS) * len(y)},
        scoring="roc_auc",
        cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=0),
    )
    search.fit(z, y, sample_weight=weights)
    fitted, strength = search.best_estimator_, float(search.best_params_["C"])
    gate = Gate(
        names=NAMES,
        means=tuple(map(float, means)),
        scales=tuple(map(float, scales)),
        coefficients=tuple(map(float, fitted.coef_[0])),
        intercept=float(fitted.intercept_[0] + np.log(totals[1] / totals[0])),
        threshold=0.0,
        model=model,
    )
    wanted = np.array([gate.probability(row) for row in x[y == 1]])
    threshold = threshold_for(keep, wanted, weights[y == 1])
    trained = datetime.now(UTC).isoformat(timespec="seconds")
    return Gate(**{**asdict(gate), "threshold": threshold, "trained_at": trained}), strength


def _report(
    gate: Gate, strength: float, labels: NDArray[np.int64], x: Floats, y: NDArray[np.int64], weights: Floats
) -> Report:
    import numpy as np
    from sklearn.metrics import roc_auc_score, roc_curve

    p = np.array([gate.probability(row) for row in x])
    auc = float(roc_auc_score(y, p, sample_weight=weights))
    false_positives, true_positives, thresholds = roc_curve(y, p, sample_weight=weights)
    here = measure(y, p, gate.threshold, weights)
    curve = [measure(y, p, one, weights) for one in np.linspace(0, 1, 51)]
    facts = {"auc": auc, "rows": len(labels), "held_out": len(y), "strength": strength, **asdict(here)}
    return Report(
        gate=Gate(**{**asdict(gate), "metrics": facts}),
        rows=len(labels),
        wanted=int(labels.sum()),
        held_out=len(y),
        held_out_wanted=int(y.sum()),
        strength=strength,
        auc=auc,
        auc_error=auc_error(auc, int(y.sum()), int(len(y) - y.sum())),
        at_threshold=here,
        at_half=measure(y, p, 0.5, weights),
        by_threshold=tuple(measure(y, p, one, weights) for one in _THRESHOLDS),
        roc={
            "false_positives": [float(one) for one in false_positives],
            "true_positives": [float(one) for one in true_positives],
            "thresholds": [float(min(one, 1.0)) for one in thresholds],
        },
        calibration=_calibration(y, p, weights),
        curves={name: [getattr(one, name) for one in curve] for name in ("threshold", "precision", "recall", "hidden")},
    )


def _calibration(y: NDArray[np.int64], p: Floats, weights: Floats, bins: int = 8) -> dict[str, list[float]]:
    """Return, for groups of equal size by predicted probability, the mean prediction and the share that was wanted."""
    import numpy as np

    groups = [group for group in np.array_split(np.argsort(p, kind="stable"), bins) if len(group)]
    return {
        "predicted": [float(np.average(p[group], weights=weights[group])) for group in groups],
        "wanted": [float(np.average(y[group], weights=weights[group])) for group in groups],
    }
