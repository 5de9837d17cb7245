"""Keeps one database for the process that writes it: whose turn it is, the open connection, and a broken file's end."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from aigc_plugins.index import database
from aigc_plugins.index.limits import IndexUnavailableError

logger = logging.getLogger(__name__)

_POLL_S = 0.2
_T = TypeVar("_T")
Cancelled = Callable[[], bool]


class Keeper:
    """A database that only one process writes at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def mended(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do `work` on the database; one that is broken, or of another version, is built anew."""
        for last in (False, True):
            try:
                with database.translated(self.path):
                    return work(self._connect())
            except BaseException as error:
                self.close()  # whatever it was in the middle of
                if not isinstance(error, database.BrokenError):
                    raise
                if last:
                    raise IndexUnavailableError(f"{self.path} cannot be built: {error}") from error
                logger.warning("%s is built anew: %s", self.path, error)
                database.discard(self.path)
        raise AssertionError

    def _connect(self) -> sqlite3.Connection:
        """Return the connection, kept from one call to the next: closing it costs more than writing a file's chunks."""
        if self._connection is not None and self._identity == _identity(self.path):
            return self._connection
        self.close()
        self._connection = database.connect(self.path, write=True)
        self._identity = _identity(self.path)
        return self._connection

    @contextmanager
    def turn(self, cancelled: Cancelled | None) -> Iterator[bool]:
        """Hold the lock that only one builder has; give False where it was cancelled while another one had it."""
        from filelock import FileLock, Timeout

        lock = FileLock(f"{self.path}.lock")
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            while True:
                try:
                    lock.acquire(timeout=_POLL_S)
                    break
                except Timeout:
                    if cancelled is not None and cancelled():
                        yield False
                        return
        except OSError as error:
            raise IndexUnavailableError(database.advice(self.path, error.strerror or str(error))) from error
        try:
            yield True
        finally:
            lock.release()


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
