"""What a running task shows of itself: a status and a preview on a terminal, plain lines in a log."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from rich.live import Live
    from rich.status import Status

_PERCENT = re.compile(r"\s*\d+\s*%$")


class Screen:
    """Shows progress on standard error, and previews where standard output is a terminal. From any thread."""

    def __init__(self, *, previews: bool = True) -> None:
        self._previews = previews and sys.stdout.isatty()
        self._status: Status | None = None
        self._live: Live | None = None
        self._last = ""

    def report(self, message: str, percentage: int | None = None) -> None:
        """Show what is being done."""
        message = " ".join(output.visible(message).split())
        if not sys.stderr.isatty():
            words = _PERCENT.sub("", message)  # a log wants no line for each percent
            if words != self._last:
                output.note(f"{words} …")
            self._last = words
            return
        from rich.markup import escape

        words = escape(message if percentage is None else f"{message} {percentage} %")
        if self._live is not None:
            return
        if self._status is None:
            self._status = output.notices().status(words)
            self._status.start()
        else:
            self._status.update(words)

    def preview(self, text: str) -> None:
        """Show the end of a long result so far."""
        if not self._previews:
            return
        from rich.live import Live
        from rich.text import Text

        if self._live is None:
            self._end_status()  # a terminal has one place for what changes
            self._live = Live(console=output.console(), transient=True, refresh_per_second=8)
            self._live.start()
        rows = max(3, self._live.console.height - 2)
        tail = "\n".join(output.visible(text[-20_000:]).splitlines()[-rows:])
        self._live.update(Text(tail, style="dim", overflow="ellipsis", no_wrap=True))

    def close(self) -> None:
        """Take away what is shown for the time being."""
        self._end_status()
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _end_status(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
