"""Shows the user what the engine does: progress while a model loads, one message when it fails."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from aigc_lsp.lsp.server import AigcServer
    from aigc_models.client import EngineLink
    from aigc_models.types import EngineStatus

logger = logging.getLogger(__name__)

_PATIENCE_S = 2.0
# Failures closer to one another than this are one incident, and get one message.
_INCIDENT_S = 600.0


class EngineProgress:
    """Follows an engine link on behalf of one editor."""

    def __init__(self, server: AigcServer, *, supported: bool) -> None:
        self._server = server
        self._supported = supported
        self._token: str | None = None
        # By whether the engine was alive: a model that cannot be loaded is not the same incident as a crash.
        self._last_failure: dict[bool, float] = {}

    async def follow(self, link: EngineLink) -> None:
        """Show each change of the engine's state until cancelled."""
        try:
            async for status in link.watch():
                await self._show(status)
        except Exception as error:
            logger.exception("Lost track of the engine")
            self._server.warn(f"aigc-lsp cannot follow its engine: {error}")
        finally:
            self._end("")

    async def _show(self, status: EngineStatus) -> None:
        if status.state in ("starting", "loading"):
            await self._report(status)
        elif status.state == "failed":
            self._end("failed")
            self._fail(status)
        else:
            self._end("ready" if status.state == "ready" else "")

    def _fail(self, status: EngineStatus) -> None:
        now, alive = time.monotonic(), status.pid is not None
        last = self._last_failure.get(alive)
        self._last_failure[alive] = now
        logger.warning("The engine failed: %s", status.message)
        if last is not None and now - last <= _INCIDENT_S:
            return
        if alive:  # it stays, and tries again when there is hope
            self._server.warn(f"aigc-lsp cannot load the model: {status.message}")
        else:
            self._server.warn(f"aigc-lsp: the engine failed and is started again. {status.message}".strip())

    async def _report(self, status: EngineStatus) -> None:
        text = status.message or status.model or ""
        percentage = None if status.progress is None else max(0, min(100, round(status.progress * 100)))
        if self._token is None:
            self._token = await self._create() if self._supported else None
            if self._token is None:
                return
            begin = types.WorkDoneProgressBegin(
                title="aigc-lsp: loading the model", message=text, percentage=0 if percentage is None else percentage
            )
            self._notify(begin)
            return
        self._notify(types.WorkDoneProgressReport(message=text, percentage=percentage))

    async def _create(self) -> str | None:
        token = f"aigc-engine-{uuid.uuid4()}"
        params = types.WorkDoneProgressCreateParams(token=token)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._server.protocol.send_request_async(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params)
        except Exception as error:
            logger.info("The editor shows no progress: %s", error)
            self._supported = False
            return None
        return token

    def _end(self, message: str) -> None:
        if self._token is not None:
            self._notify(types.WorkDoneProgressEnd(message=message or None))
            self._token = None

    def _notify(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        if self._token is None:
            return
        self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token=self._token, value=value))
