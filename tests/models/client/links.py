"""Links over real engine processes with the fake model, and what they tell."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

from aigc_models.client import EngineConfig, EngineLink
from aigc_models.types import CompletionRequest, EngineStatus

FAKE = "fake"


def command(*options: str, model: str = FAKE) -> list[str]:
    return [sys.executable, "-m", "aigc_lsp", "serve", "--managed", "--model", model, *options]


@asynccontextmanager
async def link(*options: str, model: str = FAKE, launch: list[str] | None = None) -> AsyncIterator[EngineLink]:
    made = EngineLink(EngineConfig(model=model), launch or command(*options, model=model))
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()


async def text(one: EngineLink, tokens: int = 5) -> str:
    async with aclosing(one.client.complete(CompletionRequest("x", max_tokens=tokens))) as chunks:
        return "".join([chunk.text async for chunk in chunks])


async def until(one: EngineLink, wanted: Callable[[EngineStatus], bool], timeout: float = 15) -> list[EngineStatus]:
    """Return the statuses that were told up to the wanted one."""
    told: list[EngineStatus] = []
    async with asyncio.timeout(timeout), aclosing(one.watch()) as statuses:
        async for status in statuses:
            told.append(status)
            if wanted(status):
                return told
    raise AssertionError(told)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def gone(pid: int, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while alive(pid):
        assert time.monotonic() < deadline, "the engine did not end"
        await asyncio.sleep(0.02)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]
