"""A root of its own for a program: new user, mount, process, network and IPC namespaces. It starts no program.

Everything that may be seen is cloned first (`open_tree`), then put together in a new, empty root: what is not named
does not exist there.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aigc_plugins.sandbox.inside import kernel

_NAMESPACES = 0x1000_0000 | 0x0002_0000 | 0x2000_0000 | 0x4000_0000 | 0x0800_0000 | 0x0400_0000 | 0x0200_0000
_INNER_ID = 1000  # inside, nobody is root

_NOSUID, _NODEV, _NOEXEC, _REC, _PRIVATE, _DETACH = 0x2, 0x4, 0x8, 0x4000, 0x4_0000, 0x2
_CLONE, _CLOEXEC, _EMPTY_PATH, _RECURSIVE, _FROM_FD = 1, 0o2000000, 0x1000, 0x8000, 0x4
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 0x1, 0x2, 0x4
_DEVICES = ("null", "zero", "full", "random", "urandom")
_MAX_PID = 400  # the kernel's least is 301


def enter() -> None:
    """Leave the namespaces of the user; the next child is the first process of the new ones.

    Raises:
        OSError: the machine does not let this user do so.
    """
    user, group = os.geteuid(), os.getegid()
    kernel.unshare(_NAMESPACES)
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"{_INNER_ID} {user} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"{_INNER_ID} {group} 1", "ascii")


def build_root(scratch: str, readable: Sequence[str]) -> None:
    """Make a root that holds nothing but `readable`, which nobody can write, and `scratch`.

    Raises:
        OSError: a mount is not allowed.
    """
    kernel.mount("none", "/", "", _REC | _PRIVATE)
    links = {one: os.readlink(one) for one in readable if os.path.islink(one)}  # noqa: PTH114, PTH115
    trees = {one: _cloned(one, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV) for one in readable if one not in links}
    devices = {f"/dev/{name}": _cloned(f"/dev/{name}", _ATTR_NOSUID) for name in _DEVICES}
    own = _cloned(scratch, _ATTR_NOSUID | _ATTR_NODEV)
    folders = {path for path in (*trees, scratch) if os.path.isdir(path)}  # noqa: PTH112
    # The scratch folder is sure to exist: the new root is built over it, and it comes into the root as a clone.
    kernel.mount("tmpfs", scratch, "tmpfs", _NOSUID, "size=1m,mode=755")
    os.chdir(scratch)
    for path, link in links.items():
        _place(path).parent.mkdir(parents=True, exist_ok=True)
        _place(path).symlink_to(link)
    for path, tree in {**trees, **devices, scratch: own}.items():
        _attach(tree, _place(path), path in folders)
    _special_folders()
    kernel.pivot_root(".", ".")
    kernel.umount(".", _DETACH)
    os.chdir("/")
    _set_attributes("/", _ATTR_RDONLY)


def _place(path: str) -> Path:
    return Path(path.lstrip("/"))


def _cloned(path: str, attributes: int) -> int:
    tree = kernel.syscall("open_tree", kernel.OPEN_TREE, -100, os.fsencode(path), _CLONE | _CLOEXEC | _RECURSIVE)
    _set_attributes(tree, attributes)
    return tree


def _set_attributes(where: int | str, attributes: int) -> None:
    record = b"".join(value.to_bytes(8, "little") for value in (attributes, 0, 0, 0))
    folder, path = (where, b"") if isinstance(where, int) else (-100, os.fsencode(where))
    flags = _EMPTY_PATH | _RECURSIVE if isinstance(where, int) else 0
    kernel.syscall("mount_setattr", kernel.MOUNT_SETATTR, folder, path, flags, record, len(record))


def _attach(tree: int, place: Path, is_folder: bool) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if is_folder:
        place.mkdir(exist_ok=True)
    else:
        place.touch()
    kernel.syscall("move_mount", kernel.MOVE_MOUNT, tree, b"", -100, os.fsencode(place), _FROM_FD)
    os.close(tree)


def _special_folders() -> None:
    """Add the list of the new namespace's processes, shared memory and an empty `/tmp`.

    Containers often forbid the list; programs then go without.
    """
    Path("proc").mkdir(exist_ok=True)
    with suppress(OSError):
        kernel.mount("proc", "proc", "proc", _NOSUID | _NODEV | _NOEXEC)
        # Only the first processes of a namespace may do so, since Linux 6.14; it holds for root, too.
        with suppress(OSError):
            Path("proc/sys/kernel/pid_max").write_text(str(_MAX_PID), "ascii")
        # Whoever is root outside owns the kernel's switches in there.
        _set_attributes("proc", _ATTR_RDONLY)
    Path("dev/shm").mkdir(parents=True, exist_ok=True)
    kernel.mount("tmpfs", "dev/shm", "tmpfs", _NOSUID | _NODEV, "size=16m,mode=1777")
    Path("dev/fd").symlink_to("/proc/self/fd")
    Path("tmp").mkdir(exist_ok=True)
