"""Serves LSP on a WebSocket: a session for each connection, and none for a page from somewhere else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aigc_lsp.lsp.framing import MAX_BODY
from aigc_lsp.lsp.outbox import LIMIT
from aigc_lsp.lsp.server import AigcServer, default_server
from aigc_lsp.lsp.tcp import announce, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.server import Request, Response, ServerConnection

logger = logging.getLogger(__name__)

_CLOSE_S = 2.0


def allowed(hosts: list[str], origins: list[str], bound: str) -> bool:
    """Tell whether a handshake may pass: the values of its Host and Origin headers, and the host that we serve on.

    A browser always sends an Origin, and a page whose name was rebound to this machine sends its own name as Host.
    """
    if len(hosts) != 1 or len(origins) > 1:
        return False
    try:
        host = urlsplit(f"//{hosts[0]}").hostname or ""
        if not (is_loopback(host) or host == bound.lower()):
            return False
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname or ""):
                return False
    except ValueError:
        return False
    return True


class _SocketOutbox:
    """Queues bodies for one WebSocket; a task of its own sends them."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._bodies: asyncio.Queue[bytes] = asyncio.Queue()
        self._backlog = 0
        self.room = asyncio.Event()
        self.room.set()

    def send(self, body: bytes, *, droppable: bool = False) -> bool:
        """Queue `body`; return False where it was dropped."""
        if droppable and self._backlog > LIMIT:
            return False
        self._bodies.put_nowait(body)
        self._backlog += len(body)
        if self._backlog > LIMIT:
            self.room.clear()
        return True

    async def run(self) -> None:
        """Send what is queued until the connection closes."""
        while True:
            body = await self._bodies.get()
            await self._connection.send(body.decode("ascii"))
            self._backlog -= len(body)
            if self._backlog <= LIMIT:
                self.room.set()
            self._bodies.task_done()

    async def flush(self) -> None:
        """Wait until everything is sent."""
        await self._bodies.join()


async def serve_websocket(host: str, port: int, *, create: Callable[[], AigcServer] = default_server) -> int:
    """Serve every WebSocket connection to `host`:`port` until cancelled. Port 0 takes a free one; it is announced."""
    from websockets.asyncio.server import serve

    def check(connection: ServerConnection, request: Request) -> Response | None:
        if allowed(request.headers.get_all("Host"), request.headers.get_all("Origin"), host):
            return None
        logger.warning("Refused a WebSocket with Origin %s", request.headers.get_all("Origin"))
        return connection.respond(HTTPStatus.FORBIDDEN, "Only clients on this machine are served.\n")

    async def connected(connection: ServerConnection) -> None:
        await _session(connection, create())

    async with serve(connected, host, port, process_request=check, max_size=MAX_BODY, compression=None) as listener:
        announce("ws", *next(iter(listener.sockets)).getsockname()[:2])
        await listener.serve_forever()
    return 0


async def _session(connection: ServerConnection, server: AigcServer) -> None:
    outbox = _SocketOutbox(connection)
    server.connect(outbox)
    tasks = [asyncio.create_task(outbox.run()), asyncio.create_task(_read(connection, outbox, server))]
    try:
        await server.finished
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await server.aclose()
                await outbox.flush()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await connection.close()


async def _read(connection: ServerConnection, outbox: _SocketOutbox, server: AigcServer) -> None:
    try:
        async for message in connection:
            await outbox.room.wait()
            server.protocol.receive(message)
    except Exception as error:
        logger.info("A connection broke: %s", error)
    finally:
        server.end_of_input()
