"""Runs cases along the user's path: a document, the completion service under a variant's settings, the text shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from aigc_lsp.completion import CompletionService, Outcome
from aigc_lsp.evaluate import metrics
from aigc_lsp.evaluate.execute import passes
from aigc_lsp.evaluate.guard import guarantees
from aigc_models.types import CompletionChunk, CompletionRequest, EngineRequestError, EngineUnavailableError
from aigc_plugins.text import replace_surrogates

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.completion import Trigger
    from aigc_lsp.evaluate.cases import Case
    from aigc_lsp.evaluate.masked import MaskedWorkspace
    from aigc_lsp.evaluate.variants import Variant
    from aigc_plugins.api import Suggestion
    from aigc_plugins.context.assemble import ContextAssembler

_RETRIES_S = (0.5, 2.0, 8.0)  # how long an engine that is away gets before the next try


@dataclass(frozen=True, slots=True)
class Options:
    """How each case is asked. `samples` answers with sampling, one without; `timeout` in seconds for each."""

    samples: int = 1
    seed: int = 1
    trigger: Trigger = "invoked"
    run_tests: bool = False
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What was shown for a case, and how good it is; a withheld answer is an empty one, with the reason for it.

    `confidence` is the mean log probability of the shown answer's tokens, None where the engine does not tell it.
    """

    inserted: str
    reason: str
    exact: bool
    similarity: float
    prefix: float
    passed: bool | None
    broken: tuple[str, ...]
    total_s: float
    first_token_s: float | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    confidence: float | None = None

    @property
    def shown(self) -> bool:
        """Whether the user would have seen something."""
        return bool(self.inserted)


@dataclass(frozen=True, slots=True)
class Result:
    """The answers to one case under one variant, and the log probability of each token of the reference.

    `logprobs` is empty where the engine does not tell them. `context` are the paths of the snippets in the prompt.
    """

    answers: tuple[Answer, ...]
    logprobs: tuple[float, ...] = ()
    context: tuple[str, ...] = ()


class Recorder:
    """An engine client that remembers the request for a case, and gives sampling a seed that repeats.

    Several answers may be asked for at the same time, some with a beginning behind the prompt: the shortest is the one.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.request: CompletionRequest | None = None
        self.seed: int | None = None

    def begin(self, seed: int) -> None:
        """Forget the request of the case before."""
        self.request, self.seed = None, seed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def complete(self, request: CompletionRequest) -> AsyncIterator[CompletionChunk]:
        """Stream the answer, as the client does."""
        if self.request is None or len(request.prefix) < len(self.request.prefix):
            self.request = request
        if request.temperature > 0 and request.seed is None:
            request = replace(request, seed=self.seed)
        stream = self._client.complete(request)
        try:
            async for chunk in stream:
                yield chunk
        finally:
            await stream.aclose()


@dataclass(slots=True)
class Side:
    """A variant with what runs it. `results` has an entry for each case that is done, by the case's place."""

    variant: Variant
    service: CompletionService
    client: Recorder
    workspace: MaskedWorkspace | None = None
    context: ContextAssembler | None = None
    scores: bool = True
    model: str | None = None
    runtime: str | None = None
    results: dict[int, Result] = field(default_factory=dict)


async def run(
    cases: Sequence[Case], sides: Sequence[Side], options: Options, done: Callable[[int], None] = lambda count: None
) -> None:
    """Ask every case of every side; results go to the sides as they come, so that an interrupted run has what it did.

    The sides take turns within each case, and who begins changes from case to case: what the machine does hits both.

    Raises:
        EngineUnavailableError: an engine stayed away for several tries.
    """
    for place, case in enumerate(cases):
        order = sides if place % 2 == 0 else sides[::-1]
        found = [await _measure(case, side, options, place) for side in order]
        for side, result in zip(order, found, strict=True):  # a case counts once every side has it
            side.results[place] = result
        done(place + 1)


