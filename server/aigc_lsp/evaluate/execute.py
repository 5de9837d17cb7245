"""Runs a data set's own tests on a finished program, in a process with limits; only on the user's request."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: seconds of processor and of wall clock, bytes of memory and of one file, processes."""

    cpu_s: int = 10
    wall_s: float = 20.0
    memory: int = 2 << 30
    file: int = 1 << 20
    processes: int = 512


DEFAULT = Limits()
_NEW_USER, _NEW_NETWORK = 0x1000_0000, 0x4000_0000  # CLONE_NEWUSER, CLONE_NEWNET of Linux


def passes(program: str, test: str, entry_point: str, limits: Limits = DEFAULT) -> bool:
    """Run `check(entry_point)` of a HumanEval test on a Python program; tell whether nothing was raised in time.

    The process has no environment, no input, an empty working folder and, where Linux allows it, no network; but it can
    read and write what the user can. It guards against accidents of a model, not against malice of a data set.
    """
    code = f"{program}\n{test}\ncheck({entry_point})\n"

    unshare = getattr(ctypes.CDLL(None), "unshare", None)

    def restrict() -> None:
        if unshare is not None:
            unshare(_NEW_USER | _NEW_NETWORK)  # not allowed everywhere; the limits below hold anyway
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_s, limits.cpu_s))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limits.file, limits.file))
        resource.setrlimit(resource.RLIMIT_NPROC, (limits.processes, limits.processes))

    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={},
            preexec_fn=restrict,
            start_new_session=True,
        )
        try:
            process.communicate(code.encode("utf-8", "replace"), timeout=limits.wall_s)
            return process.returncode == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            with suppress(ProcessLookupError):  # what it started, too
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
