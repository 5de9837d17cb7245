"""One line of the record: a suggestion that was shown (or hidden), and what became of it. Its columns, once."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal

from aigc_lsp.stats.features import SuggestionFeatures, TypingState, vector

Outcome = Literal["shown", "accepted", "partial", "typed", "dismissed", "hidden"]
OUTCOMES: tuple[Outcome, ...] = ("shown", "accepted", "partial", "typed", "dismissed", "hidden")
# The user wanted it: took it, took a part of it, or wrote the same by hand.
WANTED = ("accepted", "partial", "typed")


@dataclass(frozen=True, slots=True)
class Entry:
    """A suggestion in numbers. Its columns in the database have the same names and order.

    - `session`, `number`: a random number of the server's session, and the suggestion's within it.
    - `offered_at`, `shown_at`, `ended_at`: seconds since 1970; None where it did not happen.
    - `latency_ms`: from the request to the answer. `source`: `engine`, `cache` or `prefetch`.
    - `trigger`: `automatic` or `invoked`.
    - `told`: the editor said that it was shown. False: it was accepted, and the editor never said so.
    - `explored`: the model would have hidden it; it was shown all the same, to learn from.
    - `accepted_chars`: what was accepted of it; `kept_chars`: what of that was still there half a minute later.
    """

    session: str
    number: int
    offered_at: float
    language: str
    model: str | None
    adapter: str | None
    trigger: str
    source: str
    latency_ms: float
    length_chars: int
    lines: int
    tokens: int
    mean_logprob: float | None
    min_logprob: float | None
    first_logprob: float | None
    context_kinds: str
    pause_ms: float | None
    fresh_line: bool
    right_empty: bool
    column_bucket: int
    outcome: Outcome
    told: bool = True
    explored: bool = False
    shown_at: float | None = None
    ended_at: float | None = None
    accepted_chars: int = 0
    kept_chars: int | None = None

    def vector(self) -> tuple[float, ...]:
        """Return the numbers that the show-or-hide model sees."""
        made = SuggestionFeatures(
            _number(self.mean_logprob), _number(self.min_logprob), _number(self.first_logprob), self.tokens,
            self.length_chars, self.lines, tuple(filter(None, self.context_kinds.split(","))),
        )  # fmt: skip
        typing = TypingState(_number(self.pause_ms), self.fresh_line, self.right_empty, self.column_bucket)
        return vector(made, typing, invoked=self.trigger == "invoked")


COLUMNS: tuple[str, ...] = tuple(field.name for field in fields(Entry))
_FLAGS = ("fresh_line", "right_empty", "told", "explored")


def from_row(row: tuple[Any, ...]) -> Entry:
    """Return the entry of a row of the database, its values in the order of `COLUMNS`."""
    values = dict(zip(COLUMNS, row, strict=True))
    values.update((name, bool(values[name])) for name in _FLAGS)
    return Entry(**values)


def to_row(entry: Entry) -> tuple[Any, ...]:
    """Return the values of an entry in the order of `COLUMNS`."""
    return tuple(getattr(entry, name) for name in COLUMNS)


def optional(value: float) -> float | None:
    """Return a number as the record keeps it: NaN and infinities are no numbers."""
    return value if math.isfinite(value) else None


def _number(value: float | None) -> float:
    return math.nan if value is None else value
