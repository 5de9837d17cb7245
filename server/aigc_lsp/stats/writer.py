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

logger = logging.getLogger(__name__)

# Entries of a suggestion follow each other within a moment (shown, then accepted): they become one write.
_GATHER_S = 1.0
# What waits while the file is locked; beyond, the oldest are lost.
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
        self._waiting: dict[tuple[str, int], Entry | Callable[[], Entry]] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._busy = False
        self._useless = False
        self._warned = False
        self._tidied = -_TIDY_EVERY_S
        self._thread: threading.Thread | None = None

    def put(self, entry: Entry, finish: Callable[[], Entry] | None = None) -> None:
        """Queue an entry; a later one with the same session and number replaces it.

        `finish`, where there is one, makes the entry that is written, in the writer's thread.
        """
        with self._changed:
            if self._useless or self._closing:
                return
            key = (entry.session, entry.number)
            self._waiting.pop(key, None)
            self._waiting[key] = finish or entry
            while len(self._waiting) > _MOST:
                del self._waiting[next(iter(self._waiting))]
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="aigc-stats", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self, timeout: float) -> bool:
        """Write what waits, for at most `timeout` seconds; return whether all of it is in the file."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._useless or not (self._waiting or self._busy), timeout)

    def _run(self) -> None:
        store: Store | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting) or self._closing)
                self._changed.wait_for(lambda: self._closing, _GATHER_S)
                batch, self._waiting = self._waiting, {}
                self._busy = True
            store = self._write(store, batch)
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                if self._closing and not self._waiting:
                    break
        if store is not None:
            store.close()

    def _write(self, store: Store | None, batch: dict[tuple[str, int], Entry | Callable[[], Entry]]) -> Store | None:
        """Write a batch; return the open record, or None where it has to be opened anew."""
        from aigc_lsp.stats.store import Store, StoreError

        try:
            if store is None and batch:
                store = Store(self._path())
            if store is not None:
                store.write([made() if callable(made) else made for made in batch.values()])
                self._tidy(store)
        except StoreError as error:
            self._fail(str(error))
            if store is not None:
                store.close()
            return None
        except Exception:
            logger.exception("The record of suggestions failed")
            self._fail("that is off for this session")
            self._useless = True
        return store

    def _tidy(self, store: Store) -> None:
        if time.monotonic() - self._tidied >= _TIDY_EVERY_S:
            self._tidied = time.monotonic()
            store.keep(self._keep_days())

    def _fail(self, why: str) -> None:
        if not self._warned:
            self._warned = True
            logger.warning("What becomes of suggestions is not recorded: %s", why)
