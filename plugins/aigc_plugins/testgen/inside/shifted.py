"""Moves the clock for a while, so that what depends on it is seen to: the functions of `time`, and those of `datetime`.

Code that took such a function by name when it was imported is reached where that name is a global of the module under
test; deeper it is not.
"""

from __future__ import annotations

import contextlib
import datetime
import sys
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

_BY = datetime.timedelta(days=401, hours=5, minutes=7, seconds=13)
_COUNTING = ("time", "monotonic", "perf_counter", "process_time")
_SHOWING = ("localtime", "gmtime", "ctime")


class _Looks(type):
    """Instances of the real class are instances of the class that stands for it."""

    real: type

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls.real)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.real)


def _day() -> type:
    real = datetime.date

    def new(cls: type, *arguments: Any, **named: Any) -> Any:
        return real(*arguments, **named)

    def today(cls: type) -> Any:
        return real.today() + _BY

    return _made("date", real, new, today=today)


def _moment() -> type:
    real = datetime.datetime

    def new(cls: type, *arguments: Any, **named: Any) -> Any:
        return real(*arguments, **named)

    def now(cls: type, tz: Any = None) -> Any:
        return real.now(tz) + _BY

    def utcnow(cls: type) -> Any:
        return real.now(datetime.UTC).replace(tzinfo=None) + _BY

    return _made("datetime", real, new, now=now, today=now, utcnow=utcnow)


def _made(name: str, real: type, new: Callable[..., Any], **methods: Callable[..., Any]) -> type:
    body = {"__new__": new, "__module__": "datetime", **{key: classmethod(one) for key, one in methods.items()}}
    made = _Looks(name, (real,), body)
    made.real = real
    return made


def _functions() -> dict[Any, Any]:
    """Return what stands for what, by identity of the real one."""
    by = _BY.total_seconds()
    new: dict[Any, Any] = {datetime.date: _day(), datetime.datetime: _moment()}
    for name in _COUNTING:
        real, nanos = getattr(time, name), getattr(time, f"{name}_ns")
        new[real] = lambda real=real: real() + by
        new[nanos] = lambda nanos=nanos: nanos() + int(by * 1e9)
    for name in _SHOWING:
        real = getattr(time, name)
        new[real] = lambda seconds=None, real=real: real(time.time() if seconds is None else seconds)
    show, text = time.strftime, time.asctime
    new[show] = lambda form, moment=None: show(form, time.localtime() if moment is None else moment)
    new[text] = lambda moment=None: text(time.localtime() if moment is None else moment)
    return new


@contextlib.contextmanager
def shifted(*modules: types.ModuleType) -> Iterator[None]:
    """Move the clock while this lasts, for the standard library and what `modules` hold of it as globals."""
    new = _functions()
    before: list[tuple[dict[str, Any], str, Any]] = []
    for module in (time, datetime, *modules, *filter(None, [sys.modules.get("random")])):
        names = vars(module)
        for name, value in list(names.items()):
            if isinstance(value, type | types.BuiltinFunctionType) and value in new:
                before.append((names, name, value))
    try:
        for names, name, value in before:
            names[name] = new[value]
        yield
    finally:
        for names, name, value in before:
            names[name] = value
