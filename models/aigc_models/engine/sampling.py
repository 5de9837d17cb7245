"""Choose the next token from logits: greedy, or temperature with top-k and nucleus (top-p) sampling."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def log_softmax(logits: Floats) -> Floats:
    """Return natural-log probabilities of logits of shape (vocabulary,)."""
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)


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
        scaled = logits / self._temperature
        candidates = np.arange(scaled.size)
        if 0 < self._top_k < scaled.size:
            candidates = np.argpartition(scaled, -self._top_k)[-self._top_k :]
        candidates = candidates[np.argsort(-scaled[candidates], kind="stable")]
        probabilities = np.exp(log_softmax(scaled[candidates]).astype(np.float64))
        if self._top_p < 1:
            reached = int(np.searchsorted(np.cumsum(probabilities), self._top_p)) + 1
            candidates, probabilities = candidates[:reached], probabilities[:reached]
        return int(self._random.choice(candidates, p=probabilities / probabilities.sum()))
