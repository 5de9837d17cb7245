"""One suggestion, from a place in a text to verified text: prepare, stream, judge. The language server and the command
line share it; when to ask, and what to do with the answer, is theirs."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from aigc_lsp.asking import Answer, CompletionClient, Told, ask
from aigc_lsp.budget import TokenLengths
from aigc_models.types import AigcError, CompletionRequest, ContextFile, EngineUnavailableError, Usage
from aigc_plugins.api import Guided

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_lsp.settings import CompletionSettings
    from aigc_plugins.api import InlineTask, Prepared, SelectedText, Snippet, Suggestion
    from aigc_plugins.context.assemble import ContextAssembler
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


class CompletionService:
    """Runs the inline-completion task against an engine. Holds no state of a document."""

    def __init__(self, client: CompletionClient, task: InlineTask, context: ContextAssembler | None = None) -> None:
        self._client = client
        self._task = task
        self.context = context
        self.lengths = TokenLengths()

    async def suggest(
        self,
        snapshot: Snapshot,
        offset: int,
        *,
        settings: CompletionSettings,
        context_tokens: int = 0,
        trigger: Trigger = "invoked",
        selected: SelectedText | None = None,
        on_text: Callable[[str], None] | None = None,
    ) -> Outcome:
        """Return a suggestion for the cursor at `offset` (code points) of `snapshot`.

        `on_text` is called with each raw piece of the model's likeliest answer. Cancelling the call closes the
        engine's streams. `context_tokens` is how much of the prompt may be from other files.

        Raises:
            AigcError: the engine refused the request; an engine that is away is an `Outcome` with `unavailable` set.
        """
        run = _Run(self._client, snapshot, offset, settings, trigger, on_text)
        budget = self.lengths.budget(settings)
        prepared = await asyncio.to_thread(
            self._task.prepare,
            snapshot,
            offset,
            trigger=trigger,
            budget=budget,
            selected=selected,
            multiline=settings.multiline,
        )
        if prepared is None:
            return Outcome(reason="nothing to suggest here", total_s=run.elapsed)
        snippets: tuple[Snippet, ...] = ()
        if self.context is not None and context_tokens > 0:
            window = (offset - len(prepared.request.prefix), offset + len(prepared.request.suffix))
            room = budget.chars(context_tokens)
            snippets = await asyncio.to_thread(self.context.collect, snapshot, offset, room, window)
        request = _with_context(prepared.request, snapshot, snippets)
        if settings.temperature:
            request = replace(request, temperature=settings.temperature)
        try:
            outcome = await run.outcome(prepared, request, tuple(dict.fromkeys(one.kind for one in snippets)), selected)
            if outcome.usage is not None:
                self.lengths.learn(await self._length(request), outcome.usage.prompt_tokens)
            return outcome
        except EngineUnavailableError as error:
            return Outcome(reason=str(error), total_s=run.elapsed, unavailable=True)

    async def _length(self, request: CompletionRequest) -> int:
        """Return how many characters a prompt has; the suffix is in it only where the model sees it."""
        context = sum(len(file.text) + len(file.path) for file in request.context)
        sees = hasattr(self._client, "sees_suffix") and await self._client.sees_suffix()
        return len(request.prefix) + context + (len(request.suffix) if sees else 0)


@dataclass(slots=True)
class _Run:
    """One call of `suggest`: asks the engine once or several times, and settles on an outcome."""

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
        return time.perf_counter() - self.start

    async def outcome(
        self, prepared: Prepared, request: CompletionRequest, context: tuple[str, ...], selected: SelectedText | None
    ) -> Outcome:
        likeliest = await ask(
            self.client, prepared, request, self.settings.prompt, told=self.first, on_text=self.on_text
        )
        answers = [likeliest]
        if selected is None and not self.settings.temperature:
            answers = await self._compared(prepared, request, likeliest)
        if answers[0].suggestion is None and self.trigger == "invoked" and not self.settings.temperature:
            # The user asked for it: what the model likes best cannot be shown, so hear what else it has to say.
            # The prompt is in the engine's cache; only the answer costs time.
            answers = [await ask(self.client, prepared, replace(request, **_SECOND_TRY), self.settings.prompt)]
        best = answers[0]
        if best.suggestion is None:
            best = likeliest
        if best.suggestion is not None and self._unsure(best):
            best = replace(best, suggestion=None, reason="withheld: the model is not sure enough")
        others = tuple(one.suggestion for one in answers[1:] if one.suggestion is not None)
        first_s = None if self.first.first is None else self.first.first - self.start
        return Outcome(
            best.suggestion,
            best.reason,
            self.first.usage,
            first_s,
            self.elapsed,
            alternatives=others if best.suggestion is not None and self.trigger == "invoked" else (),
            logprobs=best.logprobs,
            context=context,
        )

    def _unsure(self, answer: Answer) -> bool:
        """Tell whether an answer that nobody asked for is too unlikely to be shown."""
        said = answer.logprobs
        return self.trigger == "automatic" and bool(said) and sum(said) / len(said) < self.settings.min_logprob

    async def _compared(self, prepared: Prepared, request: CompletionRequest, likeliest: Answer) -> list[Answer]:
        """Return the likeliest answer and others, the best first, where the text below can tell which that is."""
        from aigc_lsp import search

        scorer = self.client if hasattr(self.client, "score") else None
        starts = prepared.starts if isinstance(prepared, Guided) else ()
        invoked = self.trigger == "invoked"
        wanted = search.variants(request, starts, self.settings.candidates - 1, sample=invoked)
        if (
            self.settings.prompt == "chat"
            or scorer is None
            or not wanted
            or not search.worth_ranking(self.snapshot, self.offset)
        ):
            return [likeliest]
        if await self.client.sees_suffix():  # type: ignore[attr-defined]
            return [likeliest]
        asked = [ask(self.client, prepared, other, self.settings.prompt, begin=start) for other, start in wanted]
        answers = [likeliest, *await search.gather(asked)]
        try:
            found = await search.ranked(scorer, request, self.snapshot, self.offset, answers)  # type: ignore[arg-type]
        except AigcError as error:
            logger.info("Answers could not be compared: %s", error)
            return [likeliest]
        return found or [likeliest]


def _with_context(request: CompletionRequest, snapshot: Snapshot, snippets: Sequence[Snippet]) -> CompletionRequest:
    """Return the request with other files' code, and with log probabilities asked for."""
    request = replace(request, logprobs=True)
    if not snippets:
        return request
    files = tuple(ContextFile(one.path, one.text) for one in snippets)
    language = snapshot.language
    comment = language.line_comment if language is not None else ""
    path = snapshot.path
    return replace(request, context=files, comment=comment or "#", path=path.name if path is not None else "")
