"""The first process of a sandbox: it gives up what the program may not have, starts it, and ends all of it.

It gets its orders as JSON in its first argument and says how the program ended, as JSON, into a pipe.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from aigc_plugins.sandbox.inside import kernel, landlock, namespaces, seccomp

_SETUP_FAILED = 125


def main() -> None:
    """Run what the first argument describes."""
    orders: dict[str, Any] = json.loads(sys.argv[1])
    status = int(orders["status_fd"])
    os.set_inheritable(status, False)
    try:
        if orders["rung"] == "bubblewrap":  # which made the namespaces, and us their first process
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            _first(orders, status)
        _supervise(orders, status)
    except OSError as error:
        _say(status, error=error.strerror or str(error))
        os._exit(_SETUP_FAILED)


def _say(pipe: int, **what: object) -> None:
    with suppress(OSError):
        os.write(pipe, json.dumps(what).encode() + b"\n")


def _supervise(orders: dict[str, Any], status: int) -> None:
    """Start the program's first process, wait for it, end the others; on SIGTERM, which is sent when our parent dies
    as well, end all."""
    child = 0

    def stop(number: int, frame: FrameType | None) -> None:
        if child:
            _end(child)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != orders["parent"]:
        os._exit(0)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    rung = orders["rung"]
    if rung == "namespaces":
        namespaces.enter()
    signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTERM,))
    child = os.fork()
    if child == 0:
        _in_child(status, lambda: _enter(orders, status) if rung == "namespaces" else _program(orders))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # as a zombie it keeps its number, and that of its group
    code = _end(child)
    if rung != "namespaces":  # else its first process said it
        _say(status, status=code)
    os._exit(0)


def _end(child: int) -> int:
    """End a process, its group and its descendants; return how the process itself ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    code = 0
    while True:
        try:
            pid, ended = os.waitpid(-1, 0)
        except ChildProcessError:
            return code
        if pid == child:
            code = os.waitstatus_to_exitcode(ended)


def _in_child(status: int, work: Callable[[], None]) -> None:
    """Do something in a forked process, which never returns from here."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTERM,))
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        work()
    except OSError as error:
        _say(status, error=error.strerror or str(error))
    except BaseException as error:  # whatever it is, the copy of our parent must not go on
        _say(status, error=repr(error))
    os._exit(_SETUP_FAILED)


def _enter(orders: dict[str, Any], status: int) -> None:
    os.setsid()
    namespaces.build_root(orders["scratch"], orders["readable"])
    _first(orders, status)


def _first(orders: dict[str, Any], status: int) -> None:
    """Be the first process of a namespace: all others end with it."""
    child = os.fork()
    if child == 0:
        _in_child(status, lambda: _program(orders))
    while True:
        pid, ended = os.waitpid(-1, 0)
        if pid == child:
            _say(status, status=os.waitstatus_to_exitcode(ended))
            os._exit(0)


def _program(orders: dict[str, Any]) -> None:
    """Give up every right, or none on the rung that contains nothing, and become the program."""
    os.setsid()
    os.chdir(orders["cwd"])
    os.umask(0o077)
    _limit(orders["limits"])
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    if orders["rung"] != "none":
        _give_up(orders)
    os.execve(orders["command"][0], orders["command"], orders["environment"])  # noqa: S606


def _give_up(orders: dict[str, Any]) -> None:
    """Give up what the program may not have."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    alone = orders["rung"] != "landlock"
    if alone:
        _drop_capabilities()
    else:
        landlock.restrict(orders["scratch"], orders["readable"])
    seccomp.install(shared=not alone, keeps_signals=alone or landlock.version() >= landlock.SCOPES_SIGNALS)


def _limit(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # The signal for too much time, which programs end with, comes before the one that says nothing.
        resource.setrlimit(kind, (most, most if name != "RLIMIT_CPU" or most == hard else most + 1))


def _drop_capabilities() -> None:
    """See to it that not even a program that becomes root in its namespace has rights there."""
    for capability in range(64):
        try:
            kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
        except OSError:
            return
