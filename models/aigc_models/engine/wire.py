"""The OpenAI-compatible requests and answers as JSON. It knows shapes, not sockets."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aigc_models.types import (
    ChatMessage,
    ChatRequest,
    CompletionChunk,
    CompletionRequest,
    ContextFile,
    EngineRequestError,
)


class BodyTooLargeError(EngineRequestError):
    """The request's body is larger than any that makes sense."""


class _Sampling(BaseModel):
    # Clients send many fields that do not matter here (`user`, `stream_options`, …): they are ignored, as elsewhere.
    model_config = ConfigDict(extra="ignore")

    model: str | None = None
    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=-1)
    seed: int | None = Field(default=None, ge=0)
    stop: str | list[str] | None = Field(default=None, max_length=16)
    stream: bool = False
    n: Literal[1] = 1

    def stops(self) -> tuple[str, ...]:
        """Return the stop strings."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")
    path: str
    text: str


class _Prompt(BaseModel):
    model_config = ConfigDict(extra="ignore")

    prompt: str | list[str]
    suffix: str | None = None
    context: list[_File] = Field(default=[], max_length=256)
    comment: str = Field(default="#", max_length=16)
    path: str = ""
    model: str | None = None
    fallback: bool = False

    def asked(self) -> CompletionRequest:
        """Return the prompt in the engine's own words.

        Raises:
            EngineRequestError: several prompts in one request.
        """
        prompts = [self.prompt] if isinstance(self.prompt, str) else self.prompt
        if len(prompts) != 1:
            raise EngineRequestError(f"One prompt a request, please; this one has {len(prompts)}.")
        context = tuple(ContextFile(file.path, file.text) for file in self.context)
        return CompletionRequest(prompts[0], self.suffix or "", context, self.comment, self.path)


class CompletionBody(_Sampling, _Prompt):
    """`POST /v1/completions`. Extensions: `heal` False takes the prompt's last token as it is; `context` are pieces of
    other files, which stand first in the prompt, `comment` what begins a line comment, `path` the file's own path.
    `model` may name an adapter; with `fallback` the model alone answers where the adapter cannot, and the answer's
    `model` says which it was."""

    max_tokens: int = Field(default=16, ge=1, le=8192)
    logprobs: int | bool | None = None
    heal: bool = True

    def request(self) -> CompletionRequest:
        """Return the request in the engine's own words.

        Raises:
            EngineRequestError: several prompts in one request.
        """
        return replace(
            self.asked(),
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=max(self.top_k, 0),
            seed=self.seed,
            stop=self.stops(),
            logprobs=self.logprobs is not None and self.logprobs is not False,
            heal=self.heal,
        )


class ScoreBody(_Prompt):
    """`POST /v1/score`, an extension: how likely the model finds each of `continuations` after the prompt."""

    continuations: list[str] = Field(min_length=1, max_length=64)


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: str
    content: str


class ChatBody(_Sampling):
    """`POST /v1/chat/completions`."""

    messages: list[_Message] = Field(min_length=1)
    max_tokens: int | None = Field(default=None, ge=1, le=8192)
    max_completion_tokens: int | None = Field(default=None, ge=1, le=8192)

    def request(self) -> ChatRequest:
        """Return the request in the engine's own words."""
        return ChatRequest(
            messages=tuple(ChatMessage(message.role, message.content) for message in self.messages),
            max_tokens=self.max_completion_tokens or self.max_tokens or 256,
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=max(self.top_k, 0),
            seed=self.seed,
            stop=self.stops(),
        )


class AdapterBody(BaseModel):
    """`POST /engine/adapter`, an extension: make this adapter ready."""

    model_config = ConfigDict(extra="ignore")
    model: str = Field(min_length=1, max_length=4096)


class TokenizeBody(BaseModel):
    """`POST /tokenize`, as vLLM has it."""

    model_config = ConfigDict(extra="ignore")
    prompt: str


class Answer:
    """Write the chunks of one answer: as stream events, or gathered into one object at the end."""

    def __init__(self, number: int, model: str, chat: bool) -> None:
        self._base = {
            "id": f"{'chatcmpl' if chat else 'cmpl'}-{number}",
            "created": int(time.time()),
            "model": model,
        }
        self._chat = chat
        self._text: list[str] = []
        self._logprobs: list[float] = []
        self._last: CompletionChunk | None = None

    def event(self, chunk: CompletionChunk) -> dict[str, Any]:
        """Return one chunk as a stream event's data."""
        choice: dict[str, Any] = {"index": 0, "finish_reason": chunk.finish_reason}
        if self._chat:
            choice["delta"] = {"role": "assistant", "content": chunk.text}
        else:
            choice["text"] = chunk.text
            choice["logprobs"] = {"token_logprobs": list(chunk.logprobs)} if chunk.logprobs else None
        kind = "chat.completion.chunk" if self._chat else "text_completion"
        return {**self._base, "object": kind, "choices": [choice], **_usage(chunk)}

    def gather(self, chunk: CompletionChunk) -> None:
        """Collect a chunk for `whole`."""
        self._text.append(chunk.text)
        self._logprobs += chunk.logprobs
        self._last = chunk

    def whole(self) -> dict[str, Any]:
        """Return the gathered answer."""
        last = self._last or CompletionChunk("", finish_reason="stop")
        choice: dict[str, Any] = {"index": 0, "finish_reason": last.finish_reason}
        text = "".join(self._text)
        if self._chat:
            choice["message"] = {"role": "assistant", "content": text}
        else:
            choice["text"] = text
            choice["logprobs"] = {"token_logprobs": self._logprobs} if self._logprobs else None
        kind = "chat.completion" if self._chat else "text_completion"
        return {**self._base, "object": kind, "choices": [choice], **_usage(last)}


def _usage(chunk: CompletionChunk) -> dict[str, Any]:
    if chunk.usage is None:
        return {}
    usage = chunk.usage
    return {
        "usage": {
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
        }
    }
