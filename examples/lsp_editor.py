"""A minimal editor that speaks LSP over stdio: enough to open files, type, and ask for ghost text."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aigc_models.client import control

_CAPABILITIES = {
    "general": {"positionEncodings": ["utf-32", "utf-16"]},
    "textDocument": {"inlineCompletion": {"dynamicRegistration": False}, "synchronization": {}},
    "window": {"workDoneProgress": True},
}


class Editor:
    """Start `aigc-lsp --stdio` and talk to it. Positions count characters (the utf-32 encoding).

    `on_notification` is called with the method and parameters of what the server sends by itself.
    """

    def __init__(
        self,
        folder: Path,
        options: dict[str, Any] | None = None,
        on_notification: Callable[[str, Any], None] = lambda method, params: None,
    ) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "aigc_lsp", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._notified = on_notification
        self._waiting: dict[int, Future[Any]] = {}
        self._next_id = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()
        uri = folder.absolute().as_uri()
        self.server = self.request(
            "initialize",
            {
                "processId": None,
                "clientInfo": {"name": "play-editor"},
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": folder.name}],
                "capabilities": _CAPABILITIES,
                "initializationOptions": options or {},
            },
        ).result(30)
        self.notify("initialized", {})

    def request(self, method: str, params: Any) -> Future[Any]:
        """Send a request; the future gives its result, or raises RuntimeError with the error's text."""
        future: Future[Any] = Future()
        with self._lock:
            self._next_id += 1
            self._waiting[self._next_id] = future
            self._send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        return future

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        with self._lock:
            self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def open(self, uri: str, language: str, text: str) -> None:
        """Open a document."""
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def close(self, uri: str) -> None:
        """Close a document."""
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def ghost_text(
        self, uri: str, line: int, character: int, timeout: float = 60.0, *, automatic: bool = False
    ) -> list[dict[str, Any]]:
        """Ask for ghost text at a place (both counted from 0), on the user's explicit wish or as while typing."""
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": 2 if automatic else 1},
        }
        result = self.request("textDocument/inlineCompletion", params).result(timeout) or []
        items: list[dict[str, Any]] = result["items"] if isinstance(result, dict) else result
        return items

    def first_ghost_text(self, uri: str, line: int, character: int, patience: float = 5.0) -> list[dict[str, Any]]:
        """Ask like `ghost_text`, again for some seconds: the server may hear a little later that the model is ready."""
        deadline = time.monotonic() + patience
        while not (items := self.ghost_text(uri, line, character)) and time.monotonic() < deadline:
            time.sleep(0.1)
        return items

    def quit(self) -> int:
        """Shut the server down in order; return its exit status."""
        self.request("shutdown", None).result(10)
        self.notify("exit", None)
        return self._process.wait(10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.quit()
        else:
            self._process.kill()

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while header := self._process.stdout.readline():
            length = int(header.partition(b":")[2])
            while self._process.stdout.readline().strip():
                pass
            message = json.loads(self._process.stdout.read(length))
            if "method" not in message:
                self._answered(message)
            elif "id" in message:  # a request of the server's: configuration gets nothing, the rest is granted
                empty = [{} for _ in message["params"]["items"]] if "configuration" in message["method"] else None
                with self._lock:
                    self._send({"jsonrpc": "2.0", "id": message["id"], "result": empty})
            else:
                self._notified(message["method"], message.get("params"))

    def _answered(self, message: dict[str, Any]) -> None:
        future = self._waiting.pop(message["id"])
        if "error" in message:
            future.set_exception(RuntimeError(message["error"]["message"]))
        else:
            future.set_result(message["result"])


class ModelReady:
    """Follow the server's progress notices; `wait` returns when the model is loaded."""

    def __init__(self, show: Callable[[str], None] = lambda text: None) -> None:
        self._ended = threading.Event()
        self._show = show
        self.messages: list[str] = []

    def __call__(self, method: str, params: Any) -> None:
        if method == "window/showMessage":
            self.messages.append(params["message"])
            self._show(params["message"])
        if method == "$/progress":
            value = params["value"]
            text = " ".join(str(value[key]) for key in ("title", "message") if value.get(key))
            percentage = f" {value['percentage']} %" if "percentage" in value else ""
            if value["kind"] == "end":
                self._ended.set()
            else:
                self._show(text + percentage)

    def wait(self, timeout: float = 120.0) -> None:
        """Wait for the end of the loading; an engine that ran before is ready at once."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self._ended.wait(0.1) or control.status().state == "ready":
                return
            if self.messages:
                break
        raise TimeoutError("; ".join(self.messages) or "the model did not load in time; see `aigc-lsp doctor`")
