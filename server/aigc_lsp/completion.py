"""One suggestion, from a place in a text to verified text: prepare, stream, judge. The language server and the command
line share it; when to ask, and what to do with the answer, is theirs."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from aigc_models.types import CompletionChunk, CompletionRequest, EngineUnavailableError, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from aigc_lsp.settings import CompletionSettings
    from aigc_plugins.api import Budget, InlineTask, Judge, Prepared, SelectedText, Suggestion
    from aigc_plugins.document import Snapshot

logger = logging.getLogger(__name__)

Trigger = Literal["automatic", "invoked"]

# Sampling of the second try: the seed makes it repeatable.
_SECOND_TRY: dict[str, Any] = {"temperature": 0.8, "top_p": 0.9, "seed": 1}


class CompletionClient(Protocol):
    """What is needed of the engine: `aigc_models.client.EngineClient` has it."""

    def complete(self, request: CompletionRequest) -> AsyncIterator[CompletionChunk]:
        """Stream the answer; closing the stream stops the engine."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try: a suggestion, or the reason why there is none. Times in seconds from the start."""

    suggestion: Suggestion | None = None
    reason: str = ""
    usage: Usage | None = None
    first_token_s: float | None = None
    total_s: float = 0.0
    unavailable: bool = False


@dataclass(slots=True)
class _Answer:
    """What the engine's stream told besides its text."""

    first: float | None = None
    usage: Usage | None = None
    truncated: bool = False


def budget_of(settings: CompletionSettings) -> Budget:
    """Return the token budget that the settings give a prompt and its answer."""
    from aigc_plugins.api import Budget

    return Budget(
        prefix_tokens=settings.prefix_tokens,
        suffix_tokens=settings.suffix_tokens,
        max_tokens=settings.max_tokens,
    )


class CompletionService:
    """Runs the inline-completion task against an engine. Holds no state of a document."""

    def __init__(self, client: CompletionClient, task: InlineTask) -> None:
        self._client = client
        self._task = task

    async def suggest(
        self,
        snapshot: Snapshot,
        offset: int,
        *,
        settings: CompletionSettings,
        trigger: Trigger = "invoked",
        selected: SelectedText | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Outcome:
        """Return a suggestion for the cursor at `offset` (code points) of `snapshot`.

        `on_text` is called with each raw piece of the model's answer. Cancelling the call closes the engine's stream.

        Raises:
            AigcError: the engine refused the request; an engine that is away is an `Outcome` with `unavailable` set.
        """
        start = time.perf_counter()
        prepared = await asyncio.to_thread(
            self._task.prepare,
            snapshot,
            offset,
            trigger=trigger,
            budget=budget_of(settings),
            selected=selected,
            multiline=settings.multiline,
        )
        if prepared is None:
            return Outcome(reason="nothing to suggest here", total_s=time.perf_counter() - start)
        try:
            suggestion, reason, answer = await self._try(prepared, prepared.request, on_text, settings)
            if suggestion is None and trigger == "invoked" and not settings.temperature:
                # The user asked for it: what the model likes best cannot be shown, so hear what else it has to say.
                # The prompt is in the engine's cache; only the answer costs time.
                other = replace(prepared.request, **_SECOND_TRY)
                suggestion, _, _ = await self._try(prepared, other, None, settings)
                reason = "" if suggestion else reason
        except EngineUnavailableError as error:
            return Outcome(reason=str(error), total_s=time.perf_counter() - start, unavailable=True)
        first_s = None if answer.first is None else answer.first - start
        return Outcome(suggestion, reason, answer.usage, first_s, time.perf_counter() - start)

    async def _try(
        self,
        prepared: Prepared,
        request: CompletionRequest,
        on_text: Callable[[str], None] | None,
        settings: CompletionSettings,
    ) -> tuple[Suggestion | None, str, _Answer]:
        """Ask once; return the suggestion, or why it is withheld, and what the stream told."""
        judge = prepared.judge()
        answer = await self._stream(request, judge, on_text, settings)
        suggestion = await asyncio.to_thread(judge.finish, answer.truncated)
        return suggestion, "" if suggestion else f"withheld: {judge.withheld}", answer

    async def _stream(
        self,
        request: CompletionRequest,
        judge: Judge,
        on_text: Callable[[str], None] | None,
        settings: CompletionSettings,
    ) -> _Answer:
        answer = _Answer()
        if settings.temperature:
            request = replace(request, temperature=settings.temperature)
        stream = cast("AsyncGenerator[CompletionChunk, None]", self._client.complete(request))
        async with aclosing(stream):
            async for chunk in stream:
                answer.usage = chunk.usage or answer.usage
                answer.truncated = chunk.finish_reason == "length"
                if not chunk.text:
                    continue
                if answer.first is None:
                    answer.first = time.perf_counter()
                if on_text is not None:
                    on_text(chunk.text)
                if judge.feed(chunk.text):
                    break
        return answer
