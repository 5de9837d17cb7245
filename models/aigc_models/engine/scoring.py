"""Ask the scheduler how likely texts are after a prompt, all together, and wait for the figures."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack

from aigc_models.engine.prompts import Prompter
from aigc_models.engine.scheduler import Scheduler
from aigc_models.engine.sequence import Sink
from aigc_models.types import CompletionChunk, CompletionRequest


async def score(
    scheduler: Scheduler, prompter: Prompter, request: CompletionRequest, continuations: Sequence[str]
) -> list[tuple[float, ...]]:
    """Return the natural-log probability of each token of each continuation.

    They are computed together; each finds in the prefix cache what is known of the prompt. Cancelling the call takes
    back what waits.

    Raises:
        EngineRequestError: a continuation does not fit the context.
        EngineUnavailableError: the engine stops, or its queue is full.
    """
    loop = asyncio.get_running_loop()
    waiting: list[asyncio.Future[tuple[float, ...]]] = []
    with ExitStack() as left:
        for text in continuations:
            future: asyncio.Future[tuple[float, ...]] = loop.create_future()
            sequence = prompter.scoring(request, text, _sink(loop, future))
            scheduler.submit(sequence)
            left.callback(scheduler.cancel, sequence)
            waiting.append(future)
        return list(await asyncio.gather(*waiting))


def _sink(loop: asyncio.AbstractEventLoop, future: asyncio.Future[tuple[float, ...]]) -> Sink:
    def settle(item: CompletionChunk | Exception) -> None:
        if future.done():
            return
        if isinstance(item, Exception):
            future.set_exception(item)
        else:
            future.set_result(item.logprobs)

    def sink(item: CompletionChunk | Exception) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, item)

    return sink
