"""Decides by the trained model whether a suggestion is shown: a dot product. Training is `train`'s; it needs packages
that the server never loads, this needs none."""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from aigc_lsp.stats.features import NAMES, VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

# The share of suggestions below the threshold that is shown all the same: without them, a model trained on the record
# would learn from what the model before it had let through only.
EXPLORED = 0.05
_LARGEST = 64 * 1024


class GateError(Exception):
    """A model's file cannot be used; the text says why."""


def default_path() -> Path:
    """Return where this user's show-or-hide model is, or would be."""
    from aigc_models import paths

    return paths.data_dir() / "show-or-hide.json"


@dataclass(frozen=True, slots=True)
class Gate:
    """A logistic model over the features `names`: each is taken less its mean, divided by its scale.

    `model` is the name of the code model whose suggestions it was trained on; it judges no other's.
    """

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    coefficients: tuple[float, ...]
    intercept: float
    threshold: float
    model: str | None
    trained_at: str = ""
    metrics: dict[str, Any] | None = None

    @classmethod
    def load(cls, path: Path) -> Gate:
        """Read a model from its file.

        Raises:
            GateError: it is not there, damaged, of another version, or its numbers are no numbers.
        """
        try:
            with path.open("rb") as file:
                data = json.loads(file.read(_LARGEST + 1)[:_LARGEST])
        except OSError as error:
            raise GateError(error.strerror or str(error)) from None
        except (ValueError, RecursionError):
            raise GateError("not a JSON document") from None
        if not isinstance(data, dict) or data.get("version") != VERSION:
            raise GateError(f"not of version {VERSION}")
        if data.get("names") != list(NAMES):
            raise GateError("trained on other features")
        means, scales, coefficients = (_numbers(data.get(key)) for key in ("means", "scales", "coefficients"))
        intercept, threshold = _numbers([data.get("intercept"), data.get("threshold")], 2)
        if min(scales) <= 0 or not 0 <= threshold <= 1:
            raise GateError("scales are above 0 and the threshold is from 0 to 1")
        model, metrics = data.get("model"), data.get("metrics")
        return cls(
            NAMES, means, scales, coefficients, intercept, threshold,
            model if isinstance(model, str) else None, str(data.get("trained_at", "")),
            metrics if isinstance(metrics, dict) else None,
        )  # fmt: skip

    def save(self, path: Path) -> None:
        """Write the model to `path`: aside, then renamed, so that nobody reads half of it.

        Raises:
            OSError: the file cannot be written; the one that was there stays.
        """
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with aside.open("w", encoding="utf-8") as file:
                json.dump({"version": VERSION, **asdict(self)}, file, indent=2, allow_nan=False)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise

    def probability(self, vector: Sequence[float]) -> float:
        """Return how likely a suggestion with these features is to be accepted; a NaN counts as the mean."""
        total = self.intercept
        for value, mean, scale, weight in zip(vector, self.means, self.scales, self.coefficients, strict=True):
            if not math.isnan(value):
                total += weight * (value - mean) / scale
        return 1.0 / (1.0 + math.exp(-total)) if total >= 0 else math.exp(total) / (1.0 + math.exp(total))

    def shows(self, vector: Sequence[float]) -> bool:
        """Tell whether a suggestion with these features is worth showing."""
        return self.probability(vector) >= self.threshold


class GateFile:
    """Keeps the model in step with its file: `aigc-lsp stats train` changes it while servers run.

    A file that cannot be used is as good as none; the log says so once for each version of it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or default_path()
        self._stamp: tuple[int, int] | None = None
        self._gate: Gate | None = None

    def current(self) -> Gate | None:
        """Return the model as it is in the file now, or None."""
        try:
            status = self._path.stat()
        except OSError:
            self._stamp = self._gate = None
            return None
        stamp = (status.st_mtime_ns, status.st_ino)
        if stamp != self._stamp:
            self._stamp = stamp
            try:
                self._gate = Gate.load(self._path)
            except GateError as error:
                self._gate = None
                logger.warning("%s is not used: %s. `aigc-lsp stats train` makes a new one.", self._path, error)
        return self._gate


def _numbers(value: object, count: int = len(NAMES)) -> tuple[float, ...]:
    if not isinstance(value, list) or len(value) != count:
        raise GateError(f"a list of {count} numbers is missing")
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in value):
        raise GateError("a number in it is none")
    return tuple(float(one) for one in value)
