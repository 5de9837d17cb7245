"""Writes the log to standard error from a thread of its own: an editor that does not read it must block nothing."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque

PACKAGES = ("aigc_lsp", "aigc_plugins", "aigc_models")
_FORMAT = "aigc-lsp %(levelname)s %(name)s: %(message)s"
_LIMIT = 2000


class StderrHandler(logging.Handler):
    """Keeps the newest lines that standard error has not taken yet, and drops the oldest beyond a limit."""

    def __init__(self, fd: int = 2, limit: int = _LIMIT) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(_FORMAT))
        self._fd = fd
        self._lines: deque[bytes] = deque(maxlen=limit)
        self._changed = threading.Condition()
        self._idle = True
        threading.Thread(target=self._run, name="aigc-log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record. Never blocks."""
        try:
            line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
        except Exception:
            self.handleError(record)
            return
        with self._changed:
            self._lines.append(line)
            self._idle = False
            self._changed.notify_all()

    def drain(self, timeout: float) -> None:
        """Wait up to `timeout` seconds until all is written."""
        with self._changed:
            self._changed.wait_for(lambda: self._idle, timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._lines:
                    self._idle = True
                    self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._lines))
                line = self._lines.popleft()
            try:
                os.write(self._fd, line)
            except OSError:
                return  # nobody will ever read it


def start_logging(level: str) -> StderrHandler:
    """Send the log of our packages to standard error; `level` is a name such as `warning`."""
    handler = StderrHandler()
    logging.getLogger().addHandler(handler)
    # pygls logs each message, with the user's text in it.
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    set_level(level)
    return handler


def set_level(level: str) -> None:
    """Set the least severe level that our packages log."""
    for package in PACKAGES:
        logging.getLogger(package).setLevel(level.upper())
