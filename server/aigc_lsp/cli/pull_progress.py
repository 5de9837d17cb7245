"""The progress bar of `models pull`: a live bar on a terminal, one line for each stage elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aigc_lsp.cli import output
from aigc_models.store.files import human_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_models.store.types import Progress, PullProgress

_WORDS = {
    "waiting": "another process is fetching it; waiting",
    "downloading": "downloading",
    "unpacking": "unpacking",
    "checking": "checking",
}


@contextmanager
def shown(name: str) -> Iterator[Progress]:
    """Show what a pull does on standard error; hand its reports to the function that this yields."""
    if sys.stderr.isatty():
        yield from _bar(name)
    else:
        yield _lines(name)


def _lines(name: str) -> Progress:
    seen: set[str] = set()

    def report(now: PullProgress) -> None:
        if now.stage not in seen:
            seen.add(now.stage)
            size = f" {human_size(now.total)}" if now.total else ""
            output.note(f"{name}: {_WORDS.get(now.stage, now.stage)}{size}")

    return report


def _bar(name: str) -> Iterator[Progress]:
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Bar(*columns, console=output.notices(), transient=True) as bar:
        tasks: dict[str, int] = {}

        def report(now: PullProgress) -> None:
            if now.stage not in tasks:
                words = _WORDS.get(now.stage, now.stage)
                tasks[now.stage] = bar.add_task(f"{name}: {words}", total=now.total)
            bar.update(tasks[now.stage], completed=now.done, total=now.total)  # type: ignore[arg-type]

        yield report
