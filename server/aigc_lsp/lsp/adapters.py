"""The adapter of one session's suggestions: has the engine get it ready, tells the editor, says once what is wrong."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from aigc_models.types import AigcError, EngineUnavailableError

if TYPE_CHECKING:
    from aigc_lsp.lsp.server import AigcServer

logger = logging.getLogger(__name__)

# How often it is looked whether the user chose another adapter: `aigc-lsp adapters use` holds within two seconds.
_LOOK_S = 1.0


class SessionAdapters:
    """Follows what the user chose and what the engine says of it. Used on the event loop only."""

    def __init__(self, server: AigcServer) -> None:
        self._server = server
        self._asked: set[tuple[Any, ...]] = set()
        self._told: set[str] = set()
        self._watch: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self) -> None:
        """Compare what is wanted with what the engine has, and act on the difference."""
        backend, status = self._server.backend, self._server.status
        if self._watch is None:
            self._watch = asyncio.create_task(self._look_again(), name="adapters")
        wanted, state = backend.wanted_adapter, backend.adapter_state
        status.adapter = backend.adapter
        status.adapter_note = _note(wanted, state) if wanted is not None else ""
        status.changed()
        link = backend.link
        if wanted is None or link is None or link.config.url or link.status.state != "ready":
            return
        if state.get("state") == "failed":
            self._warn(str(state.get("message", "")))
        elif not state:
            self._get_ready(wanted)

    async def aclose(self) -> None:
        """Stop looking."""
        tasks = [*self._tasks, *([self._watch] if self._watch is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_again(self) -> None:
        seen: Any = None
        while True:
            await asyncio.sleep(_LOOK_S)
            backend = self._server.backend
            now = (backend.wanted_adapter, backend.adapter_state.get("state"))
            if now != seen:
                seen = now
                self.look()

    def _get_ready(self, name: str) -> None:
        link = self._server.backend.link
        assert link is not None  # noqa: S101 - look() saw to it
        key = (name, link.status.pid, link.status.details.get("loads"))
        if key in self._asked:
            return
        self._asked.add(key)
        task = asyncio.create_task(self._ask(name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, name: str) -> None:
        link = self._server.backend.link
        if link is None:
            return
        try:
            await link.client.prepare_adapter(name)
        except EngineUnavailableError as error:
            logger.info("The adapter %s: %s", name, error)
        except AigcError as error:
            self._warn(str(error))

    def _warn(self, message: str) -> None:
        if message and message not in self._told:
            self._told.add(message)
            self._server.warn(f"aigc-lsp: {message} The model alone answers.")


def _note(name: str, state: dict[str, Any]) -> str:
    if state.get("state") == "failed":
        return f"The adapter {name} cannot be used; the model alone answers."
    if state.get("state") == "ready":
        return f"They come from the adapter {name}."
    return f"The adapter {name} is being made ready; the model alone answers meanwhile."
