"""Calls of the Linux kernel that Python has no function for. What they are good for is not known here."""

from __future__ import annotations

import ctypes
import os
import platform

# Numbers since Linux 5.1 are the same on all processors.
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}

PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

_libc = ctypes.CDLL(None, use_errno=True)


def machine() -> str:
    """Return the processor's name as the kernel says it."""
    return platform.machine()


def syscall(name: str, number: int, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Call the kernel. Raises OSError that names the call."""
    given = [ctypes.c_long(one) if isinstance(one, int) else ctypes.c_char_p(one) if isinstance(one, bytes) else one
             for one in arguments]  # fmt: skip
    return _checked(name, _libc.syscall(ctypes.c_long(number), *given))


def prctl(option: int, first: int = 0, second: object = 0) -> int:
    """Change something of this process. Raises OSError."""
    last = second if not isinstance(second, int) else ctypes.c_ulong(second)
    zero = ctypes.c_ulong(0)
    return _checked(f"prctl {option}", _libc.prctl(option, ctypes.c_ulong(first), last, zero, zero))


def unshare(flags: int) -> None:
    """Move this process into new namespaces. Raises OSError."""
    _checked("unshare", _libc.unshare(flags))


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system. Raises OSError."""
    done = _libc.mount(source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags), options.encode())
    _checked(f"mount of {kind or 'nothing'}", done)


def umount(target: str, flags: int) -> None:
    """Take a mount away. Raises OSError."""
    _checked("umount", _libc.umount2(os.fsencode(target), flags))


def pivot_root(root: str, old: str) -> None:
    """Make `root` the root of this mount namespace. Raises OSError."""
    syscall("pivot_root", _PIVOT_ROOT[machine()], os.fsencode(root), os.fsencode(old))


def _checked(name: str, result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")
    return result
