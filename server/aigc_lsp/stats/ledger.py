"""Follows each suggestion from its offer to its end: taken, taken in part, typed by hand, or dismissed.

It sees texts, and keeps them in memory only as long as a suggestion may still be taken. What it hands on are numbers.
It knows no LSP, no file and no clock but the one that it is given.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_lsp.stats.record import OfferFacts, Record, is_near, new_record, plain, progress, rest_of, utf16_prefix

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.stats.entry import Outcome

# Ids that an editor may still speak of; older ones are forgotten.
_MOST = 512
# Suggestions that ended just now, whose text an editor's late report may still need.
_ENDED = 8


class Ledger:
    """The suggestions of one session. `changed` is called with each record that has something new to be kept."""

    def __init__(
        self, session: str, changed: Callable[[Record], None], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._session = session
        self._changed = changed
        self._clock = clock
        self._items: OrderedDict[int, tuple[Record, int, str]] = OrderedDict()
        self._live: dict[str, list[Record]] = {}
        self._ended: deque[Record] = deque()

    def offered(self, number: int, facts: OfferFacts) -> Record:
        """Note the offer `number`; return its record, which is an earlier one's where it is the rest of that."""
        here = self._live.setdefault(facts.uri, [])
        known = next((record for record in here if rest_of(record, facts) is not None), None)
        record = known or new_record(self._session, number, self._clock(), facts)
        skipped = rest_of(record, facts) or 0
        for other in list(here):
            if other is not record and other.request is not facts.request:
                self._resolve(other, "dismissed")
        record.request = facts.request
        if known is None:
            here.append(record)
        self._items[number] = (record, skipped, facts.insert)
        if len(self._items) > _MOST:
            self._items.popitem(last=False)
        return record

    def hide(self, record: Record) -> None:
        """Note that a record is not shown."""
        record.hidden = True
        self._note(record, outcome="hidden")

    def unhide(self, record: Record, trigger: str) -> None:
        """Note that a hidden record is offered after all."""
        record.hidden = False
        record.entry = replace(record.entry, outcome="shown", trigger=trigger)

    def explore(self, record: Record) -> None:
        """Note that a record is shown although it should be hidden."""
        record.entry = replace(record.entry, explored=True)

    def shown(self, number: int) -> None:
        """Note that the editor shows a suggestion."""
        record = self._record(number)
        if record is not None and not record.hidden and (not record.seen or not record.entry.told):
            self._note(record, shown_at=record.entry.shown_at or self._clock(), told=True)

    def partially_accepted(self, number: int, length: int) -> None:
        """Note that a suggestion was taken up to `length`, in UTF-16 code units of the item's text."""
        record, skipped, insert = self._items.get(number, (None, 0, ""))
        if record is None:
            return
        end = skipped + len(plain(utf16_prefix(insert, length)))
        # What was there before was typed by hand, or counted by an earlier report.
        self._take(record, record.stood if record.stands >= end else record.stands, end)
        if record.entry.outcome != "accepted":
            self._note(record, outcome="partial", ended_at=self._clock())

    def accepted(self, number: int) -> None:
        """Note that a suggestion was taken, all that was left of it."""
        record, skipped, _ = self._items.get(number, (None, 0, ""))
        if record is None:
            return
        self._take(record, max(skipped, record.stands), len(record.text))
        record.live = False
        self._note(record, outcome="accepted", ended_at=self._clock())
        self._end(record)
        for other in list(self._live.get(record.uri, ())):
            self._resolve(other, "dismissed")

    def edited(self, uri: str, text: str) -> None:
        """Note that a document's text changed: what no longer fits it ends, what it has come to hold was typed."""
        for record in list(self._live.get(uri, ())):
            stands = progress(record, text)
            if stands is None:
                self._resolve(record, "dismissed")
            elif stands >= len(record.text):
                self._resolve(record, "typed")
            elif stands != record.stands:
                record.stood, record.stands = record.stands, stands

    def follows(self, uri: str) -> bool:
        """Tell whether a suggestion of the document may still be taken: only then its text is of interest."""
        return bool(self._live.get(uri))

    def moved(self, uri: str, offset: int | None = None) -> None:
        """Note that the cursor is at `offset` of a document: suggestions that do not stand there are gone.

        With None, only those of other documents are.
        """
        for record in [record for records in self._live.values() for record in records]:
            if record.uri != uri or (offset is not None and not is_near(record, offset)):
                self._resolve(record, "dismissed")

    def closed(self, uri: str) -> None:
        """Note that a document is gone."""
        for record in list(self._live.get(uri, ())):
            self._resolve(record, "dismissed")
        self._live.pop(uri, None)

    def end(self) -> None:
        """Note that the session ends."""
        for uri in list(self._live):
            self.closed(uri)

    def _record(self, number: int) -> Record | None:
        found = self._items.get(number)
        return found[0] if found is not None else None

    @staticmethod
    def _take(record: Record, start: int, end: int) -> None:
        start = max(start, record.head)
        if record.taken is not None:
            start, end = min(start, record.taken[0]), max(end, record.taken[1])
        record.taken = (start, max(start, end))
        record.entry = replace(record.entry, accepted_chars=record.taken[1] - record.taken[0])

    def _resolve(self, record: Record, outcome: Outcome) -> None:
        """End a record by what the document tells; what the editor told before counts more."""
        record.live = False
        if record.entry.outcome == "shown":
            record.entry = replace(record.entry, outcome=outcome, ended_at=self._clock())
        if record.seen or record.entry.outcome == "partial":
            self._changed(record)
        self._end(record)

    def _end(self, record: Record) -> None:
        records = self._live.get(record.uri, [])
        if record in records:
            records.remove(record)
            self._ended.append(record)
        while len(self._ended) > _ENDED:
            old = self._ended.popleft()
            old.forgotten, old.before, old.after = True, "", ""

    def _note(self, record: Record, **changes: object) -> None:
        record.entry = replace(record.entry, **changes)  # type: ignore[arg-type]
        self._changed(record)
