"""The words that the engine, its client and the tasks share. It holds data only and imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ContextFile:
    """A piece of another file that stands before the prefix in a prompt; `path` is how the user knows that file."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """One completion: the text before the cursor, the text after it, and how to sample.

    `prefix` and `suffix` are plain text; the engine (or, for a remote server, the client) applies the model family's
    FIM template. `prefix` may end in the middle of a token: the engine heals it unless `heal` is False. `context` is
    what stands before, the most stable first; a family without tokens for files gets it behind `comment` lines. `path`
    is the file's own, written where there is context.
    """

    prefix: str
    suffix: str = ""
    context: tuple[ContextFile, ...] = ()
    comment: str = "#"
    path: str = ""
    max_tokens: int = 64
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    logprobs: bool = False
    heal: bool = True
    model: str | None = None


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a chat; `role` is `system`, `user` or `assistant`."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A chat completion over `messages`; sampling fields as in `CompletionRequest`."""

    messages: tuple[ChatMessage, ...]
    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens spent: in the prompt, of these found in the prefix cache, and written."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class CompletionChunk:
    """A piece of a streamed answer. The last one carries `finish_reason` (`stop` or `length`) and `usage`.

    Our own engine tells `usage` with the first piece too, as far as it goes then.

    `logprobs` holds one natural-log probability for each token that ended in this piece, when they were asked for.
    """

    text: str
    finish_reason: str | None = None
    logprobs: tuple[float, ...] = ()
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How likely the model finds one continuation of a prompt: a natural-log probability for each of its tokens."""

    logprobs: tuple[float, ...]

    @property
    def total(self) -> float:
        """Return the log probability of the whole continuation."""
        return sum(self.logprobs)


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What the engine says of itself. `state`: `absent`, `starting`, `loading`, `ready`, `unloaded`, `stopping` or
    `failed`.

    `progress` is a fraction of the load in 0..1, or None where it cannot be told. `message` is for the user.
    """

    state: str
    model: str | None = None
    runtime: str | None = None
    progress: float | None = None
    message: str = ""
    pid: int | None = None
    version: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuntimeSpec:
    """A runtime as a plugin announces it: nothing heavy is imported until the engine chooses it.

    `target` names a `module:attribute` that the engine imports and calls as `factory(options, progress)`, as
    `aigc_models.engine.runtimes.base` has it; `requires` lists the importable modules that it needs; a higher
    `priority` wins among those that can run the model.
    `formats` are the weight formats it reads (`gguf`, `safetensors`, `fake`).
    """

    name: str
    summary: str
    target: str
    requires: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    priority: int = 0


class AigcError(Exception):
    """An error whose text is written for the user: what is wrong and what to do next."""


class EngineUnavailableError(AigcError):
    """The engine is absent, still loading, or has failed; nothing is lost by asking again later."""


class EngineBusyError(EngineUnavailableError):
    """The engine's queue is full (HTTP 429)."""


class EngineRequestError(AigcError):
    """The engine refused the request itself (HTTP 4xx): asking again with the same one will not help."""
