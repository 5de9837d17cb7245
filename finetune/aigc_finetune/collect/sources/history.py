"""When files of a working tree were first and last committed: one pass over `git log`, streamed."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import IO

from aigc_finetune.collect.sources.base import Commits
from aigc_finetune.collect.sources.git import command, environment

_MARK = b"\x01"  # begins a commit's time; no path that git lists in a source tree begins so
_CHUNK = 1 << 16


def commit_times(folder: Path, revision: str = "HEAD", *, below: bool = True) -> dict[str, Commits]:
    """Return the commit times of the files of a repository by path; empty where there is no history, or no git.

    With `below`, those below `folder`, relative to it; else all, relative to the repository's top. Merges are passed
    over, a renamed file counts as a new one. Times are those of the committer.
    """
    args = ("log", "--format=format:%x01%ct", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
    try:
        process = subprocess.Popen(
            command(folder, *args, *(("--relative", revision, "--", ".") if below else (revision, "--"))),
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return {}
    with process:
        return _parse(process.stdout) if process.stdout is not None else {}


def _parse(stream: IO[bytes]) -> dict[str, Commits]:
    found: dict[str, Commits] = {}
    time = 0
    rest = b""
    while data := stream.read(_CHUNK):
        *parts, rest = (rest + data).split(b"\0")
        for part in parts:
            time = _take(part, time, found)
    _take(rest, time, found)
    return found


def _take(part: bytes, time: int, found: dict[str, Commits]) -> int:
    """Read one part: a path, or a time with the first path of its commit behind a line break. Return the time."""
    if part.startswith(_MARK):
        head, _, part = part[1:].partition(b"\n")
        time = int(head)
    if part:
        path = part.decode("utf-8", "surrogateescape")
        known = found.get(path)
        found[path] = Commits(time, time) if known is None else Commits(min(known.first, time), max(known.last, time))
    return time
