"""The link to the engine: start it on demand, stay attached, notice its end, restart it with back-off.

Every client of a user finds the same engine by its socket. Two clients that start it at once are sorted out twice: by
the start lock among clients, and by the engine's own lock, which only one engine process can hold.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from aigc_models import __version__, paths
from aigc_models.client.config import EngineConfig
from aigc_models.client.spawn import start_engine
from aigc_models.place import EnginePlace
from aigc_models.types import AigcError, EngineStatus, EngineUnavailableError

if TYPE_CHECKING:
    import subprocess

    from aigc_models.client.http import EngineClient

log = logging.getLogger(__name__)
_START_TIMEOUT_S = 20.0
_POLL_S = 0.02
_BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
_STABLE_S = 10.0
_REMOTE_POLL_S = 15.0
# How long it may take until an engine has noticed that a client is gone.
_LEAVE_S = 0.3


class EngineLink:
    """Keep one engine at hand. `launch` is the command that starts a managed engine (None: never start one)."""

    def __init__(self, config: EngineConfig, launch: Sequence[str] | None = None) -> None:
        self.config = config
        self.status = EngineStatus("absent", model=config.model)
        self._launch = list(launch) if launch else None
        self._watchers: list[asyncio.Queue[EngineStatus | None]] = []
        self._task: asyncio.Task[None] | None = None
        self._client: EngineClient | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = asyncio.Event()
        self._replaced = False
        self._place: EnginePlace | None = None

    @property
    def client(self) -> EngineClient:
        """Return the client; it exists once the link was started.

        Raises:
            EngineUnavailableError: before `start`.
        """
        if self._client is None:
            raise EngineUnavailableError("The engine link is not started.")
        self._wanted.set()
        return self._client

    async def start(self) -> None:
        """Begin to connect in the background; return at once."""
        if self._task is not None:
            return
        # httpx takes a tenth of a second to import: off the event loop, which is answering an editor.
        module = await asyncio.to_thread(__import__, "aigc_models.client.http", fromlist=["EngineClient"])
        if self.config.url:
            self._client = module.EngineClient(url=self.config.url, token=self.config.token, model=self.config.model)
        else:
            self._place = EnginePlace(paths.runtime_dir())
            self._client = module.EngineClient(socket=self._place.socket)
        self._task = asyncio.create_task(self._keep(), name="engine-link")

    async def aclose(self) -> None:
        """Detach; a managed engine that nobody else uses ends by itself after its idle time."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._client is not None:
            await self._client.aclose()
        if self._process is not None:
            self._process.poll()
        for watcher in self._watchers:
            watcher.put_nowait(None)

    async def watch(self) -> AsyncGenerator[EngineStatus, None]:
        """Give the status now and after each change, until the link is closed."""
        queue: asyncio.Queue[EngineStatus | None] = asyncio.Queue()
        queue.put_nowait(self.status)
        self._watchers.append(queue)
        try:
            while (status := await queue.get()) is not None:
                yield status
        finally:
            self._watchers.remove(queue)

    async def ready(self, timeout: float) -> EngineStatus:
        """Wait until the model is ready; what failed before is tried once more.

        Raises:
            EngineUnavailableError: it failed, or the time (in seconds) is over.
        """
        self._wanted.set()
        failure = self.status.message if self.status.state == "failed" else ""
        retried, old = False, self.status
        try:
            async with asyncio.timeout(timeout), aclosing(self.watch()) as statuses:
                async for status in statuses:
                    if status.state == "ready":
                        return status
                    if status.state == "unloaded":
                        await self.client.load()
                    if status.state != "failed":
                        continue
                    if status.pid is not None and not retried:  # the engine lives, its model failed
                        retried = True
                        status = await self.client.load()
                    if status.state == "failed" and status is not old:  # after an old one the link is at it already
                        raise EngineUnavailableError(status.message)
        except TimeoutError:
            pass
        reason = failure or "see `aigc-lsp engine logs`."
        raise EngineUnavailableError(f"The engine was not ready after {timeout:g} s: {reason}")

    async def _keep(self) -> None:
        """Attach for ever; each loss of the engine is told once and followed by a new start."""
        losses = 0
        while True:
            began = time.monotonic()
            message = "The engine ended unexpectedly; it is being restarted."
            try:
                if self.config.url:
                    await self._attach_remote()
                else:
                    await self._run_attached()
            except AigcError as error:
                message = str(error)
            except Exception as error:  # whatever it is, the link must live on
                log.exception("the link to the engine failed")
                message = f"The engine cannot be reached ({type(error).__name__}: {error})."
            losses = 1 if time.monotonic() - began > _STABLE_S else losses + 1
            if self.status.state == "stopping":
                losses = 0
                self._set(EngineStatus("absent", model=self.config.model))
                self._wanted.clear()
                await self._wanted.wait()
                continue
            self._set(EngineStatus("failed", model=self.config.model, message=message))
            await asyncio.sleep(_BACKOFF_S[min(losses - 1, len(_BACKOFF_S) - 1)])

    async def _run_attached(self) -> None:
        """Start or find the engine and stay attached until it ends."""
        await self._ensure_running()
        while await self._attach():
            self._set(EngineStatus("starting", model=self.config.model))
            await self._ensure_running()

    async def _attach(self) -> bool:
        """Follow the engine's status until its stream ends, which is when the process does; True: we replace it."""
        replaced = False
        with suppress(EngineUnavailableError):
            async with aclosing(self.client.events()) as events:
                async for status in events:
                    if await self._unfit(status):
                        replaced = True
                        break
                    self._set(status)
        if self._process is not None:
            self._process.poll()  # reap it
        return replaced

    async def _attach_remote(self) -> None:
        while True:
            self._set(await self.client.status())
            await asyncio.sleep(_REMOTE_POLL_S)

    async def _ensure_running(self) -> None:
        """Return when something listens on the engine's socket, started by us or by another client."""
        assert self._place is not None  # noqa: S101 - set by start() for a managed engine
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not await self._answers():
            if self._launch is None:
                raise EngineUnavailableError("No engine is running.")
            self._set(EngineStatus("starting", model=self.config.model))
            with self._place.starting() as ours:
                if ours and not await self._answers():
                    self._process = start_engine(self._launch)
                    await self._until_listening(deadline)
            await asyncio.sleep(_POLL_S)
            if time.monotonic() > deadline:
                raise EngineUnavailableError("The engine did not start; `aigc-lsp engine logs` shows why.")

    async def _until_listening(self, deadline: float) -> None:
        assert self._process is not None  # noqa: S101 - just started
        while not await self._answers():
            status = self._process.poll()
            if status == 0:
                return  # it found another engine, which is about to listen, or to end
            if status:
                raise EngineUnavailableError(
                    f"The engine ended with status {status} while it started; `aigc-lsp engine logs` shows why."
                )
            if time.monotonic() > deadline:
                raise EngineUnavailableError("The engine did not start in time; `aigc-lsp engine logs` shows why.")
            await asyncio.sleep(_POLL_S)

    async def _answers(self) -> bool:
        assert self._place is not None  # noqa: S101 - set by start() for a managed engine
        try:
            _, writer = await asyncio.open_unix_connection(str(self._place.socket))
        except OSError:
            return False
        writer.close()
        return True

    async def _unfit(self, status: EngineStatus) -> bool:
        """Stop an engine of another version or model that only we use, once, so that ours is started instead."""
        other_model = self.config.model is not None and status.model != self.config.model
        if self._replaced or self._launch is None or not (other_model or status.version != __version__):
            return False
        self._replaced = True
        if status.details.get("clients", 1) > 1:  # one of them may be on its way out
            await asyncio.sleep(_LEAVE_S)
            status = await self.client.status()
        if status.details.get("clients", 1) > 1:
            log.warning("the engine runs %s, version %s, and others use it", status.model, status.version)
            return False
        log.info("replacing the engine that runs %s, version %s", status.model, status.version)
        await self.client.post("/engine/stop")
        while await self._answers():
            await asyncio.sleep(_POLL_S)
        return True

    def _set(self, status: EngineStatus) -> None:
        if status == self.status:
            return
        self.status = status
        for watcher in self._watchers:
            watcher.put_nowait(status)
