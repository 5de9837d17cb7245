"""What is known of a suggestion when it is offered, in numbers, and the vector that the show-or-hide model sees.

No text is here: lengths, probabilities, counts. Whoever makes a suggestion fills it in; nobody here decides anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Source = Literal["engine", "cache", "prefetch"]

# A new version makes models of older ones useless: their numbers mean something else.
VERSION = 1
# The kinds of context that have a column of their own; any other counts as `other`.
KINDS = ("definitions", "similar-code", "recent-edits", "open-files", "sibling")
# Columns of the cursor, in characters from the left: a bucket ends before each of these.
_COLUMNS = (1, 5, 9, 17, 33, 65)
# Pauses longer than this are all alike: the user was away.
_LONGEST_PAUSE_MS = 60_000.0

NAMES: tuple[str, ...] = (
    "mean_logprob", "min_logprob", "first_logprob", "log_tokens", "log_chars", "log_lines",
    *(f"context_{kind.replace('-', '_')}" for kind in KINDS), "context_other",
    "log_pause_ms", "fresh_line", "right_empty", "column", "invoked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SuggestionFeatures:
    """What its making tells of a suggestion. Log probabilities are natural, of the tokens that the model wrote.

    They are NaN where the engine gave none. `context_kinds` are the kinds of the snippets that the prompt held.
    """

    mean_logprob: float = math.nan
    min_logprob: float = math.nan
    first_logprob: float = math.nan
    tokens: int = 0
    length_chars: int = 0
    lines: int = 1
    context_kinds: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, logprobs: Sequence[float], context_kinds: Sequence[str] = ()) -> SuggestionFeatures:
        """Return the features of the suggestion `text`; `logprobs` has one entry for each token of the answer."""
        known = [value for value in logprobs if math.isfinite(value)]
        return cls(
            mean_logprob=sum(known) / len(known) if known else math.nan,
            min_logprob=min(known) if known else math.nan,
            first_logprob=known[0] if known else math.nan,
            tokens=len(logprobs),
            length_chars=len(text),
            lines=text.count("\n") + 1,
            context_kinds=tuple(sorted(set(context_kinds))),
        )


@dataclass(frozen=True, slots=True)
class TypingState:
    """How the user was typing when a suggestion was offered. `pause_ms` is NaN where no key was seen before."""

    pause_ms: float = math.nan
    fresh_line: bool = False
    right_empty: bool = False
    column: int = 0

    @classmethod
    def at(cls, text: str, offset: int, pause_ms: float = math.nan) -> TypingState:
        """Return the state at `offset` of `text`; `pause_ms` are the milliseconds since the last key."""
        start = max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1
        ends = [end for end in (text.find("\n", offset), text.find("\r", offset)) if end >= 0]
        left, right = text[start:offset], text[offset : min(ends, default=len(text))]
        column = sum(len(left) >= bound for bound in _COLUMNS)
        return cls(pause_ms, fresh_line=not left.strip(), right_empty=not right.strip(), column=column)


def vector(made: SuggestionFeatures, typing: TypingState, *, invoked: bool) -> tuple[float, ...]:
    """Return the numbers that the show-or-hide model sees, in the order of `NAMES`; NaN where one is not known."""
    kinds = set(made.context_kinds)
    pause = min(typing.pause_ms, _LONGEST_PAUSE_MS) if math.isfinite(typing.pause_ms) else math.nan
    return (
        made.mean_logprob,
        made.min_logprob,
        made.first_logprob,
        math.log1p(made.tokens) if made.tokens else math.nan,
        math.log1p(made.length_chars),
        math.log1p(made.lines),
        *(float(kind in kinds) for kind in KINDS),
        float(bool(kinds.difference(KINDS))),
        math.log1p(max(pause, 0.0)) if math.isfinite(pause) else math.nan,
        float(typing.fresh_line),
        float(typing.right_empty),
        float(typing.column),
        float(invoked),
    )
