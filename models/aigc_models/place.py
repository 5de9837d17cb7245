"""Where the one engine of a user is: its socket, and the lock that keeps it the only one."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class EnginePlace:
    """The engine's files in the user's runtime folder, which is closed to everybody else."""

    folder: Path

    @property
    def socket(self) -> Path:
        """Return the Unix socket's path."""
        return self.folder / "engine.sock"

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Hold the engine's lock; give False where another process has it. The kernel frees it when its holder dies."""
        with self._locked("engine.lock") as won:
            yield won

    @contextmanager
    def starting(self) -> Iterator[bool]:
        """Hold the lock of the client that starts the engine; give False where another one is at it."""
        with self._locked("start.lock") as won:
            yield won

    @contextmanager
    def _locked(self, name: str) -> Iterator[bool]:
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            yield True
        finally:
            os.close(descriptor)
