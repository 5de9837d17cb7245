"""What `aigc-lsp finetune` shows: how far a stage is on standard error, and tables of what came of it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from rich.status import Status

_EVERY_S = 10.0  # seconds between two lines in a log


class Stages:
    """Shows stages as they go on: a live line on a terminal, a line now and then elsewhere. Call it with reports."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._status: Status | None = None
        self._stage, self._said = "", 0.0

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, *_: object) -> None:
        self.pause()

    def __call__(self, stage: str, fraction: float | None, text: str) -> None:
        """Show how far a stage is."""
        if self._quiet:
            return
        percent = f" {fraction:.0%}" if fraction is not None else ""
        words = " ".join(output.visible(f"{stage}{percent}  {text}").split(" ")).rstrip()
        if sys.stderr.isatty():
            self._show(words)
            return
        now = time.monotonic()
        if stage != self._stage or now - self._said > _EVERY_S:
            self._stage, self._said = stage, now
            output.note(words)

    def pause(self) -> None:
        """Take the live line away, for lines that stay or for somebody else's."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self, words: str) -> None:
        from rich.markup import escape

        if self._status is None:
            self._status = output.notices().status(escape(words))
            self._status.start()
        else:
            self._status.update(escape(words))


def minutes(seconds: float) -> str:
    """Return a time as people say it: `40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
