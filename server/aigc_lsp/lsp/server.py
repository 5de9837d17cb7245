"""One session's server: made by `create_server`, told of the client by `initialize`. Features are in `features`."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from aigc_lsp.lsp import features
from aigc_lsp.lsp.adapters import SessionAdapters
from aigc_lsp.lsp.backend import Backend, Loaders
from aigc_lsp.lsp.client import Client, Triggers
from aigc_lsp.lsp.configuration import Configuration
from aigc_lsp.lsp.documents import Documents
from aigc_lsp.lsp.engine_progress import EngineProgress
from aigc_lsp.lsp.feedback import Feedback
from aigc_lsp.lsp.models import Models
from aigc_lsp.lsp.protocol import AigcProtocol
from aigc_lsp.lsp.stats import Stats
from aigc_lsp.lsp.status import METHOD as STATUS
from aigc_lsp.lsp.status import Status
from aigc_lsp.lsp.suggester import Suggester
from aigc_lsp.lsp.tasks import Tasks
from aigc_lsp.lsp.workspace import Workspace
from aigc_models import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_lsp.lsp.outbox import Outbox
    from aigc_lsp.settings import Loaded
    from aigc_models.client import EngineConfig, EngineLink
    from aigc_plugins.manager import Plugins

logger = logging.getLogger(__name__)


class _LazyConverter:
    """Stands in for lsprotocol's converter, whose making costs more than answering `initialize`."""

    def __getattr__(self, name: str) -> Any:
        from pygls.protocol import default_converter

        converter = default_converter()  # type: ignore[no-untyped-call]
        self.__dict__.update(structure=converter.structure, unstructure=converter.unstructure)
        return getattr(converter, name)


class AigcServer(LanguageServer):
    """The server of one session. All parts are made when the client has introduced itself."""

    protocol: AigcProtocol
    client: Client
    documents: Documents
    backend: Backend
    suggester: Suggester
    triggers: Triggers
    configuration: Configuration
    engine_progress: EngineProgress
    models: Models
    adapters: SessionAdapters
    tasks: Tasks
    stats: Stats
    repository: Workspace

    def __init__(self, loaders: Loaders) -> None:
        super().__init__(
            name="aigc-lsp",
            version=__version__,
            protocol_cls=AigcProtocol,
            converter_factory=_LazyConverter,
        )
        self._loaders = loaders
        self._backend: Backend | None = None
        self._plugins_told = False
        self.finished: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.on_client: Callable[[Client], None] = lambda _: None
        self.feedback = Feedback()
        self.status = Status(self._tell_status)
        self.cancels: dict[str | int, Callable[[], None]] = {}  # by the token of a progress display
        features.register(self)

    def connect(self, outbox: Outbox) -> None:
        """Send what there is to send through `outbox`."""
        self.protocol.outbox = outbox

    def initialize(self, client: Client) -> dict[str, Any]:
        """Take the client's introduction and return the result of `initialize`. Starts nothing."""
        self.client = client
        self.process_id = client.process_id
        self.triggers = Triggers(zero_based=client.zero_based_triggers)
        self.documents = Documents(client.encoding)
        self.backend = self._backend = Backend(
            self._loaders, folders=client.folders, options=client.options, trusted=client.trusted
        )
        self.suggester = Suggester(
            self.documents, self.backend, self.protocol.cancel, client_debounces=client.debounces
        )
        self.configuration = Configuration(self, client, self.backend)
        self.suggester.paused = lambda: self.status.snoozed
        self.engine_progress = EngineProgress(self)
        self.models = Models(self)
        self.adapters = SessionAdapters(self)
        self.tasks = Tasks(self)
        self.stats = Stats(self.documents, self.backend, self.feedback)
        self.suggester.made = self.stats.made
        self.repository = Workspace(self)
        self.on_client(client)
        return {
            "capabilities": features.capabilities(client),
            "serverInfo": {"name": self.name, "version": self.version},
        }

    def finish(self, code: int) -> None:
        """End the session with an exit status; the first call decides."""
        if not self.finished.done():
            self.finished.set_result(code)

    def end_of_input(self) -> None:
        """Note that the client is gone: an orderly end only if it had asked to shut down."""
        self.finish(0 if self.protocol.was_shut_down else 1)

    def shut_down(self) -> None:
        """Stop work in progress; the answer to `shutdown` follows."""
        self.suggester.stop()

    async def aclose(self) -> None:
        """Let go of everything that the session holds."""
        if self._backend is not None:
            self.suggester.stop()
            self.models.stop()
            closing = (self.adapters, self._backend, self.stats, self.repository)
            await asyncio.gather(*(one.aclose() for one in closing))

    async def follow_engine(self, link: EngineLink) -> None:
        """Show the user what the engine behind `link` does, until cancelled."""
        await self.engine_progress.follow(link)

    def _tell_status(self, params: dict[str, Any]) -> None:
        if "status" in self.client.extras:
            self.protocol.notify(STATUS, params)

    def warn(self, message: str) -> None:
        """Show the user a message, and log it."""
        logger.warning("%s", message)
        self.window_show_message(types.ShowMessageParams(type=types.MessageType.Warning, message=message))

    def report_plugins(self) -> None:
        """Tell the user, once, which plugins could not be loaded."""
        plugins = self.backend.plugins
        if plugins is None or self._plugins_told:
            return
        self._plugins_told = True
        blocked = [f"{info.name} ({info.reason})" for info in plugins.infos if info.status == "blocked"]
        if blocked:
            self.warn("aigc-lsp: blocked plugins: " + "; ".join(blocked))

    def broken_notification(self, method: str, params: Any) -> None:
        """Distrust the document of a notification that could not be read: it may have held an edit."""
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if method in (types.TEXT_DOCUMENT_DID_CHANGE, types.TEXT_DOCUMENT_DID_OPEN) and isinstance(uri, str):
            self.documents.distrust(uri, f"a malformed {method}")
            self.suggester.changed(uri)
        notebook = params.get("notebookDocument") if isinstance(params, dict) else None
        uri = notebook.get("uri") if isinstance(notebook, dict) else None
        if method in (types.NOTEBOOK_DOCUMENT_DID_CHANGE, types.NOTEBOOK_DOCUMENT_DID_OPEN) and isinstance(uri, str):
            self.documents.distrust_notebook(uri, f"a malformed {method}")


def create_server(
    settings_loader: Callable[[Sequence[str], Any, Any], Loaded],
    link_factory: Callable[[EngineConfig, Sequence[str]], EngineLink],
    plugins_loader: Callable[[Sequence[str]], Plugins],
) -> AigcServer:
    """Return a server for one session. Call it on the running event loop that is to serve it."""
    return AigcServer(Loaders(settings_loader, link_factory, plugins_loader))


def default_server() -> AigcServer:
    """Return a server with the real settings, engine and plugins, each imported when it is first called."""

    def settings(folders: Sequence[str], options: Any, section: Any) -> Loaded:
        from aigc_lsp.settings import load_settings

        return load_settings(folders, options, section)

    def link(config: EngineConfig, launch: Sequence[str]) -> EngineLink:
        from aigc_models.client import EngineLink

        return EngineLink(config, None if config.url else launch)

    def plugins(disabled: Sequence[str]) -> Plugins:
        from aigc_plugins.manager import load_plugins

        return load_plugins(disabled)

    return create_server(settings, link, plugins)
