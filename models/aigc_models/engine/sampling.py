"""Choose the next token from logits: greedy, or temperature with top-k and nucleus (top-p) sampling."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.intp]

_HEAD = 512  # entries of a vocabulary that are looked at first


def log_softmax(logits: Floats) -> Floats:
    """Return natural-log probabilities of logits of shape (vocabulary,)."""
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)


def log_probability(logits: Floats, index: int) -> float:
    """Return the natural-log probability of one entry of logits of shape (vocabulary,)."""
    top = logits.max()
    return float(logits[index] - top - np.log(np.exp(logits - top).sum()))


class Sampler:
    """Sample with fixed settings; the same seed and logits give the same tokens.

    `temperature` 0 is greedy. `top_k` 0 and `top_p` 1 switch these limits off. Nucleus sampling: Holtzman et al. 2020.
    """

    def __init__(self, temperature: float, top_k: int, top_p: float, seed: int | None) -> None:
        self._temperature = temperature
        self._top_k = top_k
        self._top_p = top_p
        self._random = np.random.default_rng(seed) if temperature > 0 else None

    @property
    def greedy(self) -> bool:
        """Tell whether the likeliest token is always taken."""
        return self._random is None

    def choose(self, logits: Floats) -> int:
        """Return the index of the chosen entry of logits of shape (n,)."""
        if self._random is None:
            return int(logits.argmax())
        candidates, probabilities = self._likely(logits / self._temperature)
        if self._top_p < 1:
            reached = int(np.searchsorted(np.cumsum(probabilities), self._top_p)) + 1
            candidates, probabilities = candidates[:reached], probabilities[:reached]
        return int(self._random.choice(candidates, p=probabilities / probabilities.sum()))

    def _likely(self, scaled: Floats) -> tuple[Ids, npt.NDArray[np.float64]]:
        """Return the indices that may be chosen, the likeliest first, and their probabilities."""
        if 0 < self._top_k < scaled.size:
            best = _best(scaled, self._top_k)
            return best, np.exp(log_softmax(scaled[best]).astype(np.float64))
        probabilities = np.exp(log_softmax(scaled).astype(np.float64))
        if self._top_p < 1 and scaled.size > _HEAD:
            # Sorting a whole vocabulary takes longer than a step of a small model; its head nearly always suffices.
            best = _best(scaled, _HEAD)
            if probabilities[best].sum() >= self._top_p:
                return best, probabilities[best]
        best = np.argsort(-scaled, kind="stable")
        return best, probabilities[best]


def _best(scaled: Floats, count: int) -> Ids:
    """Return the indices of the `count` highest entries, the highest first, of equal ones the first one first."""
    found = np.sort(np.argpartition(scaled, -count)[-count:])
    return found[np.argsort(-scaled[found], kind="stable")]
