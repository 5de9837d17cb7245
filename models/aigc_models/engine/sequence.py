"""One request on its way through the engine: its prompt, what is computed, what was written, how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aigc_models.engine.runtimes.base import Logits, Slot
from aigc_models.engine.sampling import Sampler, log_softmax
from aigc_models.engine.text_stream import TextStream
from aigc_models.engine.vocabulary import Vocabulary
from aigc_models.types import CompletionChunk, Usage

Sink = Callable[["CompletionChunk | Exception"], None]


@dataclass(eq=False)
class Sequence:
    """A running request. `sink` receives chunks, the last one with a finish reason, or one exception."""

    prompt: list[int]
    healed: bytes
    max_tokens: int
    sampler: Sampler
    stream: TextStream
    sink: Sink
    logprobs: bool = False
    tokens: list[int] = field(default_factory=list)
    written: int = 0
    slot: Slot | None = None
    cached: int = 0
    cancelled: bool = False
    decoded_after_cancel: int = 0

    def __post_init__(self) -> None:
        self.tokens = list(self.prompt)

    @property
    def waiting(self) -> list[int]:
        """Return the tokens that the model has not seen yet."""
        return self.tokens[len(self.slot.tokens) :] if self.slot else self.tokens

    @property
    def capacity(self) -> int:
        """Return how many tokens the sequence can come to; healed bytes may take some steps more."""
        return len(self.prompt) + self.max_tokens + len(self.healed)

    def advance(self, logits: Logits, vocabulary: Vocabulary) -> str | None:
        """Sample one token from logits of shape (vocabulary,), pass its text on, and return a finish reason or None."""
        if self.stream.pending_skip:
            allowed = vocabulary.continuations(self.stream.pending_skip)
            token = int(allowed[self.sampler.choose(logits[allowed])]) if allowed.size else self.sampler.choose(logits)
        else:
            token = self.sampler.choose(logits)
        if token in vocabulary.special or token in vocabulary.eos:
            return "stop"
        healing = bool(self.stream.pending_skip)
        self.tokens.append(token)
        if not healing or len(vocabulary.token_bytes(token)) > len(self.stream.pending_skip):
            self.written += 1
        text = self.stream.feed(vocabulary.token_bytes(token))
        probabilities = (float(log_softmax(logits)[token]),) if self.logprobs else ()
        if text or probabilities:
            self.sink(CompletionChunk(text, logprobs=probabilities))
        if self.stream.stopped:
            return "stop"
        if self.written >= self.max_tokens or len(self.tokens) >= self.capacity:
            return "length"
        return None

    def finish(self, reason: str) -> None:
        """Send the last chunk."""
        usage = Usage(len(self.prompt), self.cached, self.written)
        self.sink(CompletionChunk(self.stream.finish(), finish_reason=reason, usage=usage))
