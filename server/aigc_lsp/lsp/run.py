"""Starts the language server on the transport that the command line asked for, and returns its exit status."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp.log import start_logging

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from aigc_lsp.__main__ import ServeOptions

logger = logging.getLogger(__name__)
_DRAIN_S = 0.2


def serve(options: ServeOptions, pipes: tuple[int, int] | None) -> int:
    """Serve until the client or the user ends it. `pipes` are the claimed input and output of `--stdio`."""
    handler = start_logging(options.log_level)
    # lsprotocol makes hundreds of classes: looking for garbage among them takes a tenth of the start-up.
    gc.disable()
    try:
        return _serve(options, pipes)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        sys.stderr.write(f"aigc-lsp: cannot serve on {options.host}:{options.port}: {error}\n")
        return 1
    finally:
        handler.drain(_DRAIN_S)


def _serve(options: ServeOptions, pipes: tuple[int, int] | None) -> int:
    if pipes is not None:
        from aigc_lsp.lsp.stdio import serve_stdio

        return run_to_end(serve_stdio(*pipes, client_pid=options.client_pid))
    if options.transport == "--tcp":
        from aigc_lsp.lsp.tcp import serve_tcp

        return run_to_end(serve_tcp(options.host, options.port))
    from aigc_lsp.lsp.websocket import serve_websocket

    return run_to_end(serve_websocket(options.host, options.port))


def run_to_end(work: Coroutine[Any, Any, int]) -> int:
    """Run a transport on a new event loop and return its exit status, without waiting for worker threads."""
    gc.freeze()
    gc.enable()
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(handle_exception)
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(work)


def handle_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what went wrong in a callback, but for one thing that is nobody's fault.

    anyio waits for a Unix socket by a future that the loop itself sets. Where a stream is closed in the very moment in
    which its socket has something to say, the future is cancelled already, and nothing waits for it.
    """
    late = isinstance(context.get("exception"), asyncio.InvalidStateError)
    if late and "set_result" in str(context.get("message", "")):
        logger.debug("A closed stream had something to say")
        return
    loop.default_exception_handler(context)
