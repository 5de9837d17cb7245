"""Run sequences on a scheduler and gather what they say."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field

from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.base import LoadOptions
from aigc_models.engine.runtimes.fake import FakeRuntime
from aigc_models.engine.scheduler import Scheduler
from aigc_models.engine.sequence import Sequence
from aigc_models.types import CompletionChunk, CompletionRequest


def fake_runtime(**params: str) -> FakeRuntime:
    return FakeRuntime(LoadOptions("fake", None, "fake", params=params), lambda fraction, message: None)


@dataclass
class Run:
    """A submitted request and its queue of answers."""

    answers: queue.Queue[CompletionChunk | Exception] = field(default_factory=queue.Queue)
    sequence: Sequence | None = None

    def text(self) -> tuple[str, CompletionChunk]:
        """Return the whole text and the last chunk; raise what the engine sent instead."""
        pieces: list[str] = []
        while True:
            item = self.answers.get(timeout=20)
            if isinstance(item, Exception):
                raise item
            pieces.append(item.text)
            if item.finish_reason:
                return "".join(pieces), item


def submit(scheduler: Scheduler, request: CompletionRequest) -> Run:
    run = Run()
    run.sequence = Prompter(scheduler.runtime, None, "fake").completion(request, run.answers.put)
    scheduler.submit(run.sequence)
    return run
