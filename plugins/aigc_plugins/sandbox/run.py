"""Runs one program in a sandbox, watches it and brings back its output. How it is contained, the launcher knows."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aigc_plugins.action import CancelledError, WithheldError
from aigc_plugins.sandbox import places, watch
from aigc_plugins.sandbox.limits import Ended, Limits, Outcome, RungName, SandboxUnavailableError

_POLL_S = 0.05
_FILES_S = 0.5
_KILL_S = 5.0
_GONE_S = 60.0  # where no limit holds for root, a fork bomb has thousands to end on a busy machine
_SOURCES = Path(__file__).parents[1]
_LAUNCH = "import sys; sys.path.insert(0, {!r}); from aigc_plugins.sandbox.inside.launcher import main; main()"


class Sandbox:
    """Runs programs on one rung of the ladder, by default the first one that works here."""

    def __init__(self, rung: RungName | None = None) -> None:
        if rung is None:
            from aigc_plugins.sandbox.rungs import which_rung

            rung = which_rung().name
        self.rung: RungName = rung

    def run(
        self,
        command: Sequence[str | Path],
        *,
        scratch: Path,
        cwd: Path | None = None,
        readable: Sequence[Path] = (),
        limits: Limits | None = None,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
        cancelled: Callable[[], object] = lambda: False,
    ) -> Outcome:
        """Run a program that can write nowhere but in the folder `scratch`; it is gone when this returns.

        It starts in `cwd`, by default `scratch`. It sees the system's programs, its interpreter, `readable` and
        `scratch`; it has no network and no environment but `environment`, PATH, HOME and TMPDIR. `cancelled` is asked
        twenty times a second.

        Raises:
            WithheldError: there is no such program.
            CancelledError: `cancelled` returned something true, or raised this itself.
            SandboxUnavailableError: this rung does not work on this machine.
        """
        limits = limits or Limits()
        scratch = scratch.resolve(strict=True)
        program = places.found(str(command[0]))
        if program is None:
            raise WithheldError(f"There is no program {command[0]}.")
        (scratch / ".tmp").mkdir(exist_ok=True)
        allowed = places.needed(program, readable)
        orders: dict[str, Any] = {
            "rung": self.rung,
            "parent": os.getpid(),
            "scratch": str(scratch),
            "cwd": str(cwd.resolve() if cwd is not None else scratch),
            "readable": allowed,
            "command": [str(program.absolute()), *map(str, command[1:])],
            "environment": _environment(program, scratch, environment or {}),
            "limits": _kernel_limits(limits, self.rung),
        }
        with _started(self.rung, orders, stdin) as (process, status):
            run = _Run(process, status, limits, scratch)
            ended = run.watched(cancelled)
        return run.outcome(ended)


class _Run:
    """A program that runs, and what it wrote so far."""

    def __init__(self, process: subprocess.Popen[bytes], status: int, limits: Limits, scratch: Path) -> None:
        self._process, self._limits, self._scratch = process, limits, scratch
        self._started = self._files_at = time.monotonic()
        self._output: dict[int, bytearray] = {}
        self._pids: list[int] = []  # as they were last seen
        self._order = (*(pipe.fileno() for pipe in (process.stdout, process.stderr) if pipe is not None), status)
        self._selector = selectors.DefaultSelector()
        for pipe in self._order:
            os.set_blocking(pipe, False)
            self._output[pipe] = bytearray()
            self._selector.register(pipe, selectors.EVENT_READ)

    def watched(self, cancelled: Callable[[], object]) -> Ended:
        """Wait for the end; return the limit that was reached, empty where none was."""
        try:
            while self._process.poll() is None:
                self._read(_POLL_S)
                if cancelled():
                    raise CancelledError
                ended = self._exceeded()
                if ended:
                    return ended
                if not self._selector.get_map():
                    with suppress(subprocess.TimeoutExpired):
                        self._process.wait(_POLL_S)
            self._read(0)
            return "output" if self._written() > self._limits.output else ""
        finally:
            _stop(self._process, self._pids)
            self._selector.close()

    def outcome(self, ended: Ended) -> Outcome:
        """Return how it ended. Raises SandboxUnavailableError where it could not even start."""
        out, error, said = (bytes(self._output[pipe]) for pipe in self._order)
        report: dict[str, Any] = {}
        for line in said.splitlines():
            report |= json.loads(line)
        text = error[: self._limits.output].decode("utf-8", "replace")
        if "error" in report or (not ended and "status" not in report):
            reason = report.get("error") or text.strip() or "no answer"
            raise SandboxUnavailableError(f"The sandbox cannot start: {reason}.")
        stdout = out[: self._limits.output].decode("utf-8", "replace")
        if not ended and report["status"] == -signal.SIGXCPU:
            ended = "time"
        return Outcome(None if ended else int(report["status"]), stdout, text, ended)

    def _read(self, timeout: float) -> None:
        """Take in what was written; with a timeout of 0, all that there is."""
        while True:
            ready = self._selector.select(timeout) if self._selector.get_map() else []
            for key, _ in ready:
                data = b""
                with suppress(BlockingIOError):
                    data = os.read(key.fd, 1 << 16)
                self._output[key.fd] += data
                if not data:
                    self._selector.unregister(key.fd)
            if timeout or not ready or self._written() > self._limits.output:
                return

    def _written(self) -> int:
        return len(self._output[self._order[0]]) + len(self._output[self._order[1]])

    def _exceeded(self) -> Ended:
        now, limits = time.monotonic(), self._limits
        if now - self._started > limits.wall_s:
            return "time"
        if self._written() > limits.output:
            return "output"
        self._pids = pids = watch.descendants(self._process.pid)
        if len(pids) > limits.processes + 3:  # the launcher's own
            return "processes"
        if watch.resident(pids) > limits.memory + (64 << 20):
            return "memory"
        if now - self._files_at > _FILES_S:
            self._files_at = now
            if watch.size(self._scratch) > limits.files:
                return "files"
        return ""


@contextmanager
def _started(rung: RungName, orders: dict[str, Any], stdin: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    read, write = os.pipe()
    try:
        with tempfile.TemporaryFile() as given:
            given.write(stdin.encode("utf-8", "surrogatepass"))
            given.seek(0)
            orders["status_fd"] = write
            process = subprocess.Popen(
                _launcher(rung, orders), stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/", env={},
                pass_fds=(write,), start_new_session=True,
            )  # fmt: skip
        os.close(write)
        write = -1
        with process:
            try:
                yield process, read
            finally:
                _stop(process)
    finally:
        for pipe in (read, write):
            if pipe >= 0:
                os.close(pipe)


def _launcher(rung: RungName, orders: dict[str, Any]) -> list[str]:
    python = [sys.executable, "-I", "-S", "-c", _LAUNCH.format(str(_SOURCES.parent))]
    if rung != "bubblewrap":
        return [*python, json.dumps(orders)]
    from aigc_plugins.sandbox.bubblewrap import wrapped

    return wrapped([*python, json.dumps(orders)], Path(orders["scratch"]), [*orders["readable"], *_own_places()])


def _own_places() -> list[str]:
    return places.needed(Path(sys.executable), [_SOURCES])


def _stop(process: subprocess.Popen[bytes], seen: Sequence[int] = ()) -> None:
    """End everything: the launcher ends what it started before it ends itself. `seen` are to be gone, too."""
    pids = list(seen)
    if process.poll() is None:
        pids += watch.descendants(process.pid)
        process.terminate()
        try:
            process.wait(_KILL_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    until = time.monotonic() + _GONE_S
    while watch.alive(pids) and time.monotonic() < until:
        time.sleep(0.005)


def _environment(program: Path, scratch: Path, more: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": places.search_path(program),
        "HOME": str(scratch),
        "TMPDIR": str(scratch / ".tmp"),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


def _kernel_limits(limits: Limits, rung: RungName) -> dict[str, int]:
    # Without a namespace of users, the kernel counts all of a user's processes.
    others = watch.user_tasks() if rung in ("landlock", "none") else 2
    kernel = {
        "RLIMIT_CPU": limits.cpu_s,
        "RLIMIT_FSIZE": limits.file,
        "RLIMIT_NPROC": limits.processes + others,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
    }
    return kernel | ({"RLIMIT_AS": limits.memory} if limits.address_space else {})
