"""One suggestion that is followed, and how a document's text compares with it. What that means is `ledger`'s to say."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_lsp.stats.entry import Entry, optional
from aigc_lsp.stats.features import SuggestionFeatures, TypingState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_lsp.stats.features import Source

# What an editor puts behind the cursor by itself: closing brackets and quotes, and the indentation of a new line.
_CLOSERS = frozenset(")]}>\"'` \t\n")


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """A suggestion as it is offered: replace [start, end) of the document's `text` by `insert`.

    Offers with the same `request` are alternatives to each other. `made` is None where nothing is known of its making.
    """

    uri: str
    text: str = field(repr=False)
    start: int
    end: int
    insert: str = field(repr=False)
    request: object
    trigger: str
    language: str = ""
    model: str | None = None
    adapter: str | None = None
    source: Source = "engine"
    latency_ms: float = 0.0
    pause_ms: float = math.nan
    made: SuggestionFeatures | None = None


@dataclass(slots=True, eq=False)
class Record:
    """A suggestion that is followed. `text` has line feeds only.

    `before` and `after` stand around it, until it is `forgotten`. `head` is how many characters left of the cursor it
    repeats, `tail` what it replaces to the right. `stands` is how much of it is in the document, `stood` how much was
    before the last edit; an edit that completes it changes neither. `taken` is the part of it that was accepted.
    """

    number: int
    request: object
    entry: Entry
    uri: str
    text: str
    head: int
    tail: str
    before: str
    after: str
    stands: int = 0
    stood: int = 0
    live: bool = True
    forgotten: bool = False
    hidden: bool = False
    taken: tuple[int, int] | None = None

    @property
    def seen(self) -> bool:
        """Tell whether the editor showed it, as far as we were told."""
        return self.entry.shown_at is not None


def new_record(session: str, number: int, now: float, facts: OfferFacts) -> Record:
    """Return the record of a suggestion that is offered at `now`, seconds since 1970."""
    text, replaced = plain(facts.insert), facts.text[facts.start : facts.end]
    head = _common(text, replaced)
    made = facts.made or SuggestionFeatures()
    typing = TypingState.at(facts.text, facts.start + head, facts.pause_ms)
    entry = Entry(
        session=session, number=number, offered_at=now, language=facts.language, model=facts.model,
        adapter=facts.adapter, trigger=facts.trigger, source=facts.source, latency_ms=facts.latency_ms,
        length_chars=len(text) - head, lines=text.count("\n") + 1, tokens=made.tokens,
        mean_logprob=optional(made.mean_logprob), min_logprob=optional(made.min_logprob),
        first_logprob=optional(made.first_logprob), context_kinds=",".join(made.context_kinds),
        pause_ms=optional(typing.pause_ms), fresh_line=typing.fresh_line, right_empty=typing.right_empty,
        column_bucket=typing.column, outcome="shown", told=False,
    )  # fmt: skip
    return Record(
        number, facts.request, entry, facts.uri, text, head, replaced[head:],
        facts.text[: facts.start], facts.text[facts.end :], stands=head, stood=head,
    )  # fmt: skip


def progress(record: Record, text: str) -> int | None:
    """Return how much of a record's text stands in `text`, None where that has gone another way.

    Brackets, quotes and indentation that the editor put behind the cursor by itself are no other way.
    """
    before, after = record.before, record.after
    if len(text) < len(before) + len(after) or not text.startswith(before) or not text.endswith(after):
        return None
    middle = plain(text[len(before) : len(text) - len(after)])
    if middle == record.text:
        return len(middle)
    if record.tail and middle.endswith(record.tail):
        middle = middle[: -len(record.tail)]
    stands = _common(middle, record.text)
    return stands if _CLOSERS.issuperset(middle[stands:]) else None


def is_near(record: Record, offset: int) -> bool:
    """Tell whether the cursor is where the suggestion stands; a line end may count as one character or as two."""
    start = len(record.before)
    return start <= offset <= start + record.stands + record.text.count("\n", 0, record.stands)


def rest_of(record: Record, facts: OfferFacts) -> int | None:
    """Return how much of a record's text comes before the offer, None where the offer is not the rest of it."""
    start = len(record.before)
    if facts.start < start or progress(record, facts.text) is None:
        return None
    written = plain(facts.text[start : facts.start])
    return len(written) if written + plain(facts.insert) == record.text else None


def plain(text: str) -> str:
    """Return a text with line feeds only."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _common(one: str, other: str) -> int:
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


def utf16_prefix(text: str, units: int) -> str:
    """Return the beginning of `text` that has `units` UTF-16 code units; a pair is not split."""

    def ends() -> Iterator[int]:
        used = 0
        for count, character in enumerate(text):
            used += 2 if ord(character) > 0xFFFF else 1
            if used > units:
                yield count

    return text[: next(ends(), len(text))]
