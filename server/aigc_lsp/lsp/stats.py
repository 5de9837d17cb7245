"""The record of suggestions in one session: hears of offers, edits and the editor's reports, has entries written, and
asks the show-or-hide model. What became of a suggestion is decided in `aigc_lsp.stats.ledger`."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from aigc_lsp.stats.gate import EXPLORED, GateFile
from aigc_lsp.stats.ledger import Ledger
from aigc_lsp.stats.making import Makings
from aigc_lsp.stats.record import OfferFacts, Record
from aigc_lsp.stats.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aigc_lsp.completion import Outcome, Trigger
    from aigc_lsp.lsp.backend import Backend
    from aigc_lsp.lsp.documents import Documents
    from aigc_lsp.lsp.feedback import Event, Feedback
    from aigc_lsp.lsp.offers import Offer, Place
    from aigc_lsp.settings.model import StatsSettings
    from aigc_lsp.stats.entry import Entry

logger = logging.getLogger(__name__)

# When it is looked what is left of an accepted suggestion, and how many of them are waited for.
KEPT_AFTER_S = 30.0
_MOST_WATCHED = 16
_FLUSH_S = 0.4
# Documents whose last key is remembered.
_MOST_KEYS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A request for suggestions, as it arrived: where, by whom, at which time of the monotonic clock (seconds).

    `pause_ms` is the time since the document's last change, NaN where there was none.
    """

    uri: str
    offset: int | None
    trigger: Trigger
    at: float
    pause_ms: float


