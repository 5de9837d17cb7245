"""Answer a request from the scheduler's thread over ASGI, streamed or whole, and stop decoding when the client goes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from aigc_models.engine.adapting import UnknownModelError
from aigc_models.engine.scheduler import Scheduler
from aigc_models.engine.sequence import Sequence, Sink
from aigc_models.engine.wire import Answer, BodyTooLargeError
from aigc_models.types import CompletionChunk, EngineBusyError, EngineRequestError, EngineUnavailableError

_BATCH_S = 0.04
_HEADERS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]


def error_response(error: Exception) -> JSONResponse:
    """Return an error as OpenAI's API writes it."""
    status, kind = 500, "server_error"
    if isinstance(error, UnknownModelError):
        status, kind = 404, "not_found_error"
    elif isinstance(error, EngineRequestError):
        status, kind = 400, "invalid_request_error"
    elif isinstance(error, EngineBusyError):
        status, kind = 429, "rate_limit_error"
    elif isinstance(error, EngineUnavailableError):
        status, kind = 503, "unavailable"
    headers = {"retry-after": "1"} if status in (429, 503) else {}
    if isinstance(error, BodyTooLargeError):
        status, headers = 413, {"connection": "close"}  # the rest of the body would be read for ever
    return JSONResponse({"error": {"message": str(error), "type": kind, "code": status}}, status, headers)


class Batcher:
    """A sink that gathers what comes within `_BATCH_S`, so that a fast model is not slowed by an event for each token.

    The first piece, ends of lines (where suggestions end) and the last piece go on at once.
    """

    def __init__(self, send: Sink) -> None:
        self._send = send
        self._held: list[CompletionChunk] = []
        self._sent_at = 0.0

    def __call__(self, item: CompletionChunk | Exception) -> None:
        """Take a chunk or an error from the scheduler's thread."""
        if isinstance(item, Exception):
            self._flush()
            self._send(item)
            return
        self._held.append(item)
        due = time.monotonic() - self._sent_at >= _BATCH_S
        if due or item.finish_reason is not None or "\n" in item.text:
            self._flush()

    def _flush(self) -> None:
        if not self._held:
            return
        last = self._held[-1]
        text = "".join(chunk.text for chunk in self._held)
        logprobs = tuple(value for chunk in self._held for value in chunk.logprobs)
        usage = next((chunk.usage for chunk in reversed(self._held) if chunk.usage is not None), None)
        self._held.clear()
        self._sent_at = time.monotonic()
        self._send(CompletionChunk(text, last.finish_reason, logprobs, usage))


class Generation:
    """An ASGI response that runs one request. `make` builds the sequence around the sink that it is given."""

    def __init__(self, scheduler: Scheduler, make: Callable[[Sink], Sequence], answer: Answer, stream: bool) -> None:
        self._scheduler = scheduler
        self._answer = answer
        self._stream = stream
        self._queue: asyncio.Queue[CompletionChunk | Exception] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._sequence = make(Batcher(lambda item: _call(loop, self._queue, item)))
        scheduler.submit(self._sequence)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; the client's disconnection cancels the request between two tokens."""
        watcher = asyncio.create_task(disconnected(receive))
        sender = asyncio.create_task(
            self._send_stream(send) if self._stream else self._send_whole(scope, receive, send)
        )
        try:
            await asyncio.wait({watcher, sender}, return_when=asyncio.FIRST_COMPLETED)
            if sender.done():
                sender.result()
        finally:
            if not sender.done():
                self._scheduler.cancel(self._sequence)
            for task in (watcher, sender):
                task.cancel()
            await asyncio.gather(watcher, sender, return_exceptions=True)

    async def _send_stream(self, send: Send) -> None:
        item = await self._queue.get()
        if isinstance(item, Exception):
            await _send_error(item, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        while True:
            last = isinstance(item, Exception) or item.finish_reason is not None
            event = _error_event(item) if isinstance(item, Exception) else self._answer.event(item)
            body = b"data: " + json.dumps(event).encode() + b"\n\n"
            if last:
                body += b"data: [DONE]\n\n"
            await send({"type": "http.response.body", "body": body, "more_body": not last})
            if last:
                return
            item = await self._queue.get()

    async def _send_whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, Exception):
                await _send_error(item, send)
                return
            self._answer.gather(item)
            if item.finish_reason is not None:
                await JSONResponse(self._answer.whole())(scope, receive, send)
                return


def _call(
    loop: asyncio.AbstractEventLoop,
    queue: asyncio.Queue[CompletionChunk | Exception],
    item: CompletionChunk | Exception,
) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(queue.put_nowait, item)


async def disconnected(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _error_event(error: Exception) -> dict[str, Any]:
    return {"error": {"message": str(error), "type": "server_error"}}


async def _send_error(error: Exception, send: Send) -> None:
    response = error_response(error)
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": bytes(response.body)})
