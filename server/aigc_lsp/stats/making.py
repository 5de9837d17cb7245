"""Remembers how recent suggestions were made until they are offered: at once, in a trimmed form, or much later."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aigc_lsp.stats.features import SuggestionFeatures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_lsp.stats.features import Source

_MOST = 64


@dataclass(slots=True)
class _Made:
    uri: str
    text: str
    features: SuggestionFeatures
    source: Source


class Makings:
    """The suggestions that the engine made last, in memory only, the newest last."""

    def __init__(self) -> None:
        self._made: deque[_Made] = deque(maxlen=_MOST)

    def made(
        self, uri: str, texts: Sequence[str], logprobs: Sequence[float], kinds: Sequence[str], *, ahead: bool
    ) -> None:
        """Note what came of one request: the suggestion, its alternatives, and the log probabilities of the former.

        `ahead`: nobody had asked for it yet.
        """
        for place, text in reversed(list(enumerate(texts))):
            features = SuggestionFeatures.of(text, logprobs if place == 0 else (), kinds)
            self._made.append(_Made(uri, text, features, "prefetch" if ahead else "engine"))

    def find(self, uri: str, text: str) -> tuple[SuggestionFeatures | None, Source]:
        """Return how the suggestion `text`, or one that ends with it, was made, and where it comes from now.

        What was offered before comes from the cache from then on.
        """
        fits = [made for made in reversed(self._made) if made.uri == uri and made.text.endswith(text)]
        if not fits or not text:
            return None, "cache"
        best = min(fits, key=lambda made: len(made.text))
        source, best.source = best.source, "cache"
        return replace(best.features, length_chars=len(text)), source
