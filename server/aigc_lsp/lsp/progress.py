"""Work-done progress that the server starts: one token from begin to end. What the work is, its caller knows."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.lsp.server import AigcServer

logger = logging.getLogger(__name__)

_PATIENCE_S = 2.0
_Value = types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd


class WorkDone:
    """One progress display in the editor; where the editor has none, every call does nothing.

    `on_cancel` is called when the user takes the work back; without it the editor offers no button for that.
    """

    def __init__(self, server: AigcServer, title: str, on_cancel: Callable[[], None] | None = None) -> None:
        self._server = server
        self._title = title
        self._on_cancel = on_cancel
        self._token: str | None = None
        self._refused = not server.client.work_done_progress

    @property
    def begun(self) -> bool:
        """Tell whether the editor shows it now."""
        return self._token is not None

    async def report(self, message: str, percentage: int | None = None) -> None:
        """Show how far the work is; the first call begins the display."""
        if self._token is None:
            await self._begin(message, percentage)
        else:
            self._notify(types.WorkDoneProgressReport(message=message, percentage=percentage))

    def end(self, message: str = "") -> None:
        """Take the display away."""
        if self._token is not None:
            self._notify(types.WorkDoneProgressEnd(message=message or None))
            self._server.cancels.pop(self._token, None)
            self._token = None

    async def _begin(self, message: str, percentage: int | None) -> None:
        if self._refused:
            return
        token = f"aigc-{uuid.uuid4()}"
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._server.protocol.send_request_async(
                    types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token=token)
                )
        except Exception as error:
            logger.info("The editor shows no progress: %s", error)
            self._refused = True
            return
        self._token = token
        if self._on_cancel is not None:
            self._server.cancels[token] = self._on_cancel
        first = 0 if percentage is None else percentage
        cancellable = None if self._on_cancel is None else True
        begin = types.WorkDoneProgressBegin(
            title=self._title, message=message, percentage=first, cancellable=cancellable
        )
        self._notify(begin)

    def _notify(self, value: _Value) -> None:
        if self._token is not None:
            self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token=self._token, value=value))
