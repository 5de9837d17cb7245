"""A model hub on this machine: the few routes of a Hugging Face hub that a download needs."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Repositories by name, each a map of files; `requests` logs what was asked for.

    `cut_after` makes the next download of a file end after so many bytes.
    """

    def __init__(self, repos: dict[str, dict[str, bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repos = repos
        self.requests: list[str] = []
        self.cut_after: int | None = None

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.server_port}"

    def downloaded(self) -> set[str]:
        """Return the files of which bytes were fetched."""
        fetched = (line.split() for line in self.requests)
        return {path.rpartition("/")[2] for method, path, *_ in fetched if method == "GET" and "/resolve/" in path}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def _answer(self, body: bool) -> None:
        self.server.requests.append(f"{self.command} {self.path} {self.headers.get('Range', '')}")
        parts = self.path.partition("?")[0].strip("/").split("/")
        api = parts[:2] == ["api", "models"]
        repo = "/".join(parts[2:4] if api else parts[:2])
        files = self.server.repos.get(repo)
        if files is None:
            self._reply(404, b"", {"X-Error-Code": "RepoNotFound"}, body)
        elif api and "tree" in parts:
            entries = [{"type": "file", "path": name, "size": len(data), "oid": "0"} for name, data in files.items()]
            self._json(entries, body)
        elif api:
            siblings = [{"rfilename": name} for name in files]
            self._json({"id": repo, "modelId": repo, "sha": COMMIT, "siblings": siblings, "tags": []}, body)
        elif (name := "/".join(parts[4:])) in files:
            self._file(files[name], body)
        else:
            self._reply(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, body)

    def _json(self, value: Any, body: bool) -> None:
        self._reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"}, body)

    def _file(self, whole: bytes, body: bool) -> None:
        start = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        headers = {
            "ETag": f'"{hashlib.sha256(whole).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        cut = None
        if body:
            cut, self.server.cut_after = self.server.cut_after, None
        self._reply(206 if start else 200, whole[start:], headers, body, cut)

    def _reply(self, status: int, data: bytes, headers: dict[str, str], body: bool, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data[:cut])
        self.close_connection = cut is not None


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    """Serve `hub` until the end of the block."""
    thread = threading.Thread(target=hub.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()
