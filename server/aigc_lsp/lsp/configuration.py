"""Fetches the editor's settings, whether it pushes them or waits to be asked, and says once what is wrong with them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from aigc_lsp.lsp.client import file_path
from aigc_models.types import EngineStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_lsp.lsp.backend import Backend
    from aigc_lsp.lsp.client import Client
    from aigc_lsp.lsp.server import AigcServer

logger = logging.getLogger(__name__)

SECTION = "aigc"
# An editor that never answers must not keep the engine from starting.
_PATIENCE_S = 2.0
# How many problems with the settings are told at once, and how many characters of each.
_MOST = 5
_LONGEST = 300


class Configuration:
    """Keeps the backend's settings in step with the editor's."""

    def __init__(self, server: AigcServer, client: Client, backend: Backend) -> None:
        self._server = server
        self._client = client
        self._backend = backend
        self._section: Any = None
        self._told: tuple[str, ...] = ()

    async def start(self) -> None:
        """Load everything for the first time, and ask to be told of changes."""
        if self._client.register_configuration:
            self._register()
        if self._client.configuration:
            self._section = await self._pull()
        await self._load()

    async def changed(self, pushed: Any) -> None:
        """Take new settings: the pushed ones, or those that the editor wants to be asked for."""
        before = _chosen_model(self._section)
        if self._client.configuration:
            self._section = await self._pull()
        elif isinstance(pushed, dict):
            self._section = pushed.get(SECTION, {})
        if _chosen_model(self._section) != before:
            self._backend.model = None  # the newer word counts
        await self._load()

    async def use_model(self, name: str) -> None:
        """Take the user's choice of a model, for this session or until the editor's settings name another one."""
        self._backend.model = name
        await self._load()

    async def trust_changed(self, trusted: bool) -> None:
        """Take that the user trusts the workspace, or no longer does: its settings file is read, or is not."""
        self._backend.trusted = trusted
        await self._load()

    async def folders_changed(self, added: Sequence[str], removed: Sequence[str]) -> None:
        """Take new workspace folders, given as URIs."""
        gone = {file_path(uri) for uri in removed}
        new = [path for uri in added if (path := file_path(uri))]
        self._backend.folders = (*(folder for folder in self._backend.folders if folder not in gone), *new)
        await self._load()

    async def _load(self) -> None:
        try:
            problems = await self._backend.load(self._section, self._server.follow_engine)
        except Exception as error:
            logger.exception("Cannot load settings, plugins and engine")
            message = f"aigc-lsp cannot offer suggestions: {type(error).__name__}: {error}"
            self._server.warn(message)
            if not self._backend.usable:
                self._server.status.engine = EngineStatus("failed", message=message)
                self._server.status.changed()
            return
        self._server.repository.configure(self._backend.settings.context, self._backend.folders)
        self._backend.use_workspace(self._server.repository.index)
        status, link = self._server.status, self._backend.link
        status.enabled = self._backend.settings.completion.enabled
        status.engine = status.engine if link is None else link.status
        self._server.adapters.look()
        new = tuple(problem for problem in problems if problem not in self._told)
        self._told = problems
        if new:
            self._server.warn("aigc-lsp settings: " + _shortened(new))
        self._server.report_plugins()
        self._server.tasks.configured()

    async def _pull(self) -> Any:
        params = types.ConfigurationParams(items=[types.ConfigurationItem(section=SECTION)])
        try:
            async with asyncio.timeout(_PATIENCE_S):
                answer = await self._server.protocol.send_request_async(types.WORKSPACE_CONFIGURATION, params)
        except TimeoutError:
            logger.warning("The editor does not answer workspace/configuration")
            return self._section
        except Exception as error:
            logger.warning("The editor cannot answer workspace/configuration: %s", error)
            return self._section
        return answer[0] if isinstance(answer, (list, tuple)) and answer else None

    def _register(self) -> None:
        registration = types.Registration(
            id="aigc-configuration",
            method=types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            register_options=types.DidChangeConfigurationRegistrationOptions(section=SECTION),
        )
        params = types.RegistrationParams(registrations=[registration])
        self._server.protocol.send_request(types.CLIENT_REGISTER_CAPABILITY, params)


def _chosen_model(section: Any) -> Any:
    """Return the model that the editor's settings name, in either way to nest them."""
    data = section.get("aigc", section) if isinstance(section, dict) else None
    engine = data.get("engine") if isinstance(data, dict) else None
    return engine.get("model") if isinstance(engine, dict) else None


def _shortened(problems: Sequence[str]) -> str:
    """Return what fits in a pop-up and can be read there: part of the text is a workspace's, which may be hostile."""
    shown = [problem if len(problem) <= _LONGEST else problem[:_LONGEST] + "…" for problem in problems[:_MOST]]
    more = [f"and {len(problems) - _MOST} more"] if len(problems) > _MOST else []
    text = "; ".join([*shown, *more])
    return "".join(char if char.isprintable() else " " for char in text)