class Stats:
    """What `features` tells of suggestions. Used from the event loop's thread only; nothing here waits for a disk."""

    def __init__(self, documents: Documents, backend: Backend, feedback: Feedback) -> None:
        self._documents = documents
        self._backend = backend
        self._feedback = feedback
        self._ledger = Ledger(os.urandom(8).hex(), self._record_changed)
        self._writer = Writer(_path, lambda: self._settings.keep_days if self._settings else math.inf)
        self._makings = Makings()
        self._gate: GateFile | None = None
        self._keys: dict[str, float] = {}
        self._watched: dict[Record, asyncio.TimerHandle] = {}
        self._draw: Callable[[], float] = _draw
        feedback.hooks.append(self._reported)

    @property
    def _settings(self) -> StatsSettings | None:
        return self._backend.settings.stats if self._backend.usable else None

    def asked(self, place: Place, trigger: Trigger) -> Asked:
        """Note a request at the moment when it arrives."""
        now = time.monotonic()
        key = self._keys.get(place.uri)
        base = self._base(place.uri)
        offset = None if place.snapshot is None or base is None else place.offset - base
        return Asked(place.uri, offset, trigger, now, math.nan if key is None else (now - key) * 1000)

    def offered(self, asked: Asked, offers: Sequence[Offer]) -> list[tuple[Offer, int]]:
        """Return the offers that the editor is sent, each with its id: all, or those that are worth showing."""
        settings = self._settings
        if not offers and asked.offset is not None:
            self._ledger.moved(asked.uri, asked.offset)
        numbered = [(offer, self._feedback.number()) for offer in offers]
        if settings is None:
            return numbered
        return [(offer, number) for offer, number in numbered if self._offer(asked, offer, number, settings)]

    def made(self, uri: str, outcome: Outcome, ahead: bool) -> None:
        """Note what the engine came up with; `ahead` of any request for it."""
        if outcome.suggestion is not None:
            texts = [one.text for one in (outcome.suggestion, *outcome.alternatives)]
            self._makings.made(uri, texts, outcome.logprobs, outcome.context, ahead=ahead)

    def changed(self, uri: str) -> None:
        """Note that the user changed a document."""
        self._keys.pop(uri, None)
        self._keys[uri] = time.monotonic()
        if len(self._keys) > _MOST_KEYS:
            del self._keys[next(iter(self._keys))]
        if self._ledger.follows(uri) and (text := self._text(uri)) is not None:
            self._ledger.edited(uri, text)

    def focused(self, params: Any) -> None:
        """Take `textDocument/didFocus`: the user went to another document."""
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if isinstance(uri, str):
            self._ledger.moved(uri)

    def closed(self, uri: str) -> None:
        """Note that a document was closed, or opened anew."""
        self._keys.pop(uri, None)
        self._ledger.closed(uri)

    async def aclose(self) -> None:
        """Write what is to be written, in the time that the end of a session leaves."""
        for timer in self._watched.values():
            timer.cancel()
        self._ledger.end()
        await asyncio.to_thread(self._writer.close, _FLUSH_S)

    def _offer(self, asked: Asked, offer: Offer, number: int, settings: StatsSettings) -> bool:
        self._ledger.moved(asked.uri)
        record = self._ledger.offered(number, self._facts(asked, offer))
        self._feedback.same(number, record.number)
        if record.hidden and asked.trigger == "invoked":
            self._ledger.unhide(record, asked.trigger)
        elif record.number == number and asked.trigger == "automatic" and settings.gate and not self._shows(record):
            if self._draw() >= EXPLORED:
                self._ledger.hide(record)
            else:
                self._ledger.explore(record)
        return not record.hidden

    def _shows(self, record: Record) -> bool:
        if self._gate is None:
            self._gate = GateFile()
        gate = self._gate.current()
        if gate is None or gate.model != record.entry.model:
            return True
        return gate.shows(record.entry.vector())

    def _facts(self, asked: Asked, offer: Offer) -> OfferFacts:
        snapshot, suggestion, base = offer.snapshot, offer.suggestion, offer.base
        link = self._backend.link
        made, source = self._makings.find(snapshot.uri, suggestion.text)
        return OfferFacts(
            uri=snapshot.uri,
            text=snapshot.text[base:],
            start=suggestion.start - base,
            end=suggestion.end - base,
            insert=suggestion.text,
            request=asked,
            trigger=asked.trigger,
            language=snapshot.language_id,
            model=_name(link.status.model if link is not None else None),
            adapter=self._backend.adapter,
            source=source,
            latency_ms=(time.monotonic() - asked.at) * 1000,
            pause_ms=asked.pause_ms,
            made=made,
        )

    def _reported(self, event: Event) -> None:
        if event.kind == "shown":
            self._ledger.shown(event.id)
        elif event.kind == "accepted":
            self._ledger.accepted(event.id)
        elif event.length is not None:
            self._ledger.partially_accepted(event.id, event.length)

    def _record_changed(self, record: Record) -> None:
        settings = self._settings
        if settings is None or not settings.enabled:
            return
        self._writer.put(record.entry)
        if not record.live and record.taken is not None and not record.forgotten:
            self._watch(record)

    def _watch(self, record: Record) -> None:
        """Look half a minute later what is left of what was taken."""
        if record in self._watched or len(self._watched) >= _MOST_WATCHED or record.taken is None:
            return
        start, end = record.taken
        rest = record.tail if end < len(record.text) else ""
        then = (record.before + record.text[:start], record.text[start:end], rest + record.after)
        timer = asyncio.get_running_loop().call_later(KEPT_AFTER_S, self._look, record, then)
        self._watched[record] = timer

    def _look(self, record: Record, then: tuple[str, str, str]) -> None:
        del self._watched[record]
        now, settings = self._text(record.uri), self._settings
        if now is not None and settings is not None and settings.enabled:
            self._writer.put(record.entry, partial(_with_kept, record.entry, then, now))

    def _base(self, uri: str) -> int | None:
        view = self._documents.view(uri)
        return None if view is None else view.base

    def _text(self, uri: str) -> str | None:
        """Return a document's text, None where it is not open or out of step."""
        view = self._documents.view(uri)
        return None if view is None else view.snapshot.text[view.base :]


def _path() -> Path:
    from aigc_lsp.stats.store import default_path

    return default_path()


def _draw() -> float:
    return int.from_bytes(os.urandom(4)) / 2**32


def _with_kept(entry: Entry, then: tuple[str, str, str], now: str) -> Entry:
    from aigc_lsp.stats.kept import kept

    before, taken, after = (text.replace("\r\n", "\n").replace("\r", "\n") for text in then)
    return replace(entry, kept_chars=kept(before, taken, after, now.replace("\r\n", "\n").replace("\r", "\n")))


def _name(model: str | None) -> str | None:
    """Return the name by which a model is recorded: of a file or folder only its last part, no path."""
    if model is None:
        return None
    plain = model.partition("?")[0]
    return PurePath(plain).name if plain.startswith(("/", "~", ".")) else plain
