"""Takes from this process, for good, every file but the named ones, TCP, and signals to others (Linux's Landlock).

What Landlock leaves open (UDP, permissions of files …) is closed by `seccomp`.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

from aigc_plugins.sandbox.inside import kernel

LEAST_VERSION = 3  # before it, files outside could be truncated
SCOPES_SIGNALS = 6

_EXECUTE, _WRITE, _READ, _READ_FOLDER = 1, 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _IOCTL = 1 << 14, 1 << 15
_V3 = (1 << 15) - 1
_FILE_RIGHTS = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_NET = 0b11  # bind and connect
_SCOPE = 0b11  # abstract Unix sockets and signals
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def version() -> int:
    """Return the kernel's version of Landlock. Raises OSError where there is none."""
    return kernel.syscall("landlock", kernel.LANDLOCK_CREATE, None, 0, 1)


def restrict(scratch: str, readable: Sequence[str]) -> None:
    """Leave this process nothing but `readable`, to read and to execute, and `scratch`.

    Raises:
        OSError: Landlock is missing or too old.
    """
    known = version()
    if known < LEAST_VERSION:
        raise OSError(f"landlock: version {known} is too old, {LEAST_VERSION} is needed")
    handled = _V3 | (_IOCTL if known >= 5 else 0)
    fields = (handled, _NET if known >= 4 else 0, _SCOPE if known >= SCOPES_SIGNALS else 0)
    size = 24 if known >= SCOPES_SIGNALS else 16 if known >= 4 else 8
    record = b"".join(value.to_bytes(8, "little") for value in fields)[:size]
    rules = kernel.syscall("landlock", kernel.LANDLOCK_CREATE, record, size, 0)
    for path in readable:
        _allow(rules, path, _EXECUTE | _READ | _READ_FOLDER)
    for path in _DEVICES:
        _allow(rules, path, _READ | _WRITE | _TRUNCATE)
    _allow(rules, scratch, handled & ~_IOCTL)
    kernel.syscall("landlock", kernel.LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there need not be allowed
    if not os.path.isdir(path):  # noqa: PTH112
        rights &= _FILE_RIGHTS
    rule = rights.to_bytes(8, "little") + handle.to_bytes(4, "little")
    kernel.syscall("landlock", kernel.LANDLOCK_ADD, rules, 1, ctypes.create_string_buffer(rule, len(rule)), 0)
    os.close(handle)
