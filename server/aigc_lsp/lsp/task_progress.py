"""Shows how far a running task is: progress with a button that takes it back, and a preview of a long result."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from aigc_lsp.lsp.progress import WorkDone

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.lsp.server import AigcServer

_SHOWN_AFTER_S = 0.3  # what is done sooner only would flicker
_PREVIEW_EVERY_S = 0.1


class TaskProgress:
    """One running task's display. `report` and `preview` may be called from any thread, the rest from the loop's.

    `token` is where the client wants previews, None where it wants none.
    """

    def __init__(self, server: AigcServer, title: str, token: str | int | None, cancel: Callable[[], None]) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._work = WorkDone(server, title, cancel)
        self._token = token
        self._shown_at = 0.0
        self._news: asyncio.Queue[tuple[str, int | None]] = asyncio.Queue()
        self._following = asyncio.create_task(self._follow(title))

    def report(self, message: str, percentage: int | None = None) -> None:
        """Show a message."""
        self._loop.call_soon_threadsafe(self._news.put_nowait, (message, percentage))

    def preview(self, text: str) -> None:
        """Show the text that there is so far, not more often than anybody can read."""
        now = time.monotonic()
        if self._token is None or now - self._shown_at < _PREVIEW_EVERY_S:
            return
        self._shown_at = now
        self._loop.call_soon_threadsafe(self._send, {"text": text})

    def end(self) -> None:
        """Take the display away."""
        self._following.cancel()
        self._work.end()

    async def _follow(self, title: str) -> None:
        await asyncio.sleep(_SHOWN_AFTER_S)
        await self._work.report("working" if self._news.empty() else self._news.get_nowait()[0])
        while True:
            await self._work.report(*await self._news.get())

    def _send(self, value: dict[str, Any]) -> None:
        token = self._token
        if token is not None:
            self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))
