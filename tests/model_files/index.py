"""A package index on this machine that serves one wheel, and stalls in the middle of it when told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Index(ThreadingHTTPServer):
    """Serves `wheel`. `stall_at` bytes it waits for `go_on`; `ranges` False ignores what part is asked for."""

    daemon_threads = True

    def __init__(self, wheel: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.wheel = wheel
        self.stall_at: int | None = None
        self.go_on = threading.Event()
        self.ranges = True
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        """Return the index URL for pip."""
        return f"http://127.0.0.1:{self.server_port}/simple"


class _Handler(BaseHTTPRequestHandler):
    server: Index

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        server, wheel = self.server, self.server.wheel
        asked = self.headers.get("Range", "")
        server.requests.append(f"{self.path} {asked}".strip())
        if not self.path.endswith(".whl"):
            self._send(200, f'<a href="/files/{wheel.name}">{wheel.name}</a>'.encode(), {"Content-Type": "text/html"})
            return
        data = wheel.read_bytes()
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked and server.ranges else 0
        span = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        self._send(206 if start else 200, data[start:], span)

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        stall = self.server.stall_at
        if stall is None or not self.path.endswith(".whl"):
            self.wfile.write(data)
            return
        self.server.stall_at = None
        self.wfile.write(data[:stall])
        self.wfile.flush()
        self.server.go_on.wait(30)


@contextmanager
def serving(index: Index) -> Iterator[Index]:
    """Serve `index` until the end of the block."""
    thread = threading.Thread(target=index.serve_forever, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.go_on.set()
        index.shutdown()
        index.server_close()
        thread.join()
