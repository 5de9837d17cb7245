"""Writes the record from a thread of its own, in batches: no keystroke waits for a disk. What is written is others'.

A file that cannot be written costs one warning; suggestions go on.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aigc_lsp.stats.entry import Entry
    from aigc_lsp.stats.store import Store

    Batch = dict[tuple[str, int], Callable[[], Entry]]

logger = logging.getLogger(__name__)

# Entries of a suggestion follow each other within a moment (shown, then accepted): they become one write.
_GATHER_S = 1.0
# After a failure: the file may be locked for long, or the disk be full.
_RETRY_S = 30.0
# What waits meanwhile; beyond, the oldest are lost.
_MOST = 2000
_TIDY_EVERY_S = 24 * 3600.0


class Writer:
    """The only one in a session that opens the record for writing, when there is something to write.

    `keep_days` is asked each time the record is tidied. Every method may be called from any thread; none blocks but
    `close`.
    """

    def __init__(self, path: Callable[[], Path], keep_days: Callable[[], float]) -> None:
        self._path = path
        self._keep_days = keep_days
        self._waiting: Batch = {}
        self._changed = threading.Condition()
        self._closing = False
        self._idle = True
        self._warned = False
        self._tidied = -_TIDY_EVERY_S
        self._store: Store | None = None
        self._thread: threading.Thread | None = None

    def put(self, entry: Entry, finish: Callable[[], Entry] | None = None) -> None:
        """Queue an entry; a later one with the same session and number replaces it.

        `finish`, where there is one, makes the entry that is written, in the writer's thread.
        """
        with self._changed:
            if self._closing:
                return
            key = (entry.session, entry.number)
            self._waiting.pop(key, None)
            self._waiting[key] = finish or (lambda: entry)
            self._bound()
            self._idle = False
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="aigc-stats", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self, timeout: float) -> bool:
        """Write what waits, or try to, for at most `timeout` seconds; return whether nothing is under way any more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._idle, timeout)

    def _run(self) -> None:
        closing = False
        while not closing:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) or self._closing)
                closing = self._changed.wait_for(lambda: self._closing, _GATHER_S)
                batch, self._waiting = self._waiting, {}
            written = self._write(batch)
            with self._changed:
                if not written:
                    self._waiting = {**batch, **self._waiting}
                    self._bound()
                self._idle = closing or not self._waiting
                self._changed.notify_all()
                if not written and not closing:
                    self._changed.wait_for(lambda: self._closing, _RETRY_S)
        self._let_go()

    def _write(self, batch: Batch) -> bool:
        """Write a batch; return whether that was possible."""
        from aigc_lsp.stats.store import Store, StoreError

        if not batch:
            return True
        try:
            if self._store is None:
                self._store = Store(self._path())
            self._store.write([made() for made in batch.values()])
            if time.monotonic() - self._tidied >= _TIDY_EVERY_S:
                self._tidied = time.monotonic()
                self._store.keep(self._keep_days())
        except StoreError as error:
            self._warn(str(error))
            self._let_go()
            return False
        except Exception:
            logger.exception("The record of suggestions failed")
        return True

    def _bound(self) -> None:
        while len(self._waiting) > _MOST:
            del self._waiting[next(iter(self._waiting))]

    def _let_go(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _warn(self, why: str) -> None:
        if not self._warned:
            self._warned = True
            logger.warning("What becomes of suggestions is not recorded: %s", why)
