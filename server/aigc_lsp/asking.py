"""One question to the engine and its verified answer: streams, judges, stops. How often to ask is not known here."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from aigc_models.fill_by_chat import ChatAnswer, chat_request
from aigc_models.types import CompletionChunk, CompletionRequest, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from aigc_plugins.api import Prepared, Suggestion

Prompt: TypeAlias = Literal["auto", "chat"]


class CompletionClient(Protocol):
    """What is needed of the engine: `aigc_models.client.EngineClient` has it."""

    def complete(self, request: CompletionRequest) -> AsyncIterator[CompletionChunk]:
        """Stream the answer; closing the stream stops the engine."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer, or the reason why it cannot be shown, and the log probabilities of its tokens."""

    suggestion: Suggestion | None
    reason: str = ""
    logprobs: tuple[float, ...] = ()


@dataclass(slots=True)
class Told:
    """What the engine's stream told besides its text."""

    first: float | None = None
    usage: Usage | None = None
    truncated: bool = False
    logprobs: tuple[float, ...] = ()


async def ask(
    client: CompletionClient,
    prepared: Prepared,
    request: CompletionRequest,
    prompt: Prompt = "auto",
    *,
    begin: str = "",
    told: Told | None = None,
    on_text: Callable[[str], None] | None = None,
) -> Answer:
    """Ask once for an answer that begins with `begin`, which the request's prefix ends in.

    `on_text` is called with each raw piece, `told` is filled in. Cancelling the call closes the stream.

    Raises:
        AigcError: the engine is away, or refused the request.
    """
    told = told or Told()
    judge = prepared.judge()
    if begin:
        judge.feed(begin)
    stream = by_chat(client, request) if prompt == "chat" else client.complete(request)
    async with aclosing(cast("AsyncGenerator[CompletionChunk, None]", stream)) as chunks:
        async for chunk in chunks:
            told.usage = chunk.usage or told.usage
            told.truncated = chunk.finish_reason == "length"
            told.logprobs += chunk.logprobs
            if not chunk.text:
                continue
            if told.first is None:
                told.first = time.perf_counter()
            if on_text is not None:
                on_text(chunk.text)
            if judge.feed(chunk.text):
                break
    suggestion = await asyncio.to_thread(judge.finish, told.truncated)
    return Answer(suggestion, "" if suggestion else f"withheld: {judge.withheld}", told.logprobs)


async def by_chat(client: CompletionClient, request: CompletionRequest) -> AsyncGenerator[CompletionChunk, None]:
    """Stream the answer of a client that only chats, as if it had completed the text."""
    answer = ChatAnswer(request.prefix)
    stream = client.chat(chat_request(request))  # type: ignore[attr-defined]
    async with aclosing(cast("AsyncGenerator[CompletionChunk, None]", stream)) as chunks:
        async for chunk in chunks:
            yield replace(chunk, text=answer.feed(chunk.text, final=chunk.finish_reason is not None))
            if answer.done:
                return
