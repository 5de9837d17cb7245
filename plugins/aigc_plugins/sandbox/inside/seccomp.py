"""Forbids this process, for good, system calls that tests of pure code have no use for (Linux's seccomp filters).

Sockets of every family, io_uring, new namespaces, mounts, tracing, kernel keys. Where other processes can still be
reached (`shared`), also what could touch them, or files outside: signals, permissions of files, shared memory.
"""

from __future__ import annotations

import ctypes
import errno
import struct

from aigc_plugins.sandbox.inside import kernel

# The numbers of calls by processor: x86_64, aarch64 (0: there is none).
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_FORBIDDEN = {
    "socket": (41, 198), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219),
    "add_key": (248, 217), "request_key": (249, 218), "open_by_handle_at": (304, 265), "fanotify_init": (300, 262),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225),
    "quotactl": (179, 60), "acct": (163, 89), "syslog": (103, 116), "iopl": (172, 0), "ioperm": (173, 0),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171), "sethostname": (170, 161),
    "personality": (135, 92), "mknod": (133, 0), "mknodat": (259, 33),
}  # fmt: skip
# Without namespaces, memory and queues are shared with every program of the user.
_SHARED = {
    "shmget": (29, 194), "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
}  # fmt: skip
# These seem to work and do nothing: Landlock does not know of them, and copying a file should not fail because of them.
# One process group stays one, so that all of it can be ended at once.
_PRETENDED = {
    "chmod": (90, 0), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, 0),
    "fchown": (93, 55), "lchown": (94, 0), "fchownat": (260, 54), "utime": (132, 0), "utimes": (235, 0),
    "futimesat": (261, 0), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463),
    "removexattrat": (466, 466), "setsid": (112, 157), "setpgid": (109, 154),
}  # fmt: skip
# Before Landlock kept signals in: no signal to anybody by number.
_SIGNALS = {
    "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
}  # fmt: skip
_KILL, _CLONE, _CLONE3, _SOCKETPAIR, _IOCTL = (62, 129), (56, 220), (435, 435), (53, 199), (16, 29)
_FCNTL, _PRLIMIT, _SETPRIORITY, _IOPRIO, _AFFINITY = (72, 25), (302, 261), (141, 140), (251, 30), (203, 122)
_NEW_NAMESPACES = 0x7E02_0080
_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP = 0x5412, 0x541C, 0x8901, 0x8902
_SETOWN, _SETSIG, _SETOWN_EX = 8, 10, 15
_UNIX = 1

_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_X32 = 0x4000_0000

Step = tuple[int, int, int, int]


def install(*, shared: bool, keeps_signals: bool) -> None:
    """Forbid the calls; `keeps_signals` says that Landlock or a namespace keeps signals in already.

    Raises:
        OSError: seccomp is missing, or the processor is none that is known here.
    """
    machine = kernel.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"seccomp: no table of system calls for {machine}")
    steps = _program(0 if machine == "x86_64" else 1, _ARCHITECTURES[machine], shared, keeps_signals)
    code = b"".join(struct.pack("=HBBI", operation, yes, no, value) for operation, yes, no, value in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(steps), ctypes.addressof(buffer)))
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, program)


def _program(column: int, architecture: int, shared: bool, keeps_signals: bool) -> list[Step]:
    steps: list[Step] = [
        (_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL_PROCESS), (_LOAD, 0, 0, 0),
        (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _error(errno.ENOSYS)),
    ]  # fmt: skip
    forbidden = {**_FORBIDDEN, **(_SHARED if shared else {}), **({} if keeps_signals else _SIGNALS)}
    for numbers in forbidden.values():
        steps += _always(numbers[column], _error(errno.EPERM))
    # The flags of clone3 lie in memory, where a filter cannot look: libraries then use clone.
    steps += _always(_CLONE3[column], _error(errno.ENOSYS))
    steps += _when(_CLONE[column], 0, _ANY_BIT, (_NEW_NAMESPACES,))
    steps += _when(_SOCKETPAIR[column], 0, _EQUAL, (_UNIX,), unless=True)
    steps += _when(_IOCTL[column], 1, _EQUAL, (_TIOCSTI, _TIOCLINUX, _FIOSETOWN, _SIOCSPGRP))
    if shared:
        for numbers in _PRETENDED.values():
            steps += _always(numbers[column], _error(0))
        steps += _when(_FCNTL[column], 1, _EQUAL, (_SETOWN, _SETSIG, _SETOWN_EX))
        steps += _when(_PRLIMIT[column], 0, _EQUAL, (0,), unless=True)
        steps += _when(_AFFINITY[column], 0, _EQUAL, (0,), unless=True)
        steps += _when(_SETPRIORITY[column], 1, _EQUAL, (0,), unless=True)
        steps += _when(_IOPRIO[column], 1, _EQUAL, (0,), unless=True)
    if not keeps_signals:
        steps += _when(_KILL[column], 0, _EQUAL, (0,), unless=True)
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


def _error(number: int) -> int:
    return _ERRNO | number


def _always(number: int, action: int) -> list[Step]:
    return [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, action)] if number else []


def _when(number: int, argument: int, test: int, values: tuple[int, ...], *, unless: bool = False) -> list[Step]:
    """Forbid a call where an argument has one of the values, with `unless` where it has none of them."""
    hit, miss = (_ALLOW, _error(errno.EPERM)) if unless else (_error(errno.EPERM), _ALLOW)
    steps: list[Step] = [(_LOAD, 0, 0, 16 + 8 * argument)]  # the low half: all of these are 32 bits wide
    for value in values:
        steps += [(test, 0, 1, value), (_RETURN, 0, 0, hit)]
    steps += [(_RETURN, 0, 0, miss)]
    return [(_EQUAL, 0, len(steps), number), *steps]
