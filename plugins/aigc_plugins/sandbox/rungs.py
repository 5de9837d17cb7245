"""The ladder: which way to contain a program works on this machine. Each is tried, none is believed."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from aigc_models.types import AigcError
from aigc_plugins.sandbox.limits import LADDER, Limits, Rung, RungName, SandboxUnavailableError
from aigc_plugins.sandbox.run import Sandbox

# What must fail: a socket, reading a file that was not named, writing beside the scratch folder.
_TRIAL = """
import socket, sys
held = 0
for attempt in (lambda: socket.socket(), lambda: open(sys.argv[1]), lambda: open(sys.argv[1] + '.new', 'w')):
    try:
        attempt()
    except OSError:
        held += 1
open('here', 'w').close()
print('held' if held == 3 else 'open')
"""


_unsafe = False


@contextmanager
def unsafe() -> Iterator[None]:
    """Let `which_rung` say `none` where no rung works, in this whole process: programs then run with all rights.

    For a command line that the user gave this order on, and nobody else: no setting, plugin or editor leads here.
    """
    global _unsafe
    _unsafe = True
    try:
        yield
    finally:
        _unsafe = False


def which_rung() -> Rung:
    """Return the first rung that works here; the answer is remembered.

    Raises:
        SandboxUnavailableError: none does; the text says why for each.
    """
    tried = []
    for name in LADDER:
        rung = probe(name)
        if rung.works:
            return rung
        tried.append(f"{rung.name}: {rung.reason}")
    if _unsafe:
        return Rung("none", True, "; ".join(tried))
    raise SandboxUnavailableError(f"No sandbox works on this machine, so that nothing is run. {'; '.join(tried)}.")


def ladder() -> list[Rung]:
    """Return every rung, with whether it works, for people who look for faults."""
    return [probe(name) for name in LADDER]


@cache
def probe(name: RungName) -> Rung:
    """Try one rung with a program that attempts what it must not be able to do."""
    if not sys.platform.startswith("linux"):
        return Rung(name, False, "it needs Linux")
    try:
        with tempfile.TemporaryDirectory(prefix="aigc-sandbox-") as folder, tempfile.NamedTemporaryFile() as outside:
            command = [sys.executable, "-I", "-S", "-c", _TRIAL, outside.name]
            done = Sandbox(name).run(command, scratch=Path(folder), limits=Limits(wall_s=10.0))
    except (OSError, AigcError) as error:
        return Rung(name, False, str(error).removeprefix("The sandbox cannot start: ").rstrip("."))
    if done.stdout.strip() != "held":
        return Rung(name, False, f"the trial was not contained: {(done.stdout + done.stderr).strip()[-200:]}")
    return Rung(name, True)
