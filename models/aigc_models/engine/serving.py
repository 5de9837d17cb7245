"""Serve the engine's routes on a socket until a signal, a command or idleness ends it."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from aigc_models.engine.app import EngineApp
from aigc_models.engine.host import ModelHost

log = logging.getLogger(__name__)
_KEEP_ALIVE_S = 75  # longer than clients keep connections, so that none is closed under a request being sent


def serve_http(
    host: ModelHost, listener: socket.socket, token: str | None, hosts: frozenset[str] | None, idle_exit_s: float
) -> None:
    """Answer requests on `listener` until the end; `idle_exit_s` (seconds without a client) 0 is never."""
    server: uvicorn.Server

    def stop() -> None:
        server.should_exit = True

    app = EngineApp(host, stop)
    config = uvicorn.Config(
        app.asgi(token, hosts), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2,
        timeout_keep_alive=_KEEP_ALIVE_S, ws="none", server_header=False, date_header=False,
    )  # fmt: skip
    server = _Server(config, host.say_stopping)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(server, listener, app, idle_exit_s))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's event loop where there is one (not on Windows), which saves a part of each request's time."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    import uvloop

    return uvloop.new_event_loop


class _Server(uvicorn.Server):
    """A server that SIGTERM and SIGINT end in order; uvicorn's own raises the signal again before we tidied up."""

    def __init__(self, config: uvicorn.Config, say_stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_stopping = say_stopping

    def _end(self, number: int) -> None:
        self._say_stopping()
        self.handle_exit(number, None)  # a second SIGINT does not wait for the open connections

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals as wishes to end for as long as the service runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for number in signals:
            loop.add_signal_handler(number, self._end, number)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


async def _run(server: uvicorn.Server, listener: socket.socket, app: EngineApp, idle_exit_s: float) -> None:
    watching = asyncio.create_task(_watch_idle(server, app, idle_exit_s))
    try:
        await server.serve(sockets=[listener])
    finally:
        watching.cancel()


async def _watch_idle(server: uvicorn.Server, app: EngineApp, idle_exit_s: float) -> None:
    """Unload the idle model, and end an engine that nobody was attached to for `idle_exit_s` (0: never)."""
    limits = [limit for limit in (idle_exit_s, app.host.options.idle_unload_s) if limit]
    pause = max(0.05, min([5.0, *(limit / 10 for limit in limits)]))
    while True:
        await asyncio.sleep(pause)
        await asyncio.to_thread(app.host.unload_if_idle)
        alone = not app.clients and time.monotonic() - app.client_left_at >= idle_exit_s
        load = app.host.counters()
        if idle_exit_s and alone and not (load.get("running") or load.get("waiting")):
            log.info("no client for %s s", idle_exit_s)
            server.should_exit = True
            return
