"""A client that puts bytes on the server's pipe and reads bytes from it. It repairs nothing, accepts no stray byte."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [str(ROOT / name) for name in ("server", "plugins", "models", "finetune", "tests")]
REAL = [sys.executable, "-m", "aigc_lsp", "--stdio"]
FAKE = [sys.executable, "-m", "lsp_helpers.fake_server"]


def environment(home: Path | None = None, **extra: str) -> dict[str, str]:
    """Return an environment in which the sources are importable and the user's own files are out of reach."""
    inherited = os.environ.get("PYTHONPATH")
    sources = [inherited, *SOURCES] if inherited else SOURCES
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sources), **extra}
    if home is not None:
        env["AIGC_LSP_HOME"] = str(home)
    return env


def frame(message: Any) -> bytes:
    """Return a message as bytes, header included; bytes and strings are taken as the body they are."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class RawClient:
    """A server process and the two ends of its pipes."""

    def __init__(self, command: list[str], env: dict[str, str], *, read_stderr: bool = True) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
        )
        self.messages: queue.Queue[dict[str, Any] | Exception | None] = queue.Queue()
        self.seen: list[dict[str, Any]] = []
        self.stderr = b""
        self.reading = threading.Event()
        self.reading.set()
        self._next = 0
        threading.Thread(target=self._read, daemon=True).start()
        if read_stderr:
            threading.Thread(target=self._drain, daemon=True).start()

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()

    # Sending

    def write(self, data: bytes) -> None:
        """Put bytes on the pipe."""
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        """Send one message."""
        self.write(frame(message))

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method: str, params: Any = None) -> int:
        """Send a request and return its id."""
        self._next += 1
        self.send({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params})
        return self._next

    def request(self, method: str, params: Any = None, timeout: float = 15.0) -> dict[str, Any]:
        """Send a request and return the whole response."""
        return self.response(self.start(method, params), timeout)

    # Receiving

    def next(self, timeout: float = 15.0) -> dict[str, Any]:
        """Return the next message; fail on a bad frame, the end, or too long a silence."""
        message = self.messages.get(timeout=timeout)
        if isinstance(message, Exception):
            raise message
        if message is None:
            raise EOFError(f"the server closed its output; stderr: {self.stderr.decode(errors='replace')}")
        self.seen.append(message)
        return message

    def response(self, request_id: Any, timeout: float = 15.0) -> dict[str, Any]:
        """Return the response to a request, answering the server's own requests meanwhile."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.next(max(0.001, deadline - time.monotonic()))
            if "method" in message:
                self.answer(message)
            elif message.get("id") == request_id:
                return message

    def until(self, method: str, timeout: float = 15.0) -> dict[str, Any]:
        """Return the next message with that method, answering the server's own requests meanwhile."""
        deadline = time.monotonic() + timeout
        while True:
            message = self.next(max(0.001, deadline - time.monotonic()))
            if "method" in message:
                self.answer(message)
            if message.get("method") == method:
                return message

    def answer(self, message: dict[str, Any]) -> None:
        """Answer a request of the server as an editor without settings of its own does."""
        if "id" in message:
            items = message["params"].get("items") if message["method"] == "workspace/configuration" else None
            result = None if items is None else [None for _ in items]
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def wait(self, timeout: float) -> int:
        """Wait for the process to end and return its status."""
        return self.process.wait(timeout)

    def _read(self) -> None:
        stdout = self.process.stdout
        try:
            while True:
                self.reading.wait()
                header = stdout.readline()
                if not header:
                    self.messages.put(None)
                    return
                name, _, length = header.partition(b": ")
                if name != b"Content-Length" or stdout.readline() != b"\r\n":
                    raise AssertionError(f"not a frame: {header!r}")
                self.messages.put(json.loads(stdout.read(int(length))))
        except Exception as error:
            self.messages.put(error)

    def _drain(self) -> None:
        while data := os.read(self.process.stderr.fileno(), 4096):
            self.stderr += data


def initialize_params(**overrides: Any) -> dict[str, Any]:
    """Return the params of a minimal client with ghost text."""
    return {
        "processId": os.getpid(),
        "rootUri": None,
        "capabilities": {"textDocument": {"inlineCompletion": {}}},
        **overrides,
    }


def start_session(client: RawClient, **overrides: Any) -> dict[str, Any]:
    """Initialize and return the result of `initialize`."""
    answer = client.request("initialize", initialize_params(**overrides))
    client.notify("initialized", {})
    return answer["result"]


def open_document(client: RawClient, text: str, uri: str = "file:///a.py", version: int = 1) -> str:
    """Open a document and return its URI."""
    document = {"uri": uri, "languageId": "python", "version": version, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})
    return uri


def inline_params(uri: str, line: int, character: int, kind: int | None = 1) -> dict[str, Any]:
    """Return the params of `textDocument/inlineCompletion`."""
    return {
        "textDocument": {"uri": uri},
        "position": {"line": line, "character": character},
        "context": {} if kind is None else {"triggerKind": kind},
    }


def type_text(client: RawClient, uri: str, version: int, line: int, character: int, text: str) -> None:
    """Insert text at a place, as typing does."""
    place = {"line": line, "character": character}
    change = {"range": {"start": place, "end": place}, "text": text}
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
    )


def shut_down(client: RawClient, timeout: float = 5.0) -> int:
    """End the session in order and return the exit status."""
    assert client.request("shutdown")["result"] is None
    client.notify("exit")
    return client.wait(timeout)
