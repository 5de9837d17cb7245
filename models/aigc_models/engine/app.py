"""The engine's HTTP routes: OpenAI-compatible completions and chat, tokenize, health, and its own status stream."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from aigc_models.engine.access import AccessControl
from aigc_models.engine.adapter_loading import Loaded
from aigc_models.engine.host import ModelHost
from aigc_models.engine.prompts import Prompter
from aigc_models.engine.scheduler import UnloadingError
from aigc_models.engine.scoring import score
from aigc_models.engine.sequence import Sequence, Sink
from aigc_models.engine.streaming import Generation, disconnected, error_response
from aigc_models.engine.wire import (
    AdapterBody,
    Answer,
    BodyTooLargeError,
    ChatBody,
    CompletionBody,
    ScoreBody,
    TokenizeBody,
)
from aigc_models.types import AigcError, EngineRequestError, EngineStatus, EngineUnavailableError

_MAX_BODY = 16 << 20
Body = TypeVar("Body", bound=BaseModel)


class EngineApp:
    """The routes over a model host. `clients` counts the attached ones; `stop` ends the process."""

    def __init__(self, host: ModelHost, stop: Callable[[], None]) -> None:
        self.host = host
        self.clients = 0
        self.client_left_at = time.monotonic()
        self._stop = stop
        self._started = time.time()
        self._numbers = itertools.count(1)

    def asgi(self, token: str | None, hosts: frozenset[str] | None) -> ASGIApp:
        """Return the application behind its access control."""
        routes = [
            Route("/v1/completions", self._completions, methods=["POST"]),
            Route("/v1/chat/completions", self._chat, methods=["POST"]),
            Route("/v1/score", self._score, methods=["POST"]),
            Route("/v1/models", self._models),
            Route("/tokenize", self._tokenize, methods=["POST"]),
            Route("/health", self._health),
            Route("/engine/events", self._events),
            Route("/engine/load", self._load, methods=["POST"]),
            Route("/engine/adapter", self._adapter, methods=["POST"]),
            Route("/engine/stop", self._shut_down, methods=["POST"]),
        ]
        return Starlette(routes=routes, middleware=[Middleware(AccessControl, token=token, hosts=hosts)])

    def status(self) -> dict[str, Any]:
        """Return the host's status with this process's identity and counters, as JSON values."""
        details = {"uptime_s": round(time.time() - self._started, 1), "clients": self.clients, "loads": self.host.loads}
        return {**asdict(self.host.status), "pid": os.getpid(), "details": {**details, **self.host.counters()}}

    def _answering(self, model: str | None, fallback: bool) -> Loaded:
        self.client_left_at = time.monotonic()  # a request counts as a visit, attached or not
        return self.host.answering(model, fallback=fallback)

    async def _completions(self, request: Request) -> Any:
        try:
            body = await _parse(request, CompletionBody)
            asked = body.request()
            loaded = self._answering(body.model, body.fallback)
            return self._generation(loaded, lambda to, sink: to.completion(asked, sink), body, chat=False)
        except AigcError as error:
            return error_response(error)

    async def _chat(self, request: Request) -> Any:
        try:
            body = await _parse(request, ChatBody)
            asked = body.request()
            loaded = self._answering(body.model, fallback=False)
            return self._generation(loaded, lambda to, sink: to.chat(asked, sink), body, chat=True)
        except AigcError as error:
            return error_response(error)

    def _generation(
        self, loaded: Loaded, make: Callable[[Prompter, Sink], Sequence], body: CompletionBody | ChatBody, *, chat: bool
    ) -> Generation:
        try:
            answer = Answer(next(self._numbers), loaded.name, chat)
            return Generation(loaded.scheduler, lambda sink: make(loaded.prompter, sink), answer, body.stream)
        except UnloadingError:  # it was let go since it was found: another adapter needed its place
            again = self._answering(body.model, fallback=not chat and getattr(body, "fallback", False))
            answer = Answer(next(self._numbers), again.name, chat)
            return Generation(again.scheduler, lambda sink: make(again.prompter, sink), answer, body.stream)

    async def _score(self, request: Request) -> JSONResponse:
        try:
            body = await _parse(request, ScoreBody)
            work = asyncio.ensure_future(self._scores(body))
            gone = asyncio.ensure_future(disconnected(request.receive))
            try:
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
                scores = work.result() if work.done() else []  # nobody reads the answer any more
            finally:
                work.cancel()
                gone.cancel()
        except AigcError as error:
            return error_response(error)
        return JSONResponse({"scores": [{"logprobs": list(one)} for one in scores]})

    async def _scores(self, body: ScoreBody) -> list[tuple[float, ...]]:
        asked, loaded = body.asked(), self._answering(body.model, body.fallback)
        try:
            return await score(loaded.scheduler, loaded.prompter, asked, body.continuations)
        except UnloadingError:  # as in `_generation`
            again = self._answering(body.model, body.fallback)
            return await score(again.scheduler, again.prompter, asked, body.continuations)

    async def _models(self, request: Request) -> JSONResponse:
        facts = {"object": "model", "owned_by": "aigc-lsp", "created": int(self._started)}
        base = self.host.status.model
        adapters = await asyncio.to_thread(self.host.fitting)
        # As vLLM lists LoRA modules: models of their own, with the base as their parent.
        models = [{"id": base, **facts}, *({"id": name, "parent": base, **facts} for name in adapters)]
        return JSONResponse({"object": "list", "data": models})

    async def _tokenize(self, request: Request) -> JSONResponse:
        try:
            body = await _parse(request, TokenizeBody)
            tokens = self._answering(None, fallback=False).prompter.encode(body.prompt)
        except AigcError as error:
            return error_response(error)
        return JSONResponse({"count": len(tokens), "tokens": tokens})

    async def _health(self, request: Request) -> JSONResponse:
        return JSONResponse(self.status())

    async def _load(self, request: Request) -> JSONResponse:
        self.host.start_loading()
        return JSONResponse(self.status())

    async def _adapter(self, request: Request) -> JSONResponse:
        """Begin to make an adapter ready, and tell how far that is."""
        try:
            body = await _parse(request, AdapterBody)
            try:
                self._answering(body.model, fallback=False)
            except EngineUnavailableError as error:
                state = "preparing" if self.host.status.state == "ready" else self.host.status.state
                return JSONResponse({"model": body.model, "state": state, "message": str(error)})
        except AigcError as error:
            return error_response(error)
        return JSONResponse({"model": body.model, "state": "ready", "message": ""})

    async def _shut_down(self, request: Request) -> JSONResponse:
        self.host.say_stopping()  # the attached clients hear it, and do not take the end for a crash
        asyncio.get_running_loop().call_later(0.05, self._stop)
        return JSONResponse({"stopping": True, "pid": os.getpid()})

    async def _events(self, request: Request) -> StreamingResponse:
        """Stream the status, now and at each change. A client counts as attached while it reads this."""
        return StreamingResponse(self._changes(), media_type="text/event-stream")

    async def _changes(self) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def notice(_: EngineStatus) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(changed.set)

        unlisten = self.host.listen(notice)
        self.clients += 1
        try:
            while True:
                yield f"data: {json.dumps(self.status())}\n\n"
                if self.host.status.state == "stopping":
                    return
                changed.clear()
                await changed.wait()
        finally:
            unlisten()
            self.clients -= 1
            self.client_left_at = time.monotonic()


async def _parse(request: Request, kind: type[Body]) -> Body:
    """Read a bounded JSON body.

    Raises:
        EngineRequestError: too large, not JSON, or not of this shape; the text names the field.
    """
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > _MAX_BODY:
            raise BodyTooLargeError(f"The body is larger than {_MAX_BODY >> 20} MiB.")
    try:
        return kind.model_validate(json.loads(bytes(raw)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise EngineRequestError(f"{where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:
        raise EngineRequestError(f"The body is not JSON: {error}") from error