async def _measure(case: Case, side: Side, options: Options, place: int) -> Result:
    if side.workspace is not None:
        await asyncio.to_thread(side.workspace.show, case)
    if side.context is not None:
        side.context.forget(case.uri)  # what was chosen for another mask of this file may hold this one's answer
    answers = []
    for sample in range(options.samples):
        side.client.begin((options.seed * 1_000_003 + place) * 1009 + sample & 0x7FFF_FFFF)
        outcome = await _suggest(case, side, options)
        answers.append(await asyncio.to_thread(judged, case, outcome, options.run_tests))
    request = side.client.request
    context = tuple(one.path for one in request.context) if request is not None else ()
    return Result(tuple(answers), await _logprobs(case, side), context)


async def _suggest(case: Case, side: Side, options: Options) -> Outcome:
    settings = side.variant.settings
    for pause in (*_RETRIES_S, None):
        try:
            async with asyncio.timeout(options.timeout):
                outcome = await side.service.suggest(
                    case.snapshot(),
                    len(case.before),
                    settings=settings.completion,
                    context_tokens=settings.context.tokens if settings.context.enabled else 0,
                    trigger=options.trigger,
                )
        except TimeoutError:
            return Outcome(reason="no answer in time", total_s=options.timeout)
        except EngineRequestError as error:
            return Outcome(reason=f"refused: {error}")
        if not outcome.unavailable:
            return outcome
        if pause is None:
            break
        await asyncio.sleep(pause)
    raise EngineUnavailableError(outcome.reason)


async def _logprobs(case: Case, side: Side) -> tuple[float, ...]:
    """Return how likely the model finds the reference; nothing where it was not asked, or does not tell."""
    reference = replace_surrogates(metrics.normal(case.reference))
    if side.client.request is None or not side.scores or not reference:
        return ()
    try:
        scores = await side.client.score(side.client.request, [reference])
    except EngineRequestError:
        side.scores = any(result.logprobs for result in side.results.values())  # a server of another make never does
        return ()
    except EngineUnavailableError:
        return ()
    return tuple(scores[0].logprobs)


def judged(case: Case, outcome: Outcome, run_tests: bool) -> Answer:
    """Return what an outcome is worth; nothing shown is worth what an empty suggestion is."""
    inserted, program = "", case.text
    broken: tuple[str, ...] = ()
    if outcome.suggestion is not None:
        inserted, program, broken = applied(case, outcome.suggestion)
    usage = outcome.usage
    return Answer(
        inserted=inserted,
        reason="" if inserted else outcome.reason.removeprefix("withheld: ") or "nothing new in it",
        exact=bool(inserted) and metrics.exact_match(inserted, case.reference),
        similarity=metrics.edit_similarity(inserted, case.reference),
        prefix=metrics.prefix_match(inserted, case.reference),
        passed=bool(inserted) and passes(program, case.test, case.entry_point) if run_tests and case.test else None,
        broken=broken,
        total_s=outcome.total_s,
        first_token_s=outcome.first_token_s,
        prompt_tokens=usage.prompt_tokens if usage else None,
        cached_tokens=usage.cached_tokens if usage else None,
        confidence=fmean(outcome.logprobs) if inserted and outcome.logprobs else None,
    )


def applied(case: Case, suggestion: Suggestion) -> tuple[str, str, tuple[str, ...]]:
    """Return what stands between the text before and after the cursor then, the new text, and the broken guarantees."""
    old, cursor = case.text, len(case.before)
    head, tail = old[: suggestion.start], old[suggestion.end :]
    new = head + suggestion.text + tail
    if new.startswith(case.before) and new.endswith(case.after) and len(new) >= len(old):
        inserted = new[cursor : len(new) - len(case.after)]
    else:  # it replaced some of the text around: what it says from the cursor on
        inserted = suggestion.text[max(cursor - suggestion.start, 0) :]
    broken = guarantees(head, suggestion.text, tail, case.language, replaced=old[suggestion.start : suggestion.end])
    return inserted, new, broken
