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
                      "getrandom", "cpu_count", "getloadavg", "id"))  # fmt: skip
_MODULES = frozenset(("time", "posix", "nt", "_socket", "builtins"))
_UNPLAIN = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Watch:
    """Looks from `begin` to `end`. `asked` names what was asked for; `given` are the arguments of the target's first
    call as `judge` saw them, `returned` what it returned, if it is a plain function."""

    def __init__(self, target: types.CodeType | None, judge: Callable[[dict[str, Any]], bool]) -> None:
        self.asked: set[str] = set()
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
                names = self._code.co_varnames[: _arguments(self._code)]
                self.fits = self._judge({name: frame.f_locals[name] for name in names if name in frame.f_locals})
            elif event == "return" and frame is self._frame:
                self.returned, self.done, self._frame = argument, True, None

    def _native(self, function: Any) -> None:
        name = getattr(function, "__name__", "")
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


def _arguments(code: types.CodeType) -> int:
    stars = bool(code.co_flags & inspect.CO_VARARGS) + bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + stars
