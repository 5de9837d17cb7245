"""One request on its way through the engine: its prompt, what is computed, what was written, how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aigc_models.engine.prompt_lookup import PromptLookup
from aigc_models.engine.runtimes.base import Logits, Slot
from aigc_models.engine.sampling import Sampler, log_probability
from aigc_models.engine.text_stream import TextStream
from aigc_models.engine.vocabulary import Vocabulary
from aigc_models.types import CompletionChunk, Usage

Sink = Callable[["CompletionChunk | Exception"], None]


@dataclass(eq=False)
class Sequence:
    """A running request. `sink` receives chunks, the last one with a finish reason, or one exception.

    `adapter` is the key of the adapter to run with, and `vocabulary` the one to read its answer with where that is
    another than the runtime's.
    """

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
    told: bool = False
    decoded_after_cancel: int = 0
    drafted: list[int] = field(default_factory=list)
    lookup: PromptLookup = field(default_factory=PromptLookup)
    adapter: str | None = None
    vocabulary: Vocabulary | None = None

    writes = True

    def __post_init__(self) -> None:
        self.tokens = list(self.prompt)

    @property
    def waiting(self) -> list[int]:
        """Return the tokens that the model has not seen yet."""
        return self.tokens[len(self.slot.tokens) :] if self.slot else self.tokens

    @property
    def opening(self) -> list[int]:
        """Return the tokens to look up in the prefix cache."""
        return self.tokens

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
        probabilities = (log_probability(logits, token),) if self.logprobs else ()
        if text or probabilities:
            # A client that has read enough closes the stream: what the prompt cost is told at once, as vLLM can do too.
            usage = None if self.told else Usage(len(self.prompt), self.cached, self.written)
            self.told = True
            self.sink(CompletionChunk(text, logprobs=probabilities, usage=usage))
        if self.stream.stopped:
            return "stop"
        if self.written >= self.max_tokens or len(self.tokens) >= self.capacity:
            return "length"
        return None

    def rows(self, count: int) -> int:
        """Return after how many of the last tokens of a chunk of `count` logits are needed."""
        return 1 + len(self.drafted)

    def draft(self, most: int) -> list[int]:
        """Return at most `most` tokens that may come next, to be checked with the next chunk; greedy answers only."""
        room = min(most, self.capacity - len(self.tokens) - 1)
        greedy = self.sampler.greedy and not self.stream.pending_skip
        self.drafted = self.lookup.guess(self.tokens, room) if greedy and room > 0 else []
        return self.drafted

    def take(self, logits: Logits, vocabulary: Vocabulary) -> str | None:
        """Take the logits of a chunk, of shape (rows, vocabulary); return a finish reason, or None to go on.

        Drafted tokens stand as long as each is what the model would have said (speculative decoding, Leviathan et al.
        2023, for greedy answers); the others are forgotten.
        """
        if self.waiting:
            return None
        drafted, self.drafted = self.drafted, []
        seen = len(self.tokens)
        reason: str | None = None
        for row, guess in zip(logits, [*drafted, None], strict=True):
            length = len(self.tokens)
            reason = self.advance(row, vocabulary)
            if reason is not None or len(self.tokens) == length or self.tokens[-1] != guess:
                break
        if drafted and self.slot is not None:
            right = sum(1 for a, b in zip(self.tokens[seen:], drafted, strict=False) if a == b)
            self.lookup.learn(len(drafted), right)
            del self.slot.tokens[seen + right :]
        return reason

    def finish(self, reason: str) -> None:
        """Send the last chunk."""
        usage = Usage(len(self.prompt), self.cached, self.written)
        self.sink(CompletionChunk(self.stream.finish(), finish_reason=reason, usage=usage))


class ScoreSequence(Sequence):
    """A request that writes nothing: how likely are given tokens after the prompt? The last chunk has the answer."""

    writes = False

    def __init__(self, prompt: list[int], wanted: list[int], sink: Sink) -> None:
        super().__init__(prompt, b"", len(wanted), Sampler(0.0, 0, 1.0, None), TextStream((), b""), sink)
        self._wanted = wanted
        self._found: list[float] = []
        self.tokens = [*prompt, *wanted]

    @property
    def opening(self) -> list[int]:
        """Return the tokens to look up in the prefix cache: what follows has to be computed, for its logits."""
        return self.prompt

    @property
    def waiting(self) -> list[int]:
        """Return the tokens that the model has not seen yet; the last one has nothing to tell."""
        return self.tokens[len(self.slot.tokens) if self.slot else 0 : -1]

    def rows(self, count: int) -> int:
        """Return how many of a chunk's tokens are followed by one whose probability is wanted, at least one."""
        seen = len(self.slot.tokens) if self.slot else 0
        return max(min(count, seen + count - len(self.prompt) + 1), 1)

    def take(self, logits: Logits, vocabulary: Vocabulary) -> str | None:
        """Note the log probabilities; see `Sequence.take`."""
        seen = len(self.slot.tokens) if self.slot else 0
        if seen >= len(self.prompt):
            start = len(self._found)
            for row, token in zip(logits, self._wanted[start : start + len(logits)], strict=False):
                self._found.append(log_probability(row, token))
        return None if self.waiting else "stop"

    def finish(self, reason: str) -> None:
        """Send the log probabilities."""
        usage = Usage(len(self.prompt), self.cached, 0)
        self.sink(CompletionChunk("", finish_reason=reason, logprobs=tuple(self._found), usage=usage))
