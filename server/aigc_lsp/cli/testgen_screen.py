"""What a run of `aigc-lsp testgen` shows of itself on standard error: a live line for each module that is at work on a
terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_EVERY_S = 10.0  # seconds between two lines of a module in a log


@dataclass(slots=True)
class _Line:
    words: str = ""
    began: float = field(default_factory=time.monotonic)
    said: float = field(default_factory=time.monotonic)


class Screen:
    """Progress of several modules, from any thread. Use it as a context manager; with `quiet` it shows nothing."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._lock = threading.Lock()
        self._lines: dict[str, _Line] = {}
        self._done = self._all = 0
        self._live: Live | None = None

    def __enter__(self) -> Screen:
        if not self._quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            console = Console(stderr=True, highlight=False)  # lines that were too long would not be taken away whole
            self._live = Live(console=console, get_renderable=self._table, transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def expect(self, count: int) -> None:
        """Tell how many modules there are."""
        self._all = count

    def report(self, name: str, message: str) -> None:
        """Show what is being done for a module, or for all (an empty name)."""
        words = " ".join(output.visible(message).split())
        with self._lock:
            line = self._lines.setdefault(name, _Line())
            first, line.words = not line.words, words
            now = time.monotonic()
            due = first or now - line.said > _EVERY_S
            if due:
                line.said = now
        if due and self._live is None and not self._quiet:
            output.note(f"{self._counted(name)}{words}")

    def finish(self, name: str, words: str = "") -> None:
        """Take a module's line away; `words` say what came of it."""
        with self._lock:
            self._lines.pop(name, None)
            self._done += bool(name)
        if words:
            self.say(f"{self._counted(name)}{words}")

    def say(self, text: str) -> None:
        """Show a line that stays."""
        if self._quiet:
            return
        if self._live is not None:
            from rich.text import Text

            self._live.refresh()
            self._live.console.print(Text(output.visible(text)), soft_wrap=True)
        else:
            output.note(output.visible(text))

    def _counted(self, name: str) -> str:
        if not name:
            return ""
        return f"[{self._done}/{self._all}] {name}: " if self._all > 1 else f"{name}: "

    def _table(self) -> Table:
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1))
        for least in (1, 5, None, None):  # only names and words give way where a terminal is narrow
            grid.add_column(no_wrap=True, overflow="ellipsis", min_width=least)
        now = time.monotonic()
        with self._lock:
            for name, line in self._lines.items():
                clock = f"{now - line.began:3.0f} s"
                spinner = Spinner("dots")
                spinner.start_time = 0.0
                grid.add_row(spinner, Text(clock, "dim"), Text(name, "bold"), Text(line.words))
        if self._all > 1:
            grid.add_row("", "", Text(f"{self._done} of {self._all} done", "dim"))
        return grid
