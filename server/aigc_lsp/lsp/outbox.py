"""Carries frames to the client without ever making the event loop wait for it. It knows no message's meaning."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

# What a client may leave unread before notifications are dropped and its further requests wait.
LIMIT = 16 * 1024 * 1024


class Outbox(Protocol):
    """Where the protocol puts finished bodies."""

    def send(self, body: bytes, *, droppable: bool = False) -> bool:
        """Queue `body`; return False where it was dropped. Never blocks."""
        ...


class PipeOutbox:
    """Writes frames to a file descriptor from a thread of its own.

    When the client stops reading, frames wait in memory: above `limit` bytes notifications are dropped, and
    `wait_for_room` holds the reader back, so that replies stay bounded by what is in flight. All goes on by itself
    when the client reads again.
    """

    def __init__(self, fd: int, encode: Callable[[bytes], bytes], *, limit: int = LIMIT) -> None:
        self._fd = fd
        self._encode = encode
        self._limit = limit
        self._frames: deque[bytes] = deque()
        self._backlog = 0
        self._dropped = 0
        self._broken = False
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="aigc-writer", daemon=True).start()

    @property
    def backlog(self) -> int:
        """Return the bytes that wait for the client."""
        return self._backlog

    def send(self, body: bytes, *, droppable: bool = False) -> bool:
        """Queue `body`; return False where it was dropped: the pipe is broken, or droppable and no room."""
        with self._changed:
            if self._broken:
                return False
            if droppable and self._backlog > self._limit:
                self._dropped += 1
                return False
            data = self._encode(body)
            self._frames.append(data)
            self._backlog += len(data)
            self._changed.notify_all()
        return True

    def wait_for_room(self) -> None:
        """Block the calling thread while more than the limit waits to be read."""
        with self._changed:
            self._changed.wait_for(lambda: self._backlog <= self._limit or self._broken)

    def flush(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds until everything is written; return whether it was."""
        with self._changed:
            return self._changed.wait_for(lambda: self._backlog == 0 or self._broken, timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._frames))
                data = self._frames.popleft()
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(self._fd, view) :]
            except OSError as error:
                logger.info("The client's pipe is closed: %s", error)
                with self._changed:
                    self._broken = True
                    self._changed.notify_all()
                return
            with self._changed:
                self._backlog -= len(data)
                if self._dropped and self._backlog <= self._limit:
                    logger.warning("The client was not reading: %d notifications were dropped", self._dropped)
                    self._dropped = 0
                self._changed.notify_all()
