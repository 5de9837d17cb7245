"""Runs work in a forked child, so that nothing it does to this process, not even ending it, reaches beyond the work.

The child answers with lines of JSON through a pipe; what it answered before it ended counts.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_MEMORY = 768 << 20


class Child:
    """What work in a child came to: its `answers`, and whether it `ended` by itself."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.ended = False


def forked(
    work: Callable[[Callable[[Any], None]], None], seconds: float, silence: float = 0.0, memory: int = _MEMORY
) -> Child:
    """Do `work(answer)` in a child, for `seconds` of wall clock at most; with `silence`, no longer than that without an
    answer (None is one that says nothing)."""
    read, write = os.pipe()
    process = os.fork()
    if not process:
        os.close(read)
        _child(work, write, memory)
    os.close(write)
    child = Child()
    try:
        data = _received(read, time.monotonic() + seconds, silence or seconds)
    finally:
        os.close(read)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process, signal.SIGKILL)
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(process, 0)
    for line in data.split(b"\n"):
        if line == b"end":
            child.ended = True
        elif line:
            with suppress(ValueError):
                child.answers.append(json.loads(line))
    return child


def _child(work: Callable[[Callable[[Any], None]], None], write: int, memory: int) -> None:
    """Do the work and end; never return into the parent's code."""
    status = 1
    try:
        os.setpgid(0, 0)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        def answer(value: Any) -> None:
            data = (json.dumps(value).encode() if value is not None else b"") + b"\n"
            while data:
                data = data[os.write(write, data) :]

        work(answer)
        os.write(write, b"end\n")
        status = 0
    except BaseException as error:
        with suppress(BaseException):
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(status)


def _received(read: int, until: float, silence: float) -> bytes:
    data = bytearray()
    while True:
        left = min(until - time.monotonic(), silence)
        if left <= 0 or not select.select([read], [], [], left)[0]:
            break
        piece = os.read(read, 1 << 16)
        if not piece:
            break
        data += piece
        if data.endswith(b"\nend\n") or data == b"end\n":
            break
    return bytes(data)
