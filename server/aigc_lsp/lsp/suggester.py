"""Decides when the engine is asked: at most one stream a document, what is known first, the newest request wins."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp.offers import Offer, Offers, Place
from aigc_lsp.lsp.pace import Pace
from aigc_lsp.reuse import ReuseCache

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from aigc_lsp.completion import Outcome, Trigger
    from aigc_lsp.lsp.backend import Backend
    from aigc_lsp.lsp.documents import Documents
    from aigc_lsp.lsp.generation import Generation
    from aigc_lsp.lsp.params import At
    from aigc_lsp.lsp.prefetch import Prefetcher
    from aigc_plugins.api import SelectedText, Suggestion
    from aigc_plugins.document import Document, Snapshot

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
        self._ahead: Prefetcher | None = None
        self.cache = ReuseCache()
        self._offers = Offers(documents, self.cache, lambda: backend.profile)
        self.pace = Pace()
        # Whether the user wants no suggestions but those asked for.
        self.paused: Callable[[], bool] = lambda: False
        # Who wants to hear what the engine came up with, for which document, and whether ahead of any request.
        self.made: Callable[[str, Outcome, bool], None] = lambda uri, outcome, ahead: None

    def locate(self, at: At) -> Place:
        """Return the place of a request, at the moment when it arrives: edits that follow it are not for it.

        Raises:
            RpcError: -32602, the document has no such line.
        """
        document = self._documents.get(at.uri)
        if document is None or (at.version is not None and at.version != document.version) or self.oversize(document):
            return Place(at.uri)
        return self._offers.place(at, document)

    async def suggest(
        self, place: Place, request: Any, trigger: Trigger, patience: float | None = None
    ) -> Offer | None:
        """Return what to offer at a place, or None. `request` is the id of the client's request.

        After `patience` seconds the answer is None; the engine goes on, and a later request finds what it wrote.
        """
        if place.snapshot is None:
            return None
        lane = self._lanes.setdefault(place.uri, _Lane())
        if lane.ticket is not None:
            older, lane.ticket = lane.request, None
            self._cancel(older)
        ticket = lane.ticket = object()
        lane.request = request
        try:
            async with asyncio.timeout(patience):
                return await self._answer(lane, place, trigger)
        except TimeoutError:
            return None
        except asyncio.CancelledError:
            # The client took it back; a newer request would have put its own ticket here.
            if lane.ticket is ticket:
                lane.drop()
            raise
        finally:
            if lane.ticket is ticket:
                lane.ticket = None

    def changed(self, uri: str) -> None:
        """Note that a document changed: a stream that no longer fits it ends."""
        self.pace.key()
        lane = self._lanes.get(uri)
        if lane is None or lane.generation is None or not lane.generation.running:
            return
        view = self._documents.view(uri)
        if view is None or not lane.generation.continues(view.snapshot):
            lane.drop()

    def closed(self, uri: str) -> None:
        """Forget a document."""
        lane = self._lanes.pop(uri, None)
        if lane is not None:
            lane.drop()
        if self._ahead is not None:
            self._ahead.drop()
        self._oversized.discard(uri)
        self.cache.forget(uri)
        self._backend.closed(uri)

    def stop(self) -> None:
        """End all streams."""
        for lane in self._lanes.values():
            lane.drop()
        if self._ahead is not None:
            self._ahead.drop()

    def oversize(self, document: Document) -> bool:
        """Tell whether a document is too large to be served; the log says it once."""
        if not self._backend.usable or len(document.text) <= self._backend.settings.completion.max_file_kb * 1024:
            return False
        if document.uri not in self._oversized:
            self._oversized.add(document.uri)
            logger.warning("%s is larger than completion.max_file_kb: no suggestions there", document.uri)
        return True

    async def _answer(self, lane: _Lane, place: Place, trigger: Trigger) -> Offer | None:
        await self._backend.ready.wait()
        snapshot, offset, selected = place.snapshot, place.offset, place.selected
        if snapshot is None or not self._wanted(snapshot) or (trigger == "automatic" and self.paused()):
            return None
        profile = self._backend.profile
        known = self.cache.find(snapshot, offset, profile) if selected is None else None
        if known is not None and (trigger == "automatic" or self.cache.knows_all(snapshot, offset, profile)):
            lane.drop()
            offer = self._offers.fit(snapshot, offset, known, everything=trigger == "invoked")
            self._look_ahead(snapshot, offset, known)
            return offer
        asks_again = selected is None and trigger == "automatic"
        if asks_again and self.cache.knows_nothing(snapshot, offset, profile):
            return None
        if not self._backend.engine_ready():
            logger.info("No suggestion: the engine is %s", self._backend.engine_state)
            return None if known is None else self._offers.fit(snapshot, offset, known)
        generation = await self._running(lane, place, trigger)
        while True:
            outcome = await generation.result()
            if lane.generation is generation:
                lane.generation = None
            if not generation.diverged:
                break
            if lane.generation is None:
                lane.generation = self._generate(snapshot, offset, trigger, selected)
            generation = lane.generation
        return self._offer(generation, outcome, selected, known)

    async def _running(self, lane: _Lane, place: Place, trigger: Trigger) -> Generation:
        """Return the stream that answers a request: one that runs already where it fits, else a new one."""
        snapshot, offset, selected = place.snapshot, place.offset, place.selected
        assert snapshot is not None  # noqa: S101 - `suggest` has seen to it
        running = lane.generation
        if running is None or selected is not None or not running.serves(snapshot, offset, trigger):
            lane.drop()
            if selected is None and trigger == "automatic" and self._ahead is not None:
                lane.generation = self._ahead.adopt(snapshot, offset)
        if lane.generation is None:
            if trigger == "automatic" and not self._client_debounces:
                left = snapshot.text[snapshot.text.rfind("\n", 0, offset) + 1 : offset]
                limit, shared = self._backend.settings.completion.debounce_ms / 1000, self._shared
                await asyncio.sleep(self.pace.wait(left, limit, shared=shared))
            if self._ahead is not None:
                self._ahead.drop()
            lane.generation = self._generate(snapshot, offset, trigger, selected)
        return lane.generation

    @property
    def _shared(self) -> bool:
        """Whether the engine may serve others, too."""
        return self._backend.settings.engine.url is not None

    def _wanted(self, snapshot: Snapshot) -> bool:
        if not self._backend.usable:
            return False
        settings = self._backend.settings.completion
        return settings.enabled and settings.languages.get(snapshot.language_id, True)

    def _generate(self, snapshot: Snapshot, offset: int, trigger: Trigger, selected: SelectedText | None) -> Generation:
        from aigc_lsp.lsp.generation import Generation

        async def run(on_text: Callable[[str], None]) -> Outcome:
            profile = self._backend.profile
            service, settings = self._backend.service, self._backend.settings.completion
            began = time.monotonic()
            try:
                outcome = await service.suggest(
                    snapshot,
                    offset,
                    settings=settings,
                    context_tokens=self._backend.settings.context.tokens,
                    trigger=trigger,
                    selected=selected,
                    on_text=on_text,
                )
            except asyncio.CancelledError:
                self.pace.given_up(time.monotonic() - began)
                raise
            if trigger == "automatic":
                self.pace.answered(time.monotonic() - began)
            self.made(snapshot.uri, outcome, snapshot.version < -1)
            if selected is None and not outcome.unavailable:
                self._remember(snapshot, offset, outcome, trigger, profile)
            return outcome

        return Generation(snapshot, offset, run, thorough=trigger == "invoked")

    def _remember(self, snapshot: Snapshot, offset: int, outcome: Outcome, trigger: Trigger, profile: Hashable) -> None:
        if outcome.suggestion is None:
            self.cache.remember_nothing(snapshot, offset, profile)
            return
        # What was on screen already stays the first.
        shown = self.cache.find_all(snapshot, offset, profile) if trigger == "invoked" else []
        for suggestion in reversed((*shown, outcome.suggestion, *outcome.alternatives)):
            self.cache.remember(snapshot, offset, suggestion, profile, thorough=trigger == "invoked")

    def _offer(
        self, generation: Generation, outcome: Outcome, selected: SelectedText | None, known: Suggestion | None
    ) -> Offer | None:
        suggestion = known or outcome.suggestion
        if suggestion is None:
            logger.info("No suggestion: %s", outcome.reason)
            offer = None
        else:
            everything = bool(outcome.alternatives) or known is not None
            offer = self._offers.fit(
                generation.snapshot, generation.offset, suggestion, selected, everything=everything
            )
        if selected is None and not outcome.unavailable and not generation.dropped:
            self._look_ahead(generation.snapshot, generation.offset, suggestion)
        return offer

    def _look_ahead(self, snapshot: Snapshot, offset: int, suggestion: Suggestion | None) -> None:
        """Use the engine's rest to ask for what follows; never that of an engine that others wait for."""
        wish = self._backend.settings.completion.prefetch
        if wish == "never" or (wish == "auto" and self._shared):
            return
        if any(lane.generation is not None for lane in self._lanes.values()):
            return
        if self._ahead is None:
            from aigc_lsp.lsp.prefetch import Prefetcher

            self._ahead = Prefetcher(lambda text, at: self._generate(text, at, "automatic", None), self._knows)
        self._ahead.look_ahead(snapshot, offset, suggestion)

    def _knows(self, snapshot: Snapshot, offset: int) -> bool:
        profile = self._backend.profile
        return self.cache.find(snapshot, offset, profile) is not None or self.cache.knows_nothing(
            snapshot, offset, profile
        )
