"""Requests to an engine over HTTP, on a Unix socket or at a URL. Starting an engine is the link's job."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx

from aigc_models.client.bodies import chunk_of, completion_body, native_prompt, sampling
from aigc_models.client.foreign import fills_in, foreign_prompt
from aigc_models.types import (
    ChatRequest,
    CompletionChunk,
    CompletionRequest,
    EngineBusyError,
    EngineRequestError,
    EngineStatus,
    EngineUnavailableError,
    Score,
)

# Connecting to a live engine takes microseconds, and a remote one has its own queue; decoding has no time limit here.
_TIMEOUT = httpx.Timeout(60.0, connect=5.0)


class EngineClient:
    """Ask an engine for completions. Closing a stream's generator closes its connection, which stops decoding.

    Give `socket` for the engine of this machine, or `url` (and `token`) for any OpenAI-compatible server. `adapter` is
    asked before each completion or score which adapter it is for (None: the model alone); the model alone answers while
    our engine makes that adapter ready. What is asked in chat goes to the model alone: adapters learn to continue code.
    """

    def __init__(
        self,
        *,
        socket: Path | None = None,
        url: str | None = None,
        token: str | None = None,
        model: str | None = None,
    ) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(socket), limits=_limits()) if socket else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        base = _base_url(url) if url else "http://localhost"
        # A proxy from the environment must not get between us and this machine (a frequent complaint elsewhere).
        self._http = httpx.AsyncClient(
            base_url=base, transport=transport, headers=headers, timeout=_TIMEOUT, trust_env=not _is_local(base)
        )
        self._model = model
        self._native: bool | None = True if socket else None
        self._fills: dict[str | None, bool] = {}
        self.adapter: Callable[[], str | None] = lambda: None
        self._fallback = True

    def with_adapter(self, name: str | None) -> EngineClient:
        """Return a client over the same connections that always asks for one adapter, and for nothing in its place.

        Close this client, not that one.
        """
        other = copy.copy(self)
        other._fills = {}
        other._fallback = False
        other.adapter = lambda: name
        return other

    async def prepare_adapter(self, name: str) -> tuple[str, str]:
        """Have our engine make an adapter ready; return its state, `preparing` or `ready`, and a message.

        Raises:
            EngineRequestError: there is no such adapter, or it cannot be used with the engine's model.
            EngineUnavailableError: nothing answers.
        """
        told = await self._json("POST", "/engine/adapter", {"model": name})
        return str(told.get("state", "")), str(told.get("message", ""))

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[CompletionChunk, None]:
        """Stream the answer to a completion request.

        Raises:
            EngineUnavailableError: nothing answers, or the model is not ready.
            EngineRequestError: the request was refused.
        """
        native, adapter = await self._is_native(), request.model or self.adapter()
        prompt = None if native else foreign_prompt(request, self._model, adapter)
        # Our engine runs one model, and knows it by more names than the settings may have for it.
        model = adapter or (None if native else self._model)
        body = completion_body(request, model, prompt, fallback=self._fallback and native and adapter is not None)
        async with aclosing(self._stream("/v1/completions", body)) as events:
            async for event in events:
                chunk = chunk_of(event, event["choices"][0].get("text") or "")
                if prompt is not None:
                    text = prompt.accept(chunk.text)
                    if text is None:
                        return
                    chunk = CompletionChunk(text, chunk.finish_reason, chunk.logprobs, chunk.usage)
                yield chunk

    async def chat(self, request: ChatRequest) -> AsyncGenerator[CompletionChunk, None]:
        """Stream the answer to a chat request; errors as for `complete`."""
        body = {
            **sampling(request, request.model or (None if await self._is_native() else self._model)),
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        }
        async with aclosing(self._stream("/v1/chat/completions", body)) as events:
            async for event in events:
                yield chunk_of(event, event["choices"][0]["delta"].get("content") or "")

    async def score(self, request: CompletionRequest, continuations: Sequence[str]) -> list[Score]:
        """Return how likely the model finds each continuation of a prompt; nothing is generated.

        Raises:
            EngineRequestError: the server is of another make, which has no such route, or it refused.
            EngineUnavailableError: nothing answers, or the model is not ready.
        """
        if not await self._is_native():
            raise EngineRequestError("Only an engine of aigc-lsp tells how likely a text is.")
        body: dict[str, Any] = {**native_prompt(request), "continuations": list(continuations)}
        if adapter := request.model or self.adapter():
            body |= {"model": adapter, "fallback": self._fallback}
        found = await self._json("POST", "/v1/score", body)
        try:
            return [Score(tuple(float(value) for value in one["logprobs"])) for one in found["scores"]]
        except (KeyError, TypeError, ValueError) as error:
            raise EngineUnavailableError(f"The engine's answer cannot be read ({error}).") from error

    async def status(self) -> EngineStatus:
        """Return what the engine says of itself; a server of another make is ready when it lists its models."""
        health = await self._own_health()
        if health is not None:
            return engine_status(health)
        models = await self.models()
        return EngineStatus("ready", model=self._model or (models[0] if models else None))

    async def sees_suffix(self) -> bool:
        """Tell whether what answers is given the text after the cursor: it was trained to fill in the middle."""
        return bool(await self._sees())

    async def _sees(self) -> bool | None:
        """Return what `sees_suffix` does; None where it cannot be told yet."""
        adapter = self.adapter()
        if adapter in self._fills:
            return self._fills[adapter]
        if not await self._is_native():
            self._fills[adapter] = fills_in(self._model, adapter)
            return self._fills[adapter]
        details = (await self.status()).details
        found = details.get("fim")
        if adapter is None:
            if found is not None:  # else no model is loaded; ask again
                self._fills[None] = bool(found)
            return found
        state = (details.get("adapters") or {}).get(adapter) or {}
        # An adapter may be replaced by one that is asked in another way: not remembered.
        return bool(state.get("fim")) if state.get("state") == "ready" else found

    async def compares(self) -> bool:
        """Tell whether answers can and should be compared by `score`: our engine, a model without the text below."""
        return await self._is_native() and await self._sees() is False

    async def count_tokens(self, text: str) -> int:
        """Return how many tokens a text has for the engine's model."""
        return int((await self._json("POST", "/tokenize", {"prompt": text}))["count"])

    async def models(self) -> list[str]:
        """Return the ids of the models that the server offers."""
        return [str(model["id"]) for model in (await self._json("GET", "/v1/models"))["data"]]

    async def load(self) -> EngineStatus:
        """Ask an engine of ours to load its model, and return its status then."""
        return engine_status(await self.post("/engine/load"))

    async def post(self, path: str) -> dict[str, Any]:
        """Send a command such as `/engine/stop`."""
        return await self._json("POST", path, {})

    async def events(self) -> AsyncGenerator[EngineStatus, None]:
        """Stream the engine's status, now and at each change; reading it counts as being attached."""
        async with aclosing(self._stream("/engine/events", None)) as events:
            async for event in events:
                yield engine_status(event)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _is_native(self) -> bool:
        """Tell whether the server is an aigc-lsp engine, which heals tokens and knows its FIM template itself."""
        if self._native is None:
            self._native = await self._own_health() is not None
            if self._model is None and not self._native:
                offered = await self.models()
                self._model = offered[0] if offered else None
        return self._native

    async def _own_health(self) -> dict[str, Any] | None:
        """Return an aigc-lsp engine's `/health`; None from another server: vLLM's is empty, Ollama has none."""
        async with self._errors():
            response = await self._http.get("/health")
        if response.status_code in (401, 403) or response.status_code >= 500:
            _raise_for(response.status_code, response.content)
        try:
            found = response.json()
        except ValueError:
            return None
        return found if isinstance(found, dict) and {"runtime", "state"} <= found.keys() else None

    async def _json(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        async with self._errors():
            response = await self._http.request(method, path, json=body)
            _raise_for(response.status_code, response.content)
            found = response.json()
            if not isinstance(found, dict):
                raise TypeError(f"{path} answered something else than an object")
            return found

    async def _stream(self, path: str, body: dict[str, Any] | None) -> AsyncGenerator[dict[str, Any], None]:
        timeout = httpx.Timeout(None, connect=5.0) if body is None else _TIMEOUT
        method = "GET" if body is None else "POST"
        async with self._errors(), self._http.stream(method, path, json=body, timeout=timeout) as response:
            if response.status_code != 200:
                _raise_for(response.status_code, await response.aread())
            async for line in response.aiter_lines():
                if not line.startswith("data:"):
                    continue
                data = line[5:].strip()
                if data == "[DONE]":
                    return
                event = json.loads(data)
                if "error" in event:
                    raise EngineUnavailableError(str(event["error"].get("message", "The engine failed.")))
                if path == "/engine/events" or event.get("choices"):
                    yield event

    @asynccontextmanager
    async def _errors(self) -> AsyncIterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            raise EngineUnavailableError(f"The engine does not answer ({type(error).__name__}: {error}).") from error
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise EngineUnavailableError(f"The engine's answer cannot be read ({error}).") from error


def engine_status(event: dict[str, Any]) -> EngineStatus:
    """Return the status in a `/health` answer or event; fields of newer engines are left out."""
    known = {field.name for field in fields(EngineStatus)}
    return EngineStatus(**{"state": "ready", **{name: value for name, value in event.items() if name in known}})


def _limits() -> httpx.Limits:
    return httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=60)


def _is_local(url: str) -> bool:
    return httpx.URL(url).host in ("localhost", "127.0.0.1", "::1")


def _base_url(url: str) -> str:
    trimmed = url.rstrip("/")
    return trimmed.removesuffix("/v1")


def _raise_for(status: int, content: bytes) -> None:
    if status < 400:
        return
    try:
        message = str(json.loads(content)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = f"HTTP {status}: {content[:200].decode('utf-8', 'replace')}"
    if status == 429:
        raise EngineBusyError(message)
    if status >= 500:
        raise EngineUnavailableError(message)
    raise EngineRequestError(message)
