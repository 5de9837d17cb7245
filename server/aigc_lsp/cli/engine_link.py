"""The engine for commands that ask it: found or started, waited for with a word on how far it is. What is asked is
not known here."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_lsp.cli import output
from aigc_lsp.cli.chosen import model_name
from aigc_models.types import EngineStatus, EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.settings import Settings
    from aigc_models.client import EngineLink
    from aigc_models.client.http import EngineClient

_STATES = {
    "absent": "starting the engine",
    "starting": "starting the engine",
    "loading": "loading the model",
    "unloaded": "loading the model",
}


def check_model(settings: Settings) -> None:
    """Check that the model is on this machine, where the engine runs on this machine.

    Raises:
        ModelMissingError: it has to be fetched first.
    """
    if settings.engine.url is None:
        from aigc_models import store

        store.locate(model_name(settings))


async def connect(settings: Settings, folder: Path | None = None) -> EngineLink:
    """Return a link that has begun to find or start the engine; the caller closes it.

    Its completions come from the adapter that the user chose for the workspace around `folder`, by default the working
    directory.
    """
    from aigc_lsp.launch import adapter_choice, engine_command
    from aigc_models.client import EngineLink

    link = EngineLink(settings.engine_config(), engine_command(settings))
    await link.start()
    link.client.adapter = adapter_choice(settings, lambda: (folder or Path.cwd(),), link)
    return link


async def ready(link: EngineLink, timeout: float, tell: Callable[[str], None] | None = None) -> EngineStatus:
    """Wait until the model is loaded; `tell` is called with what happens, by default a spinner on a terminal shows it.

    Raises:
        EngineUnavailableError: it failed, or the time (in seconds) is over.
    """
    if link.status.state == "ready" or (tell is None and not sys.stderr.isatty()):
        return await link.ready(timeout)
    if tell is not None:
        return await _followed(link, timeout, tell)
    with output.notices().status("starting the engine") as spinner:
        return await _followed(link, timeout, spinner.update)


async def _followed(link: EngineLink, timeout: float, tell: Callable[[str], None]) -> EngineStatus:
    following = asyncio.create_task(_follow(link, tell))
    try:
        return await link.ready(timeout)
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


async def _follow(link: EngineLink, tell: Callable[[str], None]) -> None:
    async for status in link.watch():
        words = _STATES.get(status.state, status.state)
        percent = f" {status.progress:.0%}" if status.state == "loading" and status.progress else ""
        name = f" {status.model}" if status.model and status.state == "loading" else ""
        tell(f"{words}{name}{percent}")


class LazyEngine:
    """The engine of a task that may need none: started when it is first asked for. Close it with `aclose`."""

    def __init__(self, settings: Settings, timeout: float, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._timeout = timeout
        self._tell = tell
        self._link: EngineLink | None = None
        self.model: str | None = None  # its name, once it was ready
        self.waiting = False

    async def client(self) -> EngineClient:
        """Return the client of an engine whose model is loaded.

        Raises:
            ModelMissingError: the model has to be fetched first.
            EngineUnavailableError: no engine within the time, or it failed.
        """
        if self._link is None:
            check_model(self._settings)
            self._link = await connect(self._settings)
        if self.model is None:
            self.waiting = True
            status = await ready(self._link, self._timeout, self._tell)
            self.model, self.waiting = status.model, False
        return self._link.client

    def too_late(self) -> EngineUnavailableError:
        """Return the error for an engine that was waited for until the time was over."""
        return no_answer(self._timeout)

    async def aclose(self) -> None:
        """Leave the engine to others; it ends by itself when it is idle."""
        if self._link is not None:
            await self._link.aclose()


def no_answer(timeout: float) -> EngineUnavailableError:
    """Return the error for an engine that did not answer within `timeout` seconds."""
    return EngineUnavailableError(
        f"There was no answer within {timeout:g} s. Give it more with --timeout, or see `aigc-lsp engine logs`."
    )
