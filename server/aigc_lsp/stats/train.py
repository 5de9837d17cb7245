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
from aigc_lsp.stats.metrics import Metrics, auc_error, calibration, measure, threshold_for
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
_STRENGTHS = 7
_FOLDS = 5
_THRESHOLDS = tuple(number / 10 for number in range(1, 10))


class TrainingError(AigcError):
    """Nothing can be learnt from the record; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Report:
    """A trained model and what it does on held-out suggestions. Curves are lists of equal length.

    `strength` is scikit-learn's C, `auc_error` the standard error of `auc`. `usable` is False where that is no better
    than chance.
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

    A logistic regression on standardised features; classes are weighted alike. Features such as the numbers of tokens
    and of characters say nearly the same, so the regularisation is the strongest whose AUC in cross-validation is
    within a standard error of the best (the rule of Breiman et al., *Classification and Regression Trees*, 1984). The
    class weights' effect on the probabilities is taken back by the prior correction of King and Zeng, *Logistic
    Regression in Rare Events Data*, 2001. The threshold is the highest at which at least the share `keep` of the wanted
    suggestions of the training part is still shown. Suggestions that were shown only to learn from stand for those that
    were not.

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
        {"C": np.logspace(-2, 1, _STRENGTHS) * len(y)},
        scoring="roc_auc",
        cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=0),
        refit=_simplest,
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


def _simplest(results: dict[str, Any]) -> int:
    """Return the place of the strongest regularisation (the first one) that is as good as the best."""
    import numpy as np

    means, spread = results["mean_test_score"], results["std_test_score"]
    best = int(np.argmax(means))
    return int(np.argmax(means >= means[best] - spread[best] / math.sqrt(_FOLDS)))


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
        calibration=calibration(y, p, weights),
        curves={name: [getattr(one, name) for one in curve] for name in ("threshold", "precision", "recall", "hidden")},
    )
