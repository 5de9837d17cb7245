"""Stand-ins for the engine and the task, with counters. They are injected; no product code knows of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from aigc_models.types import CompletionChunk, CompletionRequest, ContextFile, EngineStatus


@dataclass
class Counters:
    """What the fake engine did."""

    opened: int = 0
    closed: int = 0
    finished: int = 0
    tokens: int = 0
    most_at_once: int = 0
    links: int = 0
    prompts: list[str] = field(default_factory=list)
    context: list[tuple[ContextFile, ...]] = field(default_factory=list)


class FakeClient:
    """Streams `answer(request)` character by character, `delay` seconds each."""

    def __init__(self, counters: Counters, answer: Callable[[CompletionRequest], str], delay: float) -> None:
        self.counters = counters
        self.answer = answer
        self.delay = delay
        self._open = 0

    async def complete(self, request: CompletionRequest) -> AsyncIterator[CompletionChunk]:
        counters = self.counters
        counters.opened += 1
        counters.prompts.append(request.prefix)
        counters.context.append(request.context)
        self._open += 1
        counters.most_at_once = max(counters.most_at_once, self._open)
        try:
            for character in self.answer(request):
                await asyncio.sleep(self.delay)
                counters.tokens += 1
                yield CompletionChunk(character)
            yield CompletionChunk("", "stop")
            counters.finished += 1
        finally:
            self._open -= 1
            counters.closed += 1


class FakeLink:
    """An engine link whose state the test sets."""

    def __init__(self, client: FakeClient, state: str = "ready") -> None:
        self.client = client
        self.status = EngineStatus(state, model="fake")
        self.started = 0
        self.woken = 0
        self.closed = False
        self._watchers: list[asyncio.Queue[EngineStatus | None]] = []

    async def start(self) -> None:
        self.started += 1
        self.client.counters.links += 1

    async def ready(self, timeout: float) -> EngineStatus:
        self.woken += 1
        return self.status

    async def aclose(self) -> None:
        self.closed = True
        for watcher in self._watchers:
            watcher.put_nowait(None)

    def become(self, state: str, **fields: Any) -> None:
        self.status = EngineStatus(state, model="fake", **fields)
        for watcher in self._watchers:
            watcher.put_nowait(self.status)

    async def watch(self) -> AsyncIterator[EngineStatus]:
        queue: asyncio.Queue[EngineStatus | None] = asyncio.Queue()
        queue.put_nowait(self.status)
        self._watchers.append(queue)
        while (status := await queue.get()) is not None:
            yield status


class _Judge:
    withheld = ""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self._text = ""

    def feed(self, piece: str) -> bool:
        self._text += piece
        return False

    def finish(self, truncated: bool = False) -> Any:
        from aigc_plugins.api import Suggestion

        return Suggestion(self._text, self._offset, self._offset) if self._text else None


class FakeTask:
    """Offers whatever the model says, at the cursor."""

    name = "inline-completion"
    title = "Complete at the cursor"

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self._before = before

    def prepare(self, snapshot: Any, offset: int, **_: Any) -> Any:
        self._before()
        request = CompletionRequest(snapshot.text[:offset], snapshot.text[offset:])
        return SimpleNamespace(request=request, judge=lambda: _Judge(offset))


def fake_plugins(*tasks: Any, providers: Sequence[Any] = ()) -> Any:
    """Return what `load_plugins` would, with these tasks and context providers."""
    of_kind = lambda kind: [task for task in tasks if isinstance(task, kind)]  # noqa: E731
    return SimpleNamespace(
        test_proposers=tuple,
        infos=(),
        tasks=of_kind,
        runtimes=list,
        languages=list,
        context_providers=lambda: tuple(providers),
    )


def fake_loaders(
    link: FakeLink,
    task: FakeTask | None = None,
    problems: Sequence[str] = (),
    actions: Sequence[Any] = (),
    stats: dict[str, Any] | None = None,
    providers: Sequence[Any] = (),
    context: dict[str, Any] | None = None,
    **completion: Any,
) -> tuple[Any, Any, Any]:
    """Return the three arguments of `create_server`. Without `stats` settings nothing is recorded."""

    def settings(folders: Any, options: Any, section: Any) -> Any:
        from aigc_lsp.settings import CompletionSettings, Loaded, Settings
        from aigc_lsp.settings.model import ContextSettings, StatsSettings

        record = StatsSettings(**({"enabled": False, "gate": False} if stats is None else stats))
        # Nothing is asked ahead unless a test wants it: many count what the engine was asked.
        inline = CompletionSettings(**{"prefetch": "never", **completion})
        elsewhere = ContextSettings(**(context or {}))
        return Loaded(Settings(completion=inline, stats=record, context=elsewhere), tuple(problems))

    plugins = fake_plugins(task or FakeTask(), *actions, providers=providers)
    return settings, lambda config, launch: link, lambda disabled: plugins
