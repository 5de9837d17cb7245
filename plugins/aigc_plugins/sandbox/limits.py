"""What a sandboxed program may use, and how it ended. It enforces nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from aigc_models.types import AigcError
from aigc_plugins.action import Finished

Ended: TypeAlias = Literal["", "time", "memory", "processes", "output", "files"]
RungName: TypeAlias = Literal["namespaces", "bubblewrap", "landlock", "none"]
LADDER: tuple[RungName, ...] = ("namespaces", "bubblewrap", "landlock")  # `none` contains nothing: only for who asks


class SandboxUnavailableError(AigcError):
    """No way of the ladder works on this machine, so that nothing is run; the text says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use, all of its processes together unless said otherwise.

    Seconds of wall clock; seconds of processor of each process; bytes of memory; processes and threads; bytes of output
    (standard output and error together); bytes of one file and of all files in the scratch folder. Programs that
    reserve far more addresses than they use (node) need `address_space` off: memory is then measured, not refused.
    """

    wall_s: float = 20.0
    cpu_s: int = 20
    memory: int = 1 << 30
    processes: int = 64
    output: int = 4 << 20
    file: int = 32 << 20
    files: int = 256 << 20
    address_space: bool = True


@dataclass(frozen=True, slots=True)
class Outcome(Finished):
    """How a sandboxed program ended; `ended` names the limit that ended it, empty where none did.

    `status` is None where a limit ended it.
    """

    ended: Ended = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to contain a program. `works` tells whether it does on this machine, `reason` why not."""

    name: RungName
    works: bool
    reason: str = ""
