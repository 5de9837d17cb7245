"""A server inside the test's own event loop, for what needs no process: its messages are a list."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aigc_lsp.lsp.server import AigcServer, create_server
from lsp_helpers.fakes import Counters, FakeClient, FakeLink, fake_loaders


class Session:
    """A server, its outbox and its fake engine."""

    def __init__(self, *, answer: str = "return 1", delay: float = 0.0, state: str = "ready", **loaders: Any) -> None:
        self.counters = Counters()
        self.link = FakeLink(FakeClient(self.counters, lambda _: answer, delay), state)
        self.sent: list[dict[str, Any]] = []
        self.loaders = list(fake_loaders(self.link, **loaders))
        self.server: AigcServer = create_server(*self.loaders)
        self.server.connect(self)
        self._arrived = asyncio.Event()
        self._next = 0

    def send(self, body: bytes, *, droppable: bool = False) -> bool:
        """Be the outbox."""
        self.sent.append(json.loads(body))
        self._arrived.set()
        return True

    def receive(self, message: dict[str, Any]) -> None:
        """Let the client say something."""
        self.server.protocol.receive(json.dumps({"jsonrpc": "2.0", **message}))

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.receive({"method": method, "params": params})

    async def request(self, method: str, params: Any = None) -> dict[str, Any]:
        """Send a request and wait for the response."""
        self._next += 1
        key = f"request-{self._next}"
        self.receive({"id": key, "method": method, "params": params})
        return await self.find(lambda message: message.get("id") == key)

    async def find(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = 5.0) -> dict[str, Any]:
        """Wait for a message that fits; those before it stay in `sent`."""
        async with asyncio.timeout(timeout):
            while True:
                for message in self.sent:
                    if wanted(message):
                        return message
                self._arrived.clear()
                await self._arrived.wait()

    async def method(self, method: str) -> dict[str, Any]:
        """Wait for the next message with that method and take it out of `sent`."""
        message = await self.find(lambda message: message.get("method") == method)
        self.sent.remove(message)
        return message

    def messages(self) -> list[str]:
        """Return what the user was shown."""
        return [m["params"]["message"] for m in self.sent if m.get("method") == "window/showMessage"]

    async def start(self, **params: Any) -> dict[str, Any]:
        """Initialize and wait until settings, plugins and link are there."""
        capabilities = {"textDocument": {"inlineCompletion": {}}, "window": {"workDoneProgress": True}}
        answer = await self.request("initialize", {"processId": None, "capabilities": capabilities, **params})
        self.notify("initialized", {})
        return answer


def settle() -> asyncio.Future[None]:
    """Give every task that can run the chance to."""
    return asyncio.ensure_future(asyncio.sleep(0.02))
