"""One suggestion, from a place in a text to verified text: prepare, stream, judge. The language server and the command
line share it; when to ask, and what to do with the answer, is theirs."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, cast

from aigc_models.types import CompletionChunk, CompletionRequest, EngineUnavailableError, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from aigc_plugins.document import Snapshot
    from aigc_plugins.inline import Budget, InlineCompletionTask, Judge, Prepared, SelectedText, Suggestion

    from aigc_lsp.settings import CompletionSettings

logger = logging.getLogger(__name__)

Trigger = Literal["automatic", "invoked"]


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


def budget_of(settings: CompletionSettings) -> Budget:
    """Return the token budget that the settings give a prompt and its answer."""
    from aigc_plugins.inline import Budget

    return Budget(
        prefix_tokens=settings.prefix_tokens,
        suffix_tokens=settings.suffix_tokens,
        max_tokens=settings.max_tokens,
    )


class CompletionService:
    """Runs the inline-completion task against an engine. Holds no state of a document."""

    def __init__(self, client: CompletionClient, task: InlineCompletionTask) -> None:
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
            self._task.prepare, snapshot, offset, trigger=trigger, budget=budget_of(settings), selected=selected
        )
        if prepared is None:
            return Outcome(reason="nothing to suggest here", total_s=time.perf_counter() - start)
        judge = prepared.judge()
        try:
            first, usage = await self._stream(prepared, judge, on_text)
        except EngineUnavailableError as error:
            return Outcome(reason=str(error), total_s=time.perf_counter() - start, unavailable=True)
        suggestion = await asyncio.to_thread(judge.finish)
        reason = "" if suggestion else f"withheld: {judge.withheld}"
        first_s = None if first is None else first - start
        return Outcome(suggestion, reason, usage, first_s, time.perf_counter() - start)

    async def _stream(
        self, prepared: Prepared, judge: Judge, on_text: Callable[[str], None] | None
    ) -> tuple[float | None, Usage | None]:
        first: float | None = None
        usage: Usage | None = None
        stream = cast("AsyncGenerator[CompletionChunk, None]", self._client.complete(prepared.request))
        async with aclosing(stream):
            async for chunk in stream:
                usage = chunk.usage or usage
                if not chunk.text:
                    continue
                if first is None:
                    first = time.perf_counter()
                if on_text is not None:
                    on_text(chunk.text)
                if judge.feed(chunk.text):
                    break
        return first, usage
