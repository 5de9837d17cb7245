"""Notes what a run asks the machine for that no test can rely on (the clock, chance, process numbers), and with what
the target was called and what it returned. What follows from that is for `record` and `promises`.
"""

from __future__ import annotations

import inspect
import random
import sys
import types
from collections.abc import Callable
from typing import Any

_CLOCK = frozenset(("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time",
                    "localtime", "gmtime", "ctime", "strftime", "now", "today", "utcnow", "asctime"))  # fmt: skip
_MACHINE = frozenset(("urandom", "getpid", "getppid", "uname", "gethostname", "getlogin", "getuid", "times",
                      "getrandom", "cpu_count", "getloadavg"))  # fmt: skip
_ADDRESSES = frozenset(("id", "hash", "__hash__"))
_MODULES = frozenset(("time", "posix", "nt", "_socket", "builtins"))
_UNPLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Watch:
    """Looks from `begin` to `end`. `asked` names what was asked for; `addresses`: whether identities or hashes were.

    If the target is a plain function, `fits` is what `judge` says of the arguments of its first call, and `returned`
    what that returned, once it is `done`.
    """

    def __init__(self, target: types.CodeType | None, judge: Callable[[dict[str, Any]], bool]) -> None:
        self.asked: set[str] = set()
        self.addresses = False
        self.called = self.fits = self.done = False
        self.returned: Any = None
        plain = target is not None and not target.co_flags & _UNPLAIN
        self._code, self._judge = (target if plain else None), judge
        self._frame: types.FrameType | None = None

    def begin(self) -> None:
        """Look from now on."""
        sys.setprofile(self._event)

    def end(self) -> None:
        """Look no longer."""
        sys.setprofile(None)
        self._frame = None

    def _event(self, frame: types.FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            self._native(argument)
        elif frame.f_code is self._code:
            if event == "call" and not self.called:
                self.called, self._frame = True, frame
                self.fits = self._judge(arguments(frame))
            elif event == "return" and frame is self._frame:
                self.returned, self.done, self._frame = argument, True, None

    def _native(self, function: Any) -> None:
        name = getattr(function, "__name__", "")
        if name in _ADDRESSES:
            self.addresses = True
        if name not in _CLOCK and name not in _MACHINE and name not in ("random", "getrandbits"):
            return
        owner = getattr(function, "__self__", None)
        if isinstance(owner, random.Random):
            self.asked.add("chance")
        elif isinstance(owner, types.ModuleType):
            if owner.__name__ in _MODULES:
                self.asked.add("clock" if name in _CLOCK else name)
        elif isinstance(owner, type) and owner.__module__ == "datetime":
            self.asked.add("clock")


def arguments(frame: types.FrameType) -> dict[str, Any]:
    """Return the arguments of a call that begins, by name; what `*` and `**` take is left out."""
    code, values = frame.f_code, frame.f_locals
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return {name: values[name] for name in names if name in values}
