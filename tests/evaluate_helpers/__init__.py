"""An engine that gives each place the answer that a test wrote for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from aigc_lsp.completion import CompletionService
from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.runner import Recorder, Side
from aigc_lsp.evaluate.variants import Variant
from aigc_lsp.settings import Settings
from aigc_models.types import CompletionChunk, CompletionRequest, Score, Usage
from aigc_plugins.inline import InlineCompletionTask


class Engine:
    """Answers with `say(request)`, of which it is sure as `sure(request)` says; an exception is raised."""

    def __init__(
        self,
        say: Callable[[CompletionRequest], str | Exception],
        logprob: float | None = -1.0,
        sure: Callable[[CompletionRequest], float] | None = None,
    ) -> None:
        self.sure = sure
        self.say = say
        self.logprob = logprob
        self.requests: list[CompletionRequest] = []

    async def complete(self, request: CompletionRequest) -> AsyncIterator[CompletionChunk]:
        self.requests.append(request)
        answer = self.say(request)
        if isinstance(answer, Exception):
            raise answer
        yield CompletionChunk(answer, logprobs=(self.sure(request),) if self.sure is not None else ())
        yield CompletionChunk("", "stop", usage=Usage(10, 4, 2))

    async def sees_suffix(self) -> bool:
        """Say that the model fills in."""
        return True

    async def compares(self) -> bool:
        """Have one request for an answer."""
        return False

    async def score(self, request: CompletionRequest, continuations: Sequence[str]) -> list[Score]:
        if self.logprob is None:
            from aigc_models.types import EngineRequestError

            raise EngineRequestError("Only an engine of aigc-lsp tells how likely a text is.")
        return [Score((self.logprob,) * len(text)) for text in continuations]


def side(engine: Any, name: str = "A", settings: Settings | None = None) -> Side:
    """Return a variant that asks `engine` through the real service and task."""
    recorder = Recorder(engine)
    variant = Variant(name, f"side {name}", settings or Settings())
    return Side(variant, CompletionService(recorder, InlineCompletionTask()), recorder, model="fake", runtime="fake")


def line_case(number: int, kind: str = "line", **fields: Any) -> Case:
    """Return a Python function whose last line is missing."""
    before = f"def f{number}(value):\n    result = value + {number}\n    "
    return Case(f"case/{number}", kind, "python", before, "\n", f"return result * {number}", **fields)
