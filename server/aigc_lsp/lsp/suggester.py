"""Decides when the engine is asked: at most one stream a document, what is known first, the newest request wins."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_lsp.reuse import ReuseCache

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.document import Snapshot
    from aigc_plugins.inline import SelectedText, Suggestion

    from aigc_lsp.completion import Outcome, Trigger
    from aigc_lsp.lsp.backend import Backend
    from aigc_lsp.lsp.documents import Documents
    from aigc_lsp.lsp.generation import Generation
    from aigc_lsp.lsp.params import At

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Lane:
    """What goes on for one document: the request that waits, and the engine stream that it waits for."""

    ticket: object | None = None
    request: Any = None
    generation: Generation | None = None

    def drop(self) -> None:
        if self.generation is not None:
            self.generation.drop()
            self.generation = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion and the text that it is for."""

    snapshot: Snapshot
    suggestion: Suggestion


class Suggester:
    """Answers where ghost text is asked for.

    A newer request of a document supersedes the older one, whose client gets RequestCancelled (-32800) through
    `cancel`: the editor has moved on, every client drops that code in silence, while an empty result could wipe the
    ghost text that the newer request brings. The engine's stream goes on if the newer text only follows it.
    """

    def __init__(
        self, documents: Documents, backend: Backend, cancel: Callable[[Any], None], *, client_debounces: bool
    ) -> None:
        self._documents = documents
        self._backend = backend
        self._cancel = cancel
        self._client_debounces = client_debounces
        self._lanes: dict[str, _Lane] = {}
        self._oversized: set[str] = set()
        self.cache = ReuseCache()

    async def suggest(self, at: At, request: Any, trigger: Trigger) -> Offer | None:
        """Return what to offer at a place, or None. `request` is the id of the client's request."""
        lane = self._lanes.setdefault(at.uri, _Lane())
        if lane.ticket is not None:
            older, lane.ticket = lane.request, None
            self._cancel(older)
        ticket = lane.ticket = object()
        lane.request = request
        try:
            return await self._answer(lane, at, trigger)
        except asyncio.CancelledError:
            if lane.ticket is ticket:  # the client took it back; a newer request would have put its own ticket here
                lane.drop()
            raise
        finally:
            if lane.ticket is ticket:
                lane.ticket = None

    def changed(self, uri: str) -> None:
        """Note that a document changed: a stream that no longer fits it ends."""
        lane = self._lanes.get(uri)
        if lane is None or lane.generation is None or not lane.generation.running:
            return
        document = self._documents.get(uri)
        if document is None or not lane.generation.continues(document.snapshot()):
            lane.drop()

    def closed(self, uri: str) -> None:
        """Forget a document."""
        lane = self._lanes.pop(uri, None)
        if lane is not None:
            lane.drop()
        self._oversized.discard(uri)
        self.cache.forget(uri)

    def stop(self) -> None:
        """End all streams."""
        for lane in self._lanes.values():
            lane.drop()

    async def _answer(self, lane: _Lane, at: At, trigger: Trigger) -> Offer | None:
        await self._backend.ready.wait()
        snapshot = self._snapshot(at) if self._backend.usable else None
        if snapshot is None:
            return None
        offset = self._documents.offset(snapshot, at.position)
        selected = self._selected(snapshot, at)
        if selected is None and (known := self.cache.find(snapshot, offset, self._backend.profile)):
            lane.drop()
            return Offer(snapshot, known)
        if not self._backend.engine_ready():
            return None
        fits = selected is None and lane.generation is not None and lane.generation.continues(snapshot, offset)
        if not fits:
            lane.drop()
            if trigger == "automatic" and not self._client_debounces:
                await asyncio.sleep(self._backend.settings.completion.debounce_ms / 1000)
        while True:
            if lane.generation is None:
                lane.generation = self._generate(snapshot, offset, trigger, selected)
            generation = lane.generation
            outcome = await generation.result()
            if lane.generation is generation:
                lane.generation = None
            if not generation.diverged:
                return self._offer(generation, outcome, at, snapshot, selected)

    def _snapshot(self, at: At) -> Snapshot | None:
        """Return the text to complete, or None where nothing is offered: out of step, switched off, too large."""
        document = self._documents.get(at.uri)
        settings = self._backend.settings.completion
        if document is None or (at.version is not None and at.version != document.version):
            return None
        if not settings.enabled or not settings.languages.get(document.language_id, True):
            return None
        if len(document.text) > settings.max_file_kb * 1024:
            if at.uri not in self._oversized:
                self._oversized.add(at.uri)
                logger.warning("%s is larger than completion.max_file_kb (%d): no suggestions there",
                               at.uri, settings.max_file_kb)  # fmt: skip
            return None
        return document.snapshot()

    def _selected(self, snapshot: Snapshot, at: At) -> SelectedText | None:
        if at.selected is None:
            return None
        from aigc_plugins.inline import SelectedText

        where = at.selected.range
        start, end = self._documents.offset(snapshot, where.start), self._documents.offset(snapshot, where.end)
        return SelectedText(text=at.selected.text, start=start, end=end)

    def _generate(self, snapshot: Snapshot, offset: int, trigger: Trigger, selected: SelectedText | None) -> Generation:
        from aigc_lsp.lsp.generation import Generation

        async def run(on_text: Callable[[str], None]) -> Outcome:
            profile = self._backend.profile
            service, settings = self._backend.service, self._backend.settings.completion
            outcome = await service.suggest(
                snapshot, offset, settings=settings, trigger=trigger, selected=selected, on_text=on_text
            )
            if outcome.suggestion is not None and selected is None:
                self.cache.remember(snapshot, offset, outcome.suggestion, profile)
            return outcome

        return Generation(snapshot, offset, run)

    def _offer(
        self, generation: Generation, outcome: Outcome, at: At, snapshot: Snapshot, selected: SelectedText | None
    ) -> Offer | None:
        """Return the outcome as it fits the text of now: late, but still what the user is typing, it is trimmed."""
        if outcome.suggestion is None:
            logger.debug("No suggestion: %s", outcome.reason)
            return None
        document = self._documents.get(at.uri)
        if document is None:
            return None
        if document.version == generation.snapshot.version:
            return Offer(generation.snapshot, outcome.suggestion)
        if selected is not None:
            return None
        now = document.snapshot()
        cursor = generation.offset + len(now.text) - len(generation.snapshot.text)
        rest = self.cache.find(now, cursor, self._backend.profile)
        return Offer(now, rest) if rest is not None else None
