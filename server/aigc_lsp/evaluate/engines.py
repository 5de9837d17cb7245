"""Engines for an evaluation: the user's own where it is the one wanted, else one started for it and ended with it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_models.types import EngineStatus, EngineUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.settings import Settings
    from aigc_models.client import EngineClient

_POLL_S = 0.1
_PR_SET_PDEATHSIG = 1


class Engines:
    """Opens one engine for each way to run a model; variants that agree in their `engine` settings share it.

    `own` are the settings that editors run under: an engine for these is the one that editors share. Other models get
    a process of their own, so that no editor loses its engine and two models can answer in turn.
    """

    def __init__(self, own: Settings, timeout: float, tell: Callable[[str], None] = lambda text: None) -> None:
        self._own = own
        self._timeout = timeout
        self._tell = tell
        self._stack = AsyncExitStack()
        self._open: dict[Any, tuple[EngineClient, EngineStatus]] = {}

    async def __aenter__(self) -> Engines:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def open(self, settings: Settings) -> tuple[EngineClient, EngineStatus]:
        """Return a client of an engine whose model is ready, and the engine's status.

        Raises:
            EngineUnavailableError: it was not ready in time, or failed; the text says why.
        """
        config = settings.engine_config()
        if config not in self._open:
            shared = config.url is not None or config == self._own.engine_config()
            self._open[config] = await (self._linked(settings) if shared else self._started(settings))
        client, status = self._open[config]
        return await self._adapted(client, status, settings), status

    async def _adapted(self, client: EngineClient, status: EngineStatus, settings: Settings) -> EngineClient:
        """Return the client for the adapter that the settings say, once it is ready.

        Raises:
            AigcError: there is no such adapter, it is damaged, or was trained on another model.
            EngineUnavailableError: it was not ready in time.
        """
        from aigc_models.client.choice import AdapterChoice

        remote = settings.engine.url is not None
        shipped = status.details.get("default_adapter")
        choice = AdapterChoice(adapter_setting(settings), lambda: (Path.cwd(),), lambda: shipped, remote=remote)
        name = choice()
        if name is None or remote:
            return client.with_adapter(name)
        folder = Path(name)  # that of a run's adapter is called `adapter`: the run's name says more
        self._tell(f"getting the adapter {folder.parent.name if folder.name == 'adapter' else folder.name} ready")
        try:
            async with asyncio.timeout(self._timeout):
                while (await client.prepare_adapter(name))[0] != "ready":
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise EngineUnavailableError(
                f"The adapter {name} was not ready after {self._timeout:g} s. Give it more with --timeout."
            ) from None
        return client.with_adapter(name)

    async def _linked(self, settings: Settings) -> tuple[EngineClient, EngineStatus]:
        from aigc_lsp.launch import engine_command
        from aigc_models.client import EngineLink

        link = EngineLink(settings.engine_config(), None if settings.engine.url else engine_command(settings))
        await link.start()
        self._stack.push_async_callback(link.aclose)
        self._tell("loading the model")
        status = await link.ready(self._timeout)
        wanted = settings.engine.model
        if settings.engine.url is None and wanted is not None and status.model != wanted:
            return await self._started(settings)  # an editor uses the engine with another model
        return link.client, status

    async def _started(self, settings: Settings) -> tuple[EngineClient, EngineStatus]:
        from aigc_models.client import EngineClient
        from aigc_models.client.spawn import log_path

        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="aigc-")))
        socket = folder / "engine.sock"
        log = log_path().with_name("evaluate-engine.log")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream:
            process = subprocess.Popen(
                _command(settings, socket), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, cwd=folder,
                start_new_session=True, preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )  # fmt: skip
        self._stack.callback(_end, process)
        client = EngineClient(socket=socket)
        self._stack.push_async_callback(client.aclose)
        self._tell(f"loading {settings.engine.model or 'the model'}")
        return client, await self._ready(client, process, log)

    async def _ready(self, client: EngineClient, process: subprocess.Popen[bytes], log: Path) -> EngineStatus:
        try:
            async with asyncio.timeout(self._timeout):
                while process.poll() is None:
                    try:
                        status = await client.status()
                    except EngineUnavailableError:  # it does not listen yet
                        status = EngineStatus("starting")
                    if status.state == "ready":
                        return status
                    if status.state == "failed":
                        raise EngineUnavailableError(status.message or f"The engine failed. See {log}.")
                    if status.state == "unloaded":
                        await client.load()
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise EngineUnavailableError(
                f"The model was not ready after {self._timeout:g} s. Give it more with --timeout, or see {log}."
            ) from None
        raise EngineUnavailableError(f"The engine ended with status {process.returncode} while it started. See {log}.")


def adapter_setting(settings: Settings) -> str:
    """Return `engine.adapter`; a folder, which only a command line can name, as its absolute path."""
    wanted = settings.engine.adapter
    if settings.engine.url is None and ("/" in wanted or os.sep in wanted or wanted.startswith((".", "~"))):
        return str(Path(wanted).expanduser().resolve())
    return wanted


def _command(settings: Settings, socket: Path) -> list[str]:
    """Return the command that editors' engines are started with, for a socket of our own and no idle time."""
    from aigc_lsp.launch import engine_command

    awake = settings.model_copy(update={"engine": settings.engine.model_copy(update={"idle_unload_s": 0.0})})
    return [*(word for word in engine_command(awake) if word != "--managed"), "--socket", str(socket)]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with_parent() -> None:
    """Have the kernel end this process when the evaluation dies, however it dies."""
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os._exit(1)
