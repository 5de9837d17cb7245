"""One suggestion, from a place in a text to verified text. The language server and the command line share it; when to
ask, and what to do with the answer, is theirs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_lsp.attempt import Attempt, Outcome, Trigger
from aigc_lsp.budget import TokenLengths
from aigc_models.types import CompletionRequest, ContextFile, EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_lsp.asking import CompletionClient
    from aigc_lsp.settings import CompletionSettings
    from aigc_plugins.api import InlineTask, SelectedText, Snippet
    from aigc_plugins.context.assemble import ContextAssembler
    from aigc_plugins.document import Snapshot

__all__ = ["CompletionService", "Outcome", "Trigger"]


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
        run = Attempt(self._client, snapshot, offset, settings, trigger, on_text)
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
            starts = _calls(snapshot, offset, snippets) if trigger == "invoked" else ()
            outcome = await run.outcome(prepared, request, compare=selected is None, starts=starts)
            if outcome.usage is not None:
                self.lengths.learn(await self._length(request), outcome.usage.prompt_tokens)
            return replace(outcome, context=tuple(dict.fromkeys(one.kind for one in snippets)))
        except EngineUnavailableError as error:
            return Outcome(reason=str(error), total_s=run.elapsed, unavailable=True)

    async def _length(self, request: CompletionRequest) -> int:
        """Return how many characters a prompt has; the suffix is in it only where the model sees it."""
        context = sum(len(file.text) + len(file.path) for file in request.context)
        sees = hasattr(self._client, "sees_suffix") and await self._client.sees_suffix()
        return len(request.prefix) + context + (len(request.suffix) if sees else 0)


def _calls(snapshot: Snapshot, offset: int, snippets: Sequence[Snippet]) -> tuple[str, ...]:
    """Return calls of what the workspace defines that may stand at the cursor."""
    if not snippets:
        return ()
    from aigc_plugins.context.calls import call_starts

    left = snapshot.text[snapshot.text.rfind("\n", 0, offset) + 1 : offset]
    return call_starts(snippets, left, snapshot.language)


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
