"""Guesses the next tokens from what followed the same tokens earlier. Whether a guess is right, the model says.

Prompt lookup decoding (Saxena 2023), the draft of LLMA (Yang et al. 2023, "Inference with Reference"): code repeats its
own names and phrases, and edits copy most of what they change.
"""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST, _SHORTEST = 4, 2
# A sequence whose guesses are mostly wrong gets no more of them: each costs a little.
_PROBE, _WORTH = 12, 0.25


class PromptLookup:
    """Remembers where runs of tokens occurred in one sequence; `guess` is told the whole sequence each time."""

    def __init__(self) -> None:
        self._ends: dict[tuple[int, ...], int] = {}
        self._known = 0
        self._guessed = 0
        self._right = 0

    def guess(self, tokens: Sequence[int], most: int) -> list[int]:
        """Return at most `most` tokens that followed the longest known run that `tokens` ends in, or none."""
        if self._guessed >= _PROBE and self._right < _WORTH * self._guessed:
            return []
        self._take(tokens)
        for length in range(min(_LONGEST, len(tokens) - 1), _SHORTEST - 1, -1):
            at = self._ends.get(tuple(tokens[-length:]))
            if at is not None:
                return list(tokens[at : at + most])
        return []

    def learn(self, guessed: int, right: int) -> None:
        """Take note of how many of the guessed tokens were right."""
        self._guessed += guessed
        self._right += right

    def _take(self, tokens: Sequence[int]) -> None:
        """Note the runs that end before the last token; the latest occurrence wins."""
        for end in range(max(self._known, _SHORTEST), len(tokens)):
            for length in range(_SHORTEST, min(_LONGEST, end) + 1):
                self._ends[tuple(tokens[end - length : end])] = end
        self._known = len(tokens)
