"""Our side of bench/keystrokes.py: an editor on `aigc-lsp --stdio` that asks for ghost text after every key."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from keystrokes_screen import Screen, typed_through
from keystrokes_trace import Segment
from keystrokes_typist import Event

_EXTENSIONS = {"python": ".py", "typescript": ".ts", "go": ".go"}
# An empty answer that comes sooner was not asked of the model: no model is that quick.
_OWN_ANSWER_S = 0.012


class Ours:
    """A session with the language server, in a home of its own with its own engine."""

    name = "aigc-lsp"

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: asyncio.subprocess.Process | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self._version = 1
        self._uri = ""
        self._text = ""
        self._newest = 0
        self._number = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.screen = Screen()

    async def start(self) -> None:
        """Start the server and wait until its engine is ready."""
        env = {**os.environ, "AIGC_LSP_HOME": str(self._home)}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "aigc_lsp", "--stdio", env=env,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self._keep(asyncio.create_task(self._read()))
        capabilities = {"general": {"positionEncodings": ["utf-32"]}, "textDocument": {"inlineCompletion": {}}}
        folder = self._home / "workspace"
        folder.mkdir(exist_ok=True)
        await self._request("initialize", {"processId": os.getpid(), "rootUri": folder.as_uri(),
                                           "capabilities": capabilities})  # fmt: skip
        self._notify("initialized", {})
        while (await self.counters()).get("state") != "ready":
            await asyncio.sleep(0.3)
        await self.open(Segment("warm.py", "python", "def add(a, b):\n    return ", 26, ()))
        for _ in range(200):
            if (await self._request("textDocument/inlineCompletion", self._at(26, 1)))["items"]:
                break
            await asyncio.sleep(0.1)

    async def counters(self) -> dict[str, Any]:
        """Return the engine's state and counters."""
        from aigc_models.client.http import EngineClient
        from aigc_models.types import AigcError

        os.environ["AIGC_LSP_HOME"] = str(self._home)
        from aigc_models.paths import runtime_dir

        client = EngineClient(socket=runtime_dir() / "engine.sock")
        try:
            status = await client.status()
        except AigcError:
            return {"state": "absent"}
        finally:
            await client.aclose()
        return {**status.details, "state": status.state}

    async def figures(self) -> dict[str, int]:
        """Return totals: calls of the engine, tokens of prompts, of these cached, tokens decoded."""
        found = await self.counters()
        return {
            "calls": found["requests"],
            "prompt": found["prompt_tokens"],
            "cached": found["cached_tokens"],
            "decoded": found["decoded_tokens"],
        }

    async def open(self, segment: Segment) -> None:
        """Open a file, its cursor where the typing begins."""
        if self._uri:
            self._notify("textDocument/didClose", {"textDocument": {"uri": self._uri}})
        self._number += 1
        folder = self._home / "workspace"
        self._uri = (folder / f"{self._number}_{Path(segment.name).stem}{_EXTENSIONS[segment.language]}").as_uri()
        self._text, self._version, self._newest = segment.text, 1, 0
        self.screen = Screen()
        document = {"uri": self._uri, "languageId": segment.language, "version": 1, "text": segment.text}
        self._notify("textDocument/didOpen", {"textDocument": document})

    async def key(self, event: Event) -> None:
        """Press a key: the edit, what the editor keeps of the ghost text, and the request."""
        self.screen.key(event, typed_through(self.screen.ghost, event))
        if event.text is not None:
            self._version += 1
            where = {"start": self._position(event.start), "end": self._position(event.end)}
            self._text = self._text[: event.start] + event.text + self._text[event.end :]
            change = {"range": where, "text": event.text}
            document = {"uri": self._uri, "version": self._version}
            self._notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        self._keep(asyncio.create_task(self._ask(event.cursor)))

    async def rest(self) -> None:
        """Let what runs in the background come to its end."""
        for _ in range(100):
            found = await self.counters()
            if not found.get("running") and not found.get("waiting"):
                return
            await asyncio.sleep(0.05)

    async def close(self) -> None:
        """End the session and the engine."""
        assert self._process is not None
        await self._request("shutdown", None)
        self._notify("exit", None)
        await self._process.wait()
        stop = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "aigc_lsp", "engine", "stop", env={**os.environ, "AIGC_LSP_HOME": str(self._home)},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await stop.wait()

    async def _ask(self, cursor: int) -> None:
        params, text = self._at(cursor, 2), self._text
        self._newest += 1
        mine, uri = self._newest, self._uri
        began = asyncio.get_running_loop().time()
        result = await self._request("textDocument/inlineCompletion", params)
        if mine != self._newest or uri != self._uri or result is None:
            return
        asked = asyncio.get_running_loop().time() - began > _OWN_ANSWER_S
        self.screen.show(self._ghost(text, cursor, result["items"]), asked=asked)

    def _ghost(self, text: str, cursor: int, items: list[dict[str, Any]]) -> str | None:
        """Return what an item would show from the cursor on."""
        for item in items[:1]:
            line = text.rfind("\n", 0, cursor) + 1
            head = text[line + item["range"]["start"]["character"] : cursor]
            if item["insertText"].startswith(head):
                return str(item["insertText"][len(head) :])
        return None

    def _position(self, offset: int) -> dict[str, int]:
        line = self._text.count("\n", 0, offset)
        return {"line": line, "character": offset - self._text.rfind("\n", 0, offset) - 1}

    def _at(self, cursor: int, kind: int) -> dict[str, Any]:
        return {
            "textDocument": {"uri": self._uri},
            "position": self._position(cursor),
            "context": {"triggerKind": kind},
        }

    async def _request(self, method: str, params: Any) -> Any:
        """Send a request and return its result; None where it was cancelled."""
        self._next += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[self._next] = answer
        self._send({"id": self._next, "method": method, "params": params})
        return await answer

    def _notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    async def _read(self) -> None:
        assert self._process is not None
        stdout = self._process.stdout
        assert stdout is not None
        while header := await stdout.readline():
            await stdout.readline()
            message = json.loads(await stdout.readexactly(int(header.partition(b":")[2])))
            if "method" in message and "id" in message:
                asked = message["params"].get("items") if message["method"] == "workspace/configuration" else None
                self._send({"id": message["id"], "result": [None for _ in asked] if asked else None})
            elif "id" in message and not (answer := self._waiting.pop(message["id"])).done():
                answer.set_result(message.get("result"))

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
