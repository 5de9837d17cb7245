"""Compares several answers by how well the text below goes on after each, for models that see only the text above.

A left-to-right model cannot be asked for the middle of a text m between p and s. But P(m | p, s) is proportional to
P(m | p) P(s | p, m) (Bayes), and both factors are what such a model tells: it proposes, and reads on behind each
proposal. How single answers come about and are verified is not known here.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from aigc_lsp.asking import Answer
    from aigc_models.types import CompletionRequest, Score
    from aigc_plugins.api import Suggestion
    from aigc_plugins.document import Snapshot

# Characters of the text below that have to follow well: more say little about the missing text, and cost time.
_BELOW = 150
# Longest wait for the answers that are compared; what is there by then is compared. When most are there, the others
# get some of the time that these took: an answer that goes on and on is hardly the missing line.
_PATIENCE_S = 5.0
_MOST, _GRACE = 0.75, 0.3
# An answer to compare with is cut after so many tokens.
_LONGEST = 64
_SAMPLING: dict[str, Any] = {"temperature": 0.8, "top_p": 0.95}
_FEWEST_SAMPLES = 4
_MOST_SHOWN = 4


class Scorer(Protocol):
    """What tells how likely texts are: `aigc_models.client.EngineClient` is one."""

    async def score(self, request: CompletionRequest, continuations: Sequence[str]) -> list[Score]:
        """Return a score for each continuation."""
        ...


def variants(
    request: CompletionRequest, starts: Sequence[str], most: int, *, sample: bool
) -> list[tuple[CompletionRequest, str]]:
    """Return what else to ask beside the likeliest answer: requests, and the text that each answer then begins with.

    At most `most`, given beginnings first; sampled ones (with `sample`) have fixed seeds, so that the same place gets
    the same suggestions.
    """
    if most <= 0:
        return []
    request = replace(request, max_tokens=min(request.max_tokens, _LONGEST))
    kept = starts[: most - _FEWEST_SAMPLES] if sample and most > _FEWEST_SAMPLES else starts[:most]
    found = [(replace(request, prefix=request.prefix + start), start) for start in kept]
    if sample:
        seeds = range(1, most - len(found) + 1)
        found += [(replace(request, seed=seed, **_SAMPLING), "") for seed in seeds]
    return found


async def gather(asked: Sequence[Awaitable[Answer]]) -> list[Answer]:
    """Return the answers that come in time; one that fails is left out, the engine's faults too."""
    loop = asyncio.get_running_loop()
    tasks = [asyncio.ensure_future(one) for one in asked]
    began, left = loop.time(), set(tasks)
    end = began + _PATIENCE_S
    try:
        while left and loop.time() < end:
            done, left = await asyncio.wait(left, timeout=end - loop.time(), return_when=asyncio.FIRST_COMPLETED)
            if len(tasks) - len(left) >= _MOST * len(tasks):
                end = min(end, loop.time() + _GRACE * (loop.time() - began)) if done else end
    finally:
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
    return [task.result() for task in tasks if not task.cancelled() and task.exception() is None]


async def ranked(
    scorer: Scorer, request: CompletionRequest, snapshot: Snapshot, offset: int, answers: Sequence[Answer]
) -> list[Answer]:
    """Return the different answers that can be shown, the one that fits best between the texts first."""
    different: dict[tuple[str, int, int], Answer] = {}
    for answer in answers:
        if answer.suggestion is not None:
            key = (answer.suggestion.text, answer.suggestion.start, answer.suggestion.end)
            different.setdefault(key, answer)
    found = list(different.values())
    if len(found) > 1:
        texts = [_with_below(snapshot, offset, answer.suggestion) for answer in found if answer.suggestion]
        scores = await scorer.score(request, texts)
        best = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0].total)
        found = [answer for _, answer in best]
    return found[:_MOST_SHOWN]


def worth_ranking(snapshot: Snapshot, offset: int) -> bool:
    """Tell whether there is text below by which answers can be told apart."""
    return bool(snapshot.text[offset : offset + _BELOW].strip())


def _with_below(snapshot: Snapshot, offset: int, suggestion: Suggestion) -> str:
    """Return what stands behind the cursor once the suggestion is taken; LF only, as prompts have it."""
    text = snapshot.text
    head = offset - suggestion.start
    below = text[max(suggestion.end, offset) :][:_BELOW]
    return f"{suggestion.text[head:]}{below}".replace("\r\n", "\n").replace("\r", "\n")
