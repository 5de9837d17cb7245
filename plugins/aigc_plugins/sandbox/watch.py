"""Measures a tree of processes from outside. It ends none."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_MOST_FILES = 20_000


def descendants(pid: int) -> list[int]:
    """Return a process and everything that it started, as far as it still is there."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        with suppress(OSError, ValueError):
            for task in os.listdir(f"/proc/{one}/task"):  # noqa: PTH208
                text = Path(f"/proc/{one}/task/{task}/children").read_text("ascii")
                waiting += [int(child) for child in text.split()]
    return found


def resident(pids: Iterable[int]) -> int:
    """Return the bytes of memory that processes hold."""
    pages = 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            pages += int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * _PAGE


def alive(pids: Iterable[int]) -> list[int]:
    """Return those that still run; a zombie does not."""
    running = []
    for pid in pids:
        with suppress(OSError, IndexError):
            state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
            if state not in "ZX":
                running.append(pid)
    return running


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder; beyond many files, as good as endless."""
    total, count = 0, 0
    waiting = [os.fspath(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if count > _MOST_FILES:
                    return 1 << 60
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    with suppress(OSError):
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


def user_tasks() -> int:
    """Return how many processes and threads this user has: what the kernel compares with its limit."""
    user, count = os.getuid(), 0
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            with suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == user:  # noqa: PTH116
                    count += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
    return count
