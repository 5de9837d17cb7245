"""One try for a suggestion: the likeliest answer, others where the text below can tell them apart, the best of them.

What is asked comes prepared; how one question is put is `asking`'s, how answers are compared `search`'s.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from aigc_lsp.asking import Answer, CompletionClient, Told, ask
from aigc_models.types import AigcError, Usage
from aigc_plugins.api import Guided

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_lsp.settings import CompletionSettings
    from aigc_models.types import CompletionRequest
    from aigc_plugins.api import Prepared, Suggestion
    from aigc_plugins.document import Snapshot

logger = logging.getLogger(__name__)

Trigger = Literal["automatic", "invoked"]

# Sampling of the second try: the seed makes it repeatable.
_SECOND_TRY: dict[str, Any] = {"temperature": 0.8, "top_p": 0.9, "seed": 1}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try: a suggestion, or the reason why there is none. Times in seconds from the start.

    `alternatives` are other suggestions for the same place, the better first; `logprobs` belong to the tokens of the
    answer that the suggestion is from, `context` are the kinds of snippets in the prompt.
    """

    suggestion: Suggestion | None = None
    reason: str = ""
    usage: Usage | None = None
    first_token_s: float | None = None
    total_s: float = 0.0
    unavailable: bool = False
    alternatives: tuple[Suggestion, ...] = ()
    logprobs: tuple[float, ...] = ()
    context: tuple[str, ...] = ()


@dataclass(slots=True)
class Attempt:
    """Asks the engine once or several times for one place, and settles on an outcome."""

    client: CompletionClient
    snapshot: Snapshot
    offset: int
    settings: CompletionSettings
    trigger: Trigger
    on_text: Callable[[str], None] | None
    start: float = field(default_factory=time.perf_counter)
    first: Told = field(default_factory=Told)

    @property
    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return time.perf_counter() - self.start

    async def outcome(
        self, prepared: Prepared, request: CompletionRequest, *, compare: bool = True, starts: Sequence[str] = ()
    ) -> Outcome:
        """Return the best answer to a prepared request; several are compared only with `compare`.

        `starts` are beginnings of answers to compare, beside those that the task knows.

        Raises:
            AigcError: the engine is away, or refused the request.
        """
        others = await self._others(prepared, request, starts) if compare else []
        likeliest, *more = await self._answers(prepared, request, others)
        answers = (await self._compared(request, [likeliest, *more]) if more else []) or [likeliest]
        if answers[0].suggestion is None and self.trigger == "invoked" and not self.settings.temperature:
            # The user asked for it: what the model likes best cannot be shown, so hear what else it has to say.
            # The prompt is in the engine's cache; only the answer costs time.
            again = await ask(self.client, prepared, replace(request, **_SECOND_TRY), self.settings.prompt)
            answers = [again if again.suggestion is not None else likeliest]
        best = answers[0]
        if best.suggestion is not None and self._unsure(best):
            best = replace(best, suggestion=None, reason="withheld: the model is not sure enough")
        alternatives = tuple(one.suggestion for one in answers[1:] if one.suggestion is not None)
        return Outcome(
            best.suggestion,
            best.reason,
            self.first.usage,
            None if self.first.first is None else self.first.first - self.start,
            self.elapsed,
            alternatives=alternatives if best.suggestion is not None and self.trigger == "invoked" else (),
            logprobs=best.logprobs,
        )

    def _unsure(self, answer: Answer) -> bool:
        """Tell whether an answer that nobody asked for is too unlikely to be shown."""
        said = answer.logprobs
        return self.trigger == "automatic" and bool(said) and sum(said) / len(said) < self.settings.min_logprob

    async def _others(
        self, prepared: Prepared, request: CompletionRequest, more: Sequence[str]
    ) -> list[tuple[CompletionRequest, str]]:
        """Return what else to ask, where the text below can tell answers apart and the model does not see it."""
        from aigc_lsp import search

        settings = self.settings
        if settings.temperature or settings.prompt == "chat" or not hasattr(self.client, "score"):
            return []
        starts = (*(prepared.starts if isinstance(prepared, Guided) else ()), *more)
        wanted = search.variants(request, starts, settings.candidates - 1, sample=self.trigger == "invoked")
        if not wanted or not search.worth_ranking(self.snapshot, self.offset):
            return []
        return wanted if await self.client.compares() else []  # type: ignore[attr-defined]

    async def _answers(
        self, prepared: Prepared, request: CompletionRequest, others: list[tuple[CompletionRequest, str]]
    ) -> list[Answer]:
        """Return the likeliest answer, then the others that came in time.

        These are asked for when the first one begins to write: by then the engine has read the prompt, and keeps it.
        """
        from aigc_lsp import search

        begun = asyncio.Event()

        def heard(text: str) -> None:
            begun.set()
            if self.on_text is not None:
                self.on_text(text)

        async def follow(other: CompletionRequest, start: str) -> Answer:
            await begun.wait()
            return await ask(self.client, prepared, other, self.settings.prompt, begin=start)

        async def lead() -> Answer:
            try:
                return await ask(self.client, prepared, request, self.settings.prompt, told=self.first, on_text=heard)
            finally:
                begun.set()

        gathering = asyncio.ensure_future(search.gather([follow(*one) for one in others])) if others else None
        try:
            likeliest = await lead()
            return [likeliest, *(await gathering if gathering is not None else ())]
        finally:
            if gathering is not None:
                gathering.cancel()

    async def _compared(self, request: CompletionRequest, answers: list[Answer]) -> list[Answer]:
        """Return the answers that can be shown, the best first; only the first where they cannot be compared."""
        from aigc_lsp import search

        try:
            return await search.ranked(self.client, request, self.snapshot, self.offset, answers)  # type: ignore[arg-type]
        except AigcError as error:
            logger.info("Answers could not be compared: %s", error)
            return answers[:1]
