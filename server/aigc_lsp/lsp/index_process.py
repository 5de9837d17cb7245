"""The indexing process of a session: started when there is an order, ended when there is none for a while.

What it does is `aigc_plugins.index.service`'s; when to order what, `workspace` decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_IDLE_S = 20.0  # without an order, after which it gives its memory back
_CRASHES = 3  # after so many in a session nothing more is ordered
_GONE_S = 1.0
_LINE = 1 << 20


class IndexProcess:
    """Carries out orders one by one; `on_event` hears what it says, on the event loop."""

    def __init__(self, setup: dict[str, Any], on_event: Callable[[dict[str, Any]], Any]) -> None:
        self._setup = setup
        self._on_event = on_event
        self._process: asyncio.subprocess.Process | None = None
        self._ended: asyncio.subprocess.Process | None = None
        self._crashes = 0
        self._resting: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """The process's id, None while none runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def given_up(self) -> bool:
        """Whether it died so often that nothing more is ordered in this session."""
        return self._crashes >= _CRASHES

    async def run(self, order: dict[str, Any]) -> bool:
        """Carry out an order; False where the process died of it, or has died too often before."""
        if self._resting is not None:
            self._resting.cancel()
        if self.given_up:
            return False
        try:
            await self._carry_out(order)
        except (OSError, EOFError, ValueError) as error:
            self._crashes += 1
            logger.warning("The indexing process ended while it worked: %s", error or "no reason given")
            self.stop()
            return False
        self._resting = asyncio.get_running_loop().call_later(_IDLE_S, self.stop)
        return True

    def stop(self) -> None:
        """End the process now; it leaves the database as its last transaction did."""
        if self._resting is not None:
            self._resting.cancel()
        process, self._process = self._process, None
        self._ended = process or self._ended
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    async def aclose(self) -> None:
        """End the process and wait until it is gone."""
        self.stop()
        if self._ended is not None:
            with contextlib.suppress(TimeoutError):
                # To the end of its output: asyncio closes the pipes only then.
                await asyncio.wait_for(self._ended.communicate(), _GONE_S)

    async def _carry_out(self, order: dict[str, Any]) -> None:
        if self.pid is None:
            await self._start()
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise EOFError
        process.stdin.write(json.dumps(order).encode() + b"\n")
        await process.stdin.drain()
        while True:
            line = await process.stdout.readline()
            if not line:
                raise EOFError
            event = json.loads(line)
            if event["event"] == "log":
                logger.warning("Index: %s", event["message"])
                continue
            self._on_event(event)
            if event["event"] != "progress":
                return

    async def _start(self) -> None:
        from aigc_plugins.index.worker import extra_languages, surroundings

        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "aigc_plugins.index"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE,
            **surroundings(),
        )
        assert self._process.stdin is not None  # noqa: S101 - for the type checker
        setup = {**self._setup, "languages": extra_languages()}
        self._process.stdin.write(json.dumps(setup).encode() + b"\n")
