"""Runs git on a repository that nobody vouched for: none of its hooks, pagers, filters or helpers runs, no network."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import IO

from aigc_finetune.collect.sources.base import SourceError

# Settings of a repository that could start a program or reach out, turned off for each call.
_SAFE = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat", "core.sshCommand=false", "core.askPass=",
    "core.attributesFile=/dev/null", "core.quotePath=false", "credential.helper=", "diff.external=",
    "log.showSignature=false", "log.mailmap=false", "log.follow=false", "protocol.allow=never", "gc.auto=0",
    "maintenance.auto=false", "submodule.recurse=false", "core.untrackedCache=false", "grep.patternType=default",
)  # fmt: skip


def command(folder: Path, *args: str) -> list[str]:
    """Return the command line of a git call in `folder`."""
    settings = [part for setting in _SAFE for part in ("-c", setting)]
    return ["git", "--no-pager", "--literal-pathspecs", "-C", str(folder), *settings, *args]


def environment() -> dict[str, str]:
    """Return an environment without what would point git elsewhere, ask the user, or fetch what is missing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "LC_ALL": "C",
    }


def run(folder: Path, *args: str) -> str:
    """Return what a git command prints. Raises SourceError with git's own words."""
    try:
        done = subprocess.run(
            command(folder, *args), env=environment(), capture_output=True, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise SourceError("A git source needs the `git` command: install it, or give a folder.") from None
    if done.returncode:
        raise SourceError(f"git cannot read {folder}: {_words(done.stderr)}")
    return done.stdout.decode("utf-8", "surrogateescape")


class BlobReader:
    """Reads objects by their hash through one `git cat-file --batch`, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, name: str) -> bytes:
        """Return the bytes of an object. Raises OSError where it is missing (a partial clone) or git has ended."""
        process = self._process = self._process or subprocess.Popen(
            command(self._folder, "cat-file", "--batch"),
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        given, got = _pipe(process.stdin), _pipe(process.stdout)
        given.write(name.encode() + b"\n")
        given.flush()
        header = got.readline().split()
        if len(header) != 3:
            raise OSError("git does not have this object here (a partial clone?)")
        data = got.read(int(header[2]) + 1)
        if len(data) != int(header[2]) + 1:
            raise OSError("git ended early")
        return data[:-1]

    def close(self) -> None:
        """End git."""
        if self._process is not None:
            process, self._process = self._process, None
            _pipe(process.stdin).close()
            _pipe(process.stdout).close()
            process.wait()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise OSError("git has no pipe")
    return stream


def _words(data: bytes) -> str:
    lines = data.decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "no reason given"
