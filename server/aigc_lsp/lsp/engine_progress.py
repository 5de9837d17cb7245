"""Shows the user what the engine does: progress while a model loads, one message when it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from aigc_lsp.lsp.backend import is_here
from aigc_lsp.lsp.progress import WorkDone

if TYPE_CHECKING:
    from aigc_lsp.lsp.server import AigcServer
    from aigc_models.client import EngineLink
    from aigc_models.types import EngineStatus

logger = logging.getLogger(__name__)

# Failures closer to one another than this are one incident, and get one message.
_INCIDENT_S = 600.0


class EngineProgress:
    """Follows an engine link on behalf of one editor."""

    def __init__(self, server: AigcServer) -> None:
        self._server = server
        self._progress = WorkDone(server, "aigc-lsp: loading the model")
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
            self._progress.end()

    async def _show(self, status: EngineStatus) -> None:
        shown = self._server.status
        failed = status.state == "failed"
        missing = status.model if failed and not await asyncio.to_thread(_is_here, status) else None
        shown.engine, shown.missing = status, missing
        self._server.adapters.look()
        if status.state in ("starting", "loading"):
            percentage = None if status.progress is None else max(0, min(100, round(status.progress * 100)))
            await self._progress.report(status.message or status.model or "", percentage)
            return
        self._progress.end(status.state if status.state in ("ready", "failed") else "")
        if failed:
            self._fail(status, missing)

    def _fail(self, status: EngineStatus, missing: str | None) -> None:
        now, alive = time.monotonic(), status.pid is not None
        last = self._last_failure.get(alive)
        self._last_failure[alive] = now
        logger.warning("The engine failed: %s", status.message)
        if last is not None and now - last <= _INCIDENT_S:
            return
        if missing is not None and "downloads" in self._server.client.extras:
            return  # the editor offers to fetch it, from what the status says
        if alive:  # it stays, and tries again when there is hope
            self._server.warn(f"aigc-lsp cannot load the model: {status.message}")
        else:
            self._server.warn(f"aigc-lsp: the engine failed and is started again. {status.message}".strip())


def _is_here(status: EngineStatus) -> bool:
    """Tell whether the model is on this machine; an engine that is gone may have failed for any other reason."""
    return status.pid is None or is_here(status.model)
