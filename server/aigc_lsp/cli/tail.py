"""The end of a log file, and what is added to it; a log that is replaced is read on from its start."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_S = 0.2


def lines(path: Path, last: int, *, follow: bool) -> Iterator[str]:
    """Give the last lines of a text file; with `follow`, wait for more for ever."""
    position, inode = 0, -1
    while not path.exists():
        if not follow:
            return
        time.sleep(_POLL_S)
    with path.open(encoding="utf-8", errors="replace") as file:
        inode = path.stat().st_ino
        yield from (line.rstrip("\n") for line in deque(file, maxlen=last))
        position = file.tell()
    partial = ""
    while follow:
        time.sleep(_POLL_S)
        try:
            status = path.stat()
        except FileNotFoundError:
            continue
        if status.st_ino != inode or status.st_size < position:
            position, inode, partial = 0, status.st_ino, ""
        if status.st_size == position:
            continue
        with path.open(encoding="utf-8", errors="replace") as file:
            file.seek(position)
            *whole, partial = (partial + file.read()).split("\n")
            position = file.tell()
        yield from whole
