"""Serves one session on two pipes. Reading and writing have threads of their own, so nothing waits for the client."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from typing import TYPE_CHECKING

from aigc_lsp.lsp.framing import FrameError, Framer, frame
from aigc_lsp.lsp.outbox import PipeOutbox
from aigc_lsp.lsp.parent import watch_parent
from aigc_lsp.lsp.server import AigcServer, default_server

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_READ = 64 * 1024
# Messages read but not yet handled; beyond, the reader waits.
_AHEAD = 512
_CLOSE_S = 0.7
_FLUSH_S = 0.7


async def serve_stdio(
    source: int,
    sink: int,
    *,
    client_pid: int | None = None,
    create: Callable[[], AigcServer] = default_server,
) -> int:
    """Serve the client at the other end of the file descriptors `source` and `sink`; return the exit status."""
    loop = asyncio.get_running_loop()
    server = create()
    outbox = PipeOutbox(sink, frame)
    server.connect(outbox)

    def gone() -> None:
        loop.call_soon_threadsafe(server.finish, 1)

    if client_pid is not None:
        watch_parent(client_pid, gone)
    else:
        server.on_client = lambda client: watch_parent(client.process_id, gone)
    reader = threading.Thread(target=_read, args=(source, outbox, server, loop), name="aigc-reader", daemon=True)
    reader.start()
    code = await server.finished
    with contextlib.suppress(TimeoutError, Exception):
        async with asyncio.timeout(_CLOSE_S):
            await server.aclose()
    await asyncio.to_thread(outbox.flush, _FLUSH_S)
    return code


def _read(source: int, outbox: PipeOutbox, server: AigcServer, loop: asyncio.AbstractEventLoop) -> None:
    framer = Framer()
    ahead = threading.Semaphore(_AHEAD)

    def handle(item: bytes | FrameError) -> None:
        ahead.release()
        if isinstance(item, FrameError):
            server.protocol.reject(item.reason)
        else:
            server.protocol.receive(item)

    with contextlib.suppress(RuntimeError):  # the loop is closed: the session is over
        while True:
            try:
                data = os.read(source, _READ)
            except OSError as error:
                logger.warning("Cannot read from the client: %s", error)
                data = b""
            if not data:
                loop.call_soon_threadsafe(server.end_of_input)
                return
            for item in framer.feed(data):
                ahead.acquire()
                outbox.wait_for_room()
                loop.call_soon_threadsafe(handle, item)
