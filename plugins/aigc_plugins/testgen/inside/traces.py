"""Notices what a run does to files outside of its own folders and to the process: somebody who runs a test has no
sandbox around it. What is done about it is for `record`.

Files are seen by audit events (PEP 578), also where writing them fails or they are gone afterwards.
"""

# Paths are texts here, as they come in events.
# ruff: noqa: PTH109

from __future__ import annotations

import importlib
import locale
import os
import sys
import tempfile
from collections.abc import Collection
from typing import Any

_signal: Any = importlib.import_module("_signal")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# How many of an event's arguments are paths that it changes.
_CHANGING = {"os.mkdir": 1, "os.rmdir": 1, "os.remove": 1, "os.rename": 2, "os.truncate": 1, "os.chmod": 1,
             "os.chown": 1, "os.utime": 1, "shutil.rmtree": 1, "sqlite3.connect": 1}  # fmt: skip
_SECOND = frozenset(("os.link", "os.symlink"))  # the second path is made, the first one only named
_DEVICES = ("/dev/", ":memory:")
_SIGNALS = tuple(one for one in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2") if hasattr(_signal, one))


class Files:
    """Notes from `begin` to `end` which files outside of `folders` and of the folder for temporary files are changed.

    Of what lies in `scratch`, only `folders` are a run's own.
    """

    def __init__(self, scratch: str, folders: Collection[str]) -> None:
        self._scratch = os.path.realpath(scratch)
        self._folders = [os.path.realpath(one) for one in folders]
        self._temporary = os.path.realpath(tempfile.gettempdir())
        self.changed = False

    def begin(self) -> None:
        """Look from now on."""
        if not _looking:
            sys.addaudithook(_heard)
        _looking[:] = [self]

    def end(self) -> None:
        """Look no longer."""
        _looking[:] = [None]

    def take(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Note an event."""
        if event == "open":
            paths = arguments[:1] if isinstance(arguments[2], int) and arguments[2] & _WRITING else ()
        elif event in _SECOND:
            paths = arguments[1:2]
        else:
            paths = arguments[: _CHANGING.get(event, 0)]
        if paths and not _is_relative(event, arguments):
            self.changed = self.changed or any(map(self._is_outside, paths))

    def _is_outside(self, path: object) -> bool:
        if not isinstance(path, str | bytes | os.PathLike) or not path:
            return False  # a descriptor: opening it was seen
        name = os.fsdecode(path)
        if name.startswith(_DEVICES) or f"{os.sep}__pycache__{os.sep}" in name:
            return False
        place = os.path.realpath(name)
        if any(_lies_in(place, one) for one in self._folders):
            return False
        return _lies_in(place, self._scratch) or not _lies_in(place, self._temporary)


_looking: list[Files | None] = []  # a hook cannot be taken away again: it looks in here


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    files = _looking[0]
    if files is not None and (event == "open" or event in _CHANGING or event in _SECOND):
        _looking[0] = None  # what looking does is not looked at
        try:
            files.take(event, arguments)
        except (ValueError, OSError):
            files.changed = True
        finally:
            _looking[0] = files


def _is_relative(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether paths are relative to an open folder, as when a tree is removed: opening that was seen."""
    return event not in ("open", "os.truncate") and isinstance(arguments[-1], int) and arguments[-1] > 0


def _lies_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


class Process:
    """The state of the process, to be compared with what it is later."""

    def __init__(self) -> None:
        self._now = _state()

    def changed(self) -> str:
        """Say in a word what is no longer as it was; empty where all is."""
        now = _state()
        return next((name for name, one in now.items() if self._now[name] != one), "")


def _state() -> dict[str, Any]:
    try:
        folder = os.getcwd()
    except OSError:
        folder = ""
    return {
        "environment": dict(os.environ),
        "current folder": folder,
        "search path": list(sys.path),
        "limit of recursion": sys.getrecursionlimit(),
        "locale": locale.setlocale(locale.LC_ALL),
        "signals": [_signal.getsignal(getattr(_signal, one)) for one in _SIGNALS],
    }
