"""What a session needs beyond the protocol, loaded after the editor was answered: settings, plugins, engine link."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp.log import set_level
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from aigc_lsp.completion import CompletionService
    from aigc_lsp.settings import Loaded, Settings
    from aigc_models.client import EngineConfig, EngineLink
    from aigc_models.client.choice import AdapterChoice
    from aigc_plugins.api import InlineTask
    from aigc_plugins.context.assemble import ContextAssembler
    from aigc_plugins.manager import Plugins
    from aigc_plugins.workspace import Workspace

logger = logging.getLogger(__name__)

# How long one try to wake the engine may take.
_WAKE_S = 60.0
# How long a model that could not be loaded is left alone: where it is missing, and where it is there.
_MISSING_PAUSE_S = 2.0
_FAILED_PAUSE_S = 30.0
# How long a completion menu and code actions wait for settings and plugins, which are loaded when the session starts.
_PATIENCE_S = 1.5


@dataclass(frozen=True, slots=True)
class Loaders:
    """Where the parts come from; each is called in a worker thread or after `initialized`, never before.

    `settings(folders, options, section)`, `link(config, launch)`, `plugins(disabled)`.
    """

    settings: Callable[[Sequence[str], Any, Any], Loaded]
    link: Callable[[EngineConfig, Sequence[str]], EngineLink]
    plugins: Callable[[Sequence[str]], Plugins]


class Backend:
    """Settings, plugins and the engine of one session."""

    settings: Settings
    service: CompletionService

    def __init__(self, loaders: Loaders, *, folders: Sequence[str], options: Any, trusted: bool = True) -> None:
        self.ready = asyncio.Event()
        self.usable = False
        self.link: EngineLink | None = None
        self.plugins: Plugins | None = None
        self.folders = tuple(folders)
        self.trusted = trusted
        self.model: str | None = None  # what the user chose for this session
        self.choice: AdapterChoice | None = None
        self._options = options
        self._loaders = loaders
        self._waking: asyncio.Task[Any] | None = None
        self._wake_at = 0.0
        self._config: EngineConfig | None = None
        self._revision = 0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watch: asyncio.Task[Any] | None = None
        self._loading = asyncio.Lock()
        self._context: ContextAssembler | None = None
        self._context_of: tuple[Any, ...] = ()

    @property
    def profile(self) -> Hashable:
        """Return what a remembered suggestion depends on besides the text: the settings, the model, the adapter."""
        model = self.link.status.model if self.link is not None else None
        return self._revision, model, self.adapter, self.adapter_state.get("digest")

    @property
    def wanted_adapter(self) -> str | None:
        """Return the adapter that requests ask for, None for the model alone."""
        return self.choice() if self.choice is not None else None

    @property
    def adapter_state(self) -> dict[str, Any]:
        """Return what the engine says of the wanted adapter, where it does: `state`, `message`, `digest`."""
        wanted = self.wanted_adapter
        states = self.link.status.details.get("adapters") if self.link is not None else None
        found = states.get(wanted) if wanted is not None and isinstance(states, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def adapter(self) -> str | None:
        """Return the adapter that suggestions come from now, None while the model alone answers."""
        wanted = self.wanted_adapter
        remote = self.link is not None and self.settings.engine.url is not None
        return wanted if wanted is not None and (remote or self.adapter_state.get("state") == "ready") else None

    @property
    def engine_state(self) -> str:
        """Return the engine's state, `absent` where there is no link to one."""
        return self.link.status.state if self.link is not None else "absent"

    def engine_ready(self) -> bool:
        """Tell whether the engine can answer now; where it sleeps, wake it for the next request."""
        if self.link is None:
            return False
        if self.link.status.state == "ready":
            return True
        if (self._waking is None or self._waking.done()) and time.monotonic() >= self._wake_at:
            self._waking = self._spawn(self._wake(self.link))
        return False

    async def menu_wanted(self) -> bool:
        """Tell whether suggestions go into the completion menu; wait a little for the settings that say so."""
        await self.soon_ready()
        return self.usable and self.settings.completion.menu

    async def soon_ready(self) -> None:
        """Wait a little for settings and plugins, which are loaded when the session starts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self.ready.wait()

    async def load(self, section: Any, follow: Callable[[EngineLink], Any]) -> tuple[str, ...]:
        """Load or reload everything that `section`, the editor's part of the settings, changes.

        `follow` is run as a task for each new engine link. Returns what was wrong with the settings. Where it raises,
        what was there before stays; `usable` tells whether there is anything.
        """
        async with self._loading:
            try:
                folders = self.folders if self.trusted else ()
                loaded = await asyncio.to_thread(self._loaders.settings, folders, self._options, section)
                self.settings = self._with_model(loaded.settings)
                self._revision += 1
                if loaded.settings.log.level is not None:
                    set_level(loaded.settings.log.level)
                link = await self._new_link()  # first: the engine starts while the plugins are loaded
                try:
                    if self.plugins is None:
                        disabled = tuple(loaded.settings.plugins.disabled)
                        self.plugins = await asyncio.to_thread(self._loaders.plugins, disabled)
                    if link is not None:
                        self._adopt(link, inline_task(self.plugins), follow)
                    self._choose()
                except BaseException:
                    if link is not None:
                        self._config = None
                        await link.aclose()
                    raise
                self.usable = True
            finally:
                self.ready.set()
            return loaded.problems

    def use_workspace(self, workspace: Workspace | None) -> None:
        """Have prompts hold code from elsewhere in the workspace, as the settings say; None: no code from elsewhere."""
        wanted = self.settings.context
        if workspace is None or self.plugins is None or not wanted.enabled or wanted.tokens == 0:
            self._context, self._context_of = None, ()
        elif self._context_of != (workspace, wanted.providers):
            from aigc_plugins.context.assemble import ContextAssembler

            self._context = ContextAssembler(self.plugins.context_providers(), workspace, enabled=wanted.providers)
            self._context_of = (workspace, wanted.providers)
        self.service.context = self._context

    def closed(self, uri: str) -> None:
        """Forget what belongs to a document."""
        if self._context is not None:
            self._context.forget(uri)

    async def aclose(self) -> None:
        """Let go of the engine."""
        for task in (self._watch, *self._tasks):
            if task is not None:
                task.cancel()
        if self.link is not None:
            await self.link.aclose()

    def _with_model(self, settings: Settings) -> Settings:
        if self.model is None:
            return settings
        engine = settings.engine.model_copy(update={"model": self.model})
        return settings.model_copy(update={"engine": engine})

    async def _new_link(self) -> EngineLink | None:
        """Start the link that the settings want; None where it is the one that there is."""
        from aigc_lsp.launch import engine_command

        config = self.settings.engine_config()
        if self.link is not None and config == self._config:
            return None
        # The old one goes first: an engine that others are attached to would not be replaced.
        old, self.link = self.link, None
        if old is not None:
            await old.aclose()
        link = self._loaders.link(config, engine_command(self.settings))
        await link.start()
        self._config = config
        return link

    def _adopt(self, link: EngineLink, task: InlineTask, follow: Callable[[EngineLink], Any]) -> None:
        from aigc_lsp.completion import CompletionService

        self.link = link
        self.service = CompletionService(link.client, task, self._context)
        if self._watch is not None:
            self._watch.cancel()
        self._watch = asyncio.create_task(follow(link))

    def _choose(self) -> None:
        """Have requests ask for the adapter that the settings and the user's bindings say."""
        from aigc_lsp.launch import adapter_choice

        if self.link is not None:
            self.choice = adapter_choice(self.settings, lambda: self.folders, self.link)
            self.link.client.adapter = self.choice

    async def _wake(self, link: EngineLink) -> None:
        """Get the engine ready; a model that it could not load is tried again once it is there, at times."""
        status = link.status
        if status.state == "failed" and status.pid is not None:
            if not await asyncio.to_thread(is_here, status.model):
                self._wake_at = time.monotonic() + _MISSING_PAUSE_S
                return
            self._wake_at = time.monotonic() + _FAILED_PAUSE_S
        await link.ready(_WAKE_S)

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.info("The engine: %s", error)


def is_here(model: str | None) -> bool:
    """Tell whether a model is on this machine."""
    from aigc_models import store

    try:
        return model is None or store.find(model.partition("?")[0]) is not None
    except AigcError:
        return False


def inline_task(plugins: Plugins) -> InlineTask:
    """Return the task for ghost text that the plugins offer.

    Raises:
        LookupError: no plugin offers one.
    """
    from aigc_plugins.api import InlineTask

    tasks = plugins.tasks(InlineTask)  # type: ignore[type-abstract]
    if not tasks:
        raise LookupError("no plugin offers inline completion")
    return tasks[-1]  # a third party's comes after the built-in one
