"""Serves LSP on a TCP port: a session of its own for each connection. Whoever reaches the port is served."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import sys
from typing import TYPE_CHECKING

from aigc_lsp.lsp.framing import FrameError, Framer, frame
from aigc_lsp.lsp.outbox import LIMIT
from aigc_lsp.lsp.server import AigcServer, default_server

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_READ = 64 * 1024
_CLOSE_S = 2.0


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def announce(scheme: str, host: str, port: int) -> None:
    """Say on standard error where we listen, and warn where that is wider than this machine."""
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"aigc-lsp: listening on {scheme}://{shown}:{port}\n")
    if not is_loopback(host):
        sys.stderr.write("aigc-lsp: warning: other machines can connect, and nothing asks them who they are\n")
    sys.stderr.flush()


class StreamOutbox:
    """Writes frames to a TCP connection; above the limit, notifications are dropped and the reader waits."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        writer.transport.set_write_buffer_limits(high=LIMIT)

    def send(self, body: bytes, *, droppable: bool = False) -> bool:
        """Queue `body`; return False where it was dropped."""
        transport = self._writer.transport
        if transport.is_closing() or (droppable and transport.get_write_buffer_size() > LIMIT):
            return False
        self._writer.write(frame(body))
        return True


async def serve_tcp(host: str, port: int, *, create: Callable[[], AigcServer] = default_server) -> int:
    """Serve every connection to `host`:`port` until cancelled. Port 0 takes a free one; it is announced."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _session(reader, writer, create())
        except ConnectionError as error:
            logger.info("A connection broke: %s", error)
        finally:
            writer.close()

    listener = await asyncio.start_server(connected, host, port)
    announce("tcp", *listener.sockets[0].getsockname()[:2])
    async with listener:
        await listener.serve_forever()
    return 0


async def _session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: AigcServer) -> None:
    server.connect(StreamOutbox(writer))
    reading = asyncio.create_task(_read(reader, writer, server))
    try:
        await server.finished
    finally:
        reading.cancel()
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_CLOSE_S):
                await server.aclose()
                await writer.drain()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: AigcServer) -> None:
    framer = Framer()
    spoken = False
    try:
        while data := await reader.read(_READ):
            for item in framer.feed(data):
                if isinstance(item, FrameError):
                    if item.http or not spoken:
                        logger.warning("Closed a connection that does not speak LSP: %s", item.reason)
                        return
                    server.protocol.reject(item.reason)
                else:
                    spoken = True
                    server.protocol.receive(item)
                await writer.drain()
    except ConnectionError as error:
        logger.info("A connection broke: %s", error)
    finally:
        server.end_of_input()
