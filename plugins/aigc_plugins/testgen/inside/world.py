"""Keeps the process as it was around each scenario: output, environment, current folder, time limit and more.

Each thing is compared first and put back only where it was changed: a run costs microseconds. What a scenario does to
the module under test is for `state`, what it does beyond the process (files, children) for the sandbox.
"""

# Paths are texts here: objects would cost more than all the rest.
# ruff: noqa: PTH103, PTH109, PTH118, PTH120

from __future__ import annotations

import importlib
import io
import locale
import logging
import os
import random
import shutil
import signal
import sys
import time
import types
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_signal: Any = importlib.import_module("_signal")  # without the enumerations that `signal` wraps around all it takes
_PROF, _ALRM = int(signal.SIGPROF), int(signal.SIGALRM)
_CLOSING = ("start", "stop", "_ran", "_limited", "_tested", "_raised", "_holds", "sound", "look", "run")
_OURS = {os.path.join(os.path.dirname(__file__), f"{one}.py") for one in ("world", "execute", "trial", "look")}
_AGAIN_S = 0.02  # what swallows the first signal gets the next


class TimeUpError(BaseException):
    """A scenario takes too long."""


class Clock:
    """Raises TimeUpError in what runs longer than it may; on a busy machine, processor time is what counts."""

    def __init__(self) -> None:
        self._armed = False
        self.fired = False

    def start(self, seconds: float) -> None:
        """Begin to count."""
        self.fired = False
        _signal.signal(_PROF, self._up)
        _signal.signal(_ALRM, self._up)
        self._armed = True
        _signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN_S)
        _signal.setitimer(signal.ITIMER_REAL, 10 * seconds, _AGAIN_S)

    def stop(self) -> None:
        """Count no longer; nothing is raised from here on."""
        self._armed = False
        _signal.setitimer(signal.ITIMER_PROF, 0)
        _signal.setitimer(signal.ITIMER_REAL, 0)

    def _up(self, number: int, frame: types.FrameType | None) -> None:
        if not self._armed:
            return
        self.fired = True
        if frame is None or frame.f_code.co_name not in _CLOSING or frame.f_code.co_filename not in _OURS:
            raise TimeUpError  # else the run has just ended: what follows it must not be interrupted


class _NoInput(io.StringIO):
    """Standard input that is empty, and tells whether somebody looked."""

    asked = False

    def read(self, *arguments: Any) -> str:
        type(self).asked = True
        return super().read(*arguments)

    def readline(self, *arguments: Any) -> str:  # type: ignore[override]
        type(self).asked = True
        return super().readline(*arguments)


class World:
    """What a scenario sees of the process. `scratch` is an existing folder; folders in it are made as needed."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = str(scratch)
        self._folders = [os.path.join(scratch, name) for name in ("here", "elsewhere")]
        for one in self._folders:
            os.makedirs(one, exist_ok=True)
        self._own = {name: getattr(sys, name) for name in _SYS}
        self._cwd = self._folders[0]
        self._left = ""
        self._made = 0
        self._tmp: list[str] = []
        self._signals = [(one, _signal.getsignal(one)) for one in _SIGNALS]
        self.clock = Clock()

    def enter(self, elsewhere: Mapping[str, str] | None = None, seed: int = 0) -> None:
        """Look like a fresh test; with `elsewhere`, like one in another folder with these environment variables."""
        self._own = {name: getattr(sys, name) for name in _SYS}
        self._path, self._environment = list(sys.path), _ENVIRONMENT.copy()
        self._filters = list(warnings.filters)
        self._logging = (logging.root.level, logging.root.handlers[:], logging.root.manager.disable)
        self._locale = locale.setlocale(locale.LC_CTYPE)
        self._limit, self._left = sys.getrecursionlimit(), os.getcwd()
        self._builtins = len(_BUILTINS)
        self._cwd = self._folders[elsewhere is not None]
        os.chdir(self._cwd)
        if elsewhere is not None:
            os.environ.clear()
            os.environ.update(elsewhere)
            time.tzset()
        random.seed(seed)
        _NoInput.asked = False
        sys.stdin = _NoInput()
        sys.stdout, sys.stderr = _sink(), _sink()

    def printed(self) -> str:
        """Return what went to standard output so far."""
        try:
            return str(sys.stdout.buffer.getvalue().decode("utf-8", "replace"))  # type: ignore[union-attr]
        except (ValueError, AttributeError):  # closed, or something else was put there
            return ""

    @property
    def asked(self) -> bool:
        """Whether somebody read standard input since `enter`."""
        return _NoInput.asked

    @property
    def littered(self) -> bool:
        """Whether something was written to the current folder."""
        with os.scandir(self._cwd) as entries:
            return next(entries, None) is not None

    @property
    def folders(self) -> list[str]:
        """The folders that scenarios got since `enter`."""
        return list(self._tmp)

    def tmp_path(self) -> Path:
        """Make a fresh folder; it is gone after `leave`."""
        self._made += 1
        folder = os.path.join(self.scratch, f"t{self._made}", "tmp")
        os.makedirs(folder)
        self._tmp.append(os.path.dirname(folder))
        return Path(folder)

    def leave(self) -> None:
        """Put everything back."""
        for name, value in self._own.items():
            setattr(sys, name, value)
        if self._environment != _ENVIRONMENT:
            os.environ.clear()
            os.environ.update({os.fsdecode(key): os.fsdecode(one) for key, one in self._environment.items()})
            time.tzset()
        if sys.path != self._path:
            sys.path[:] = self._path
        if warnings.filters != self._filters:
            warnings.filters[:] = self._filters  # type: ignore[index]
        self._leave_rest()
        if self.littered:
            shutil.rmtree(self._cwd, ignore_errors=True)
            os.makedirs(self._cwd, exist_ok=True)
        os.chdir(self._left)
        for folder in self._tmp:
            shutil.rmtree(folder, ignore_errors=True)
        self._tmp.clear()

    def _leave_rest(self) -> None:
        root = logging.root
        if (root.level, root.handlers, root.manager.disable) != self._logging:
            root.setLevel(self._logging[0])
            root.handlers[:] = self._logging[1]
            logging.disable(self._logging[2])
        if locale.setlocale(locale.LC_CTYPE) != self._locale:
            locale.setlocale(locale.LC_ALL, "C")
            locale.setlocale(locale.LC_CTYPE, self._locale)
        if sys.getrecursionlimit() != self._limit:
            sys.setrecursionlimit(self._limit)
        if len(_BUILTINS) != self._builtins:  # `gettext.install` and the like
            for name in list(_BUILTINS)[self._builtins :]:
                del _BUILTINS[name]
        for number, before in self._signals:
            if before is not None and _signal.getsignal(number) != before:
                signal.signal(number, before)
        decimal = sys.modules.get("decimal")
        if decimal is not None and decimal.getcontext().prec != decimal.DefaultContext.prec:
            decimal.setcontext(decimal.DefaultContext.copy())


_SYS = ("stdin", "stdout", "stderr", "argv", "displayhook", "excepthook", "dont_write_bytecode")
_SIGNALS = tuple(map(int, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)))
# What is behind `os.environ`: comparing that one entry by entry costs more than running most scenarios.
_ENVIRONMENT: dict[Any, Any] = os.environ._data  # type: ignore[attr-defined]
_BUILTINS: dict[str, Any] = vars(__import__("builtins"))


def _sink() -> io.TextIOWrapper:
    """Return what pytest's `capsys` puts in place of standard output."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True)
