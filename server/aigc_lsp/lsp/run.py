"""Starts the language server on the transport that the command line asked for, and returns its exit status."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_lsp.__main__ import ServeOptions

logger = logging.getLogger(__name__)


def serve(options: ServeOptions, pipes: tuple[int, int] | None) -> int:
    """Serve until the client or the user ends it. `pipes` are the claimed input and output of `--stdio`."""
    logging.basicConfig(stream=sys.stderr, format="aigc-lsp %(levelname)s %(name)s: %(message)s")
    for package in ("aigc_lsp", "aigc_plugins", "aigc_models"):
        logging.getLogger(package).setLevel(options.log_level.upper())
    # pygls logs each message, with the user's text in it.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    try:
        if pipes is not None:
            from aigc_lsp.lsp.stdio import serve_stdio

            return _run(serve_stdio(*pipes, client_pid=options.client_pid))
        if options.transport == "--tcp":
            from aigc_lsp.lsp.tcp import serve_tcp

            return _run(serve_tcp(options.host, options.port))
        from aigc_lsp.lsp.websocket import serve_websocket

        return _run(serve_websocket(options.host, options.port))
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        sys.stderr.write(f"aigc-lsp: cannot serve on {options.host}:{options.port}: {error}\n")
        return 1


def _run(work: object) -> int:
    # Not asyncio.run: that waits for worker threads, and an editor's exit must not.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    return loop.run_until_complete(work)  # type: ignore[arg-type]
