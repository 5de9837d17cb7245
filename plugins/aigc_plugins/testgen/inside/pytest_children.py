"""Forks children of a prepared process that run tests, and ends those that hang. What they run, the caller says.

Each child begins with the same memory, so that no test and no mutant leaves a trace in another child.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

Send = Callable[[dict[str, Any]], None]

_WALL_FACTOR, _WALL_MORE = 3.0, 2.0  # a machine may be busy; processor time is what counts
_POLL_S = 0.05
_CLOSED_S = 0.0005
_LAST_S = 20.0  # for what comes after the last test


class Lines:
    """What a child has said: `ended` holds the reports by index, `last` what it said at the end.

    `running` is the index of the test that ran when the child ended early, -1 where there was none; `why` says how.
    """

    def __init__(self) -> None:
        self.ended: dict[int, dict[str, Any]] = {}
        self.last: dict[str, Any] | None = None
        self.running = -1
        self.why = ""

    def take(self, line: bytes) -> None:
        """Read one line; what is none of ours is left out."""
        with contextlib.suppress(ValueError, KeyError, TypeError):
            message = json.loads(line)
            if "start" in message:
                self.running = int(message["start"])
            elif "end" in message:
                self.ended[int(message["end"])] = message
                self.running = -1
            else:
                self.last = message


def prepare() -> None:
    """Make forks cheap: what there is stays where it is in memory."""
    gc.collect()
    gc.freeze()


def begin(index: int, seconds: float, send: Send) -> None:
    """Say that a test starts, in the child; more than these seconds of processor time end the child."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    send({"start": index})


def forked(work: Callable[[Send], dict[str, Any]], limit: Callable[[int], float]) -> Lines:
    """Run `work` in a child and return what it said; `limit` gives a test's seconds of processor time.

    Raises:
        OSError: the system allows no further process.
    """
    read, write = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of threads that a child has not
        pid = os.fork()
    if pid == 0:
        os.close(read)
        _child(work, write)
    os.close(write)
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    try:
        return _watched(pid, read, limit)
    finally:
        os.close(read)


def _child(work: Callable[[Send], dict[str, Any]], write: int) -> None:
    def send(message: dict[str, Any]) -> None:
        data = json.dumps(message).encode("ascii") + b"\n"
        while data:
            data = data[os.write(write, data) :]

    status = 1
    try:
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        send(work(send))
        status = 0
    except BaseException:
        with contextlib.suppress(BaseException):
            os.write(2, traceback.format_exc()[-2000:].encode("utf-8", "replace"))
    finally:
        os._exit(status)


def _watched(pid: int, read: int, limit: Callable[[int], float]) -> Lines:
    lines, buffer = Lines(), b""
    until = time.monotonic() + _LAST_S
    status: int | None = None
    os.set_blocking(read, False)
    while True:
        ready, _, _ = select.select([read], [], [], _POLL_S)
        data = _read(read) if ready else b""
        if data:
            *whole, buffer = (buffer + data).split(b"\n")
            for line in whole:
                lines.take(line)
            seconds = _LAST_S if lines.running < 0 else _WALL_FACTOR * limit(lines.running) + _WALL_MORE
            until = time.monotonic() + seconds
        elif status is not None:
            break
        else:
            status = _status(pid, time.monotonic() > until)
            if status is None and ready:
                time.sleep(_CLOSED_S)  # the pipe's end, but not yet that of the child
    _kill(pid)
    if lines.last is None:
        timely = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGKILL)
        lines.why = "time" if timely else "exit"
    return lines


def _status(pid: int, late: bool) -> int | None:
    """Return how a child ended, None while it runs; one that is late is ended."""
    if late:
        _kill(pid)
    done, status = os.waitpid(pid, 0 if late else os.WNOHANG)
    return status if done else None


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return b""


def _kill(group: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(group, signal.SIGKILL)
