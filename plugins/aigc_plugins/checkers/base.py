"""What a checker is, and how the program behind it is found and run. What it reports, each checker's module knows.

Nothing of the workspace runs unless it is trusted: no program out of it, no configuration that names code.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aigc_plugins.api import Finished, WithheldError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_plugins.api import Diagnostic, Job
    from aigc_plugins.document import Snapshot

TIMEOUT_S = 90.0
# Where a workspace keeps programs of its own.
_FOLDERS = (".venv/bin", ".venv/Scripts", "venv/bin", "venv/Scripts", "node_modules/.bin")


class Checker(Protocol):
    """A program that reads a text and says what is wrong with it.

    `sources` are the names, in lower case, under which language servers pass its diagnostics on; `languages` those
    that it reads; `types` tells whether it knows types; `install` says how to get it.
    """

    name: str
    sources: frozenset[str]
    languages: tuple[str, ...]
    types: bool
    install: str

    def command(self, snapshot: Snapshot, job: Job) -> list[str] | None:
        """Return how it is started, None where it is not there."""

    def check(self, snapshot: Snapshot, text: str, job: Job, *, codes: Sequence[str] = ()) -> list[Diagnostic]:
        """Return what it reports of `text` in the place of the snapshot's file, offsets being those of `text`.

        `codes` are looked for even where the project's settings leave them out. The file itself is not touched.

        Raises:
            WithheldError: it is not there, or could not do it.
        """


def program(module: str | None, names: Sequence[str], snapshot: Snapshot, job: Job) -> list[str] | None:
    """Return the start of a command: a module beside this one, else a program of the workspace or on the PATH."""
    if module is not None and find_spec(module) is not None:
        # -P: else a file of that name in the working directory would run.
        return [sys.executable, "-P", "-m", module]
    for name in names:
        for path in _candidates(name, snapshot, job):
            if path.is_file() and os.access(path, os.X_OK):
                return [str(path)]
    return None


def run(
    checker: Checker, arguments: Sequence[str], snapshot: Snapshot, job: Job, *, cwd: Path, stdin: str = ""
) -> Finished:
    """Run a checker to its end.

    Raises:
        WithheldError: it is not there, or takes too long.
    """
    command = checker.command(snapshot, job)
    if command is None:
        raise missing(checker)
    done = job.run([*command, *arguments], cwd=cwd, stdin=stdin, timeout_s=TIMEOUT_S)
    if done.status is None:
        raise WithheldError(f"{checker.name} took longer than {TIMEOUT_S:.0f} s.")
    return done


def failed(checker: Checker, done: Finished) -> WithheldError:
    """Return the error for a checker that ended without a report."""
    lines = [line for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
    return WithheldError(f"{checker.name} failed: {lines[0][:200] if lines else f'exit status {done.status}'}")


def missing(checker: Checker) -> WithheldError:
    """Return the error for a checker that is not there."""
    return WithheldError(f"The result cannot be checked: {checker.name} is not there. Install it: {checker.install}")


def home_of(snapshot: Snapshot, job: Job) -> Path | None:
    """Return the innermost root around the file, else the file's folder; None where it is in no folder."""
    path = snapshot.path
    if path is None or not path.parent.is_dir():
        return None
    around = [root for root in job.roots if path.is_relative_to(root)]
    return max(around, key=lambda root: len(root.parts), default=path.parent)


def _candidates(name: str, snapshot: Snapshot, job: Job) -> Iterator[Path]:
    names = [name, f"{name}.cmd", f"{name}.exe"] if os.name == "nt" else [name]
    home = home_of(snapshot, job)
    roots = [*job.roots, *([home] if home is not None else [])]
    if job.trusted and home is not None and snapshot.path is not None:
        for folder in (folder for folder in snapshot.path.parents if folder.is_relative_to(home)):
            yield from (folder / place / one for place in _FOLDERS for one in names)
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        folder = Path(entry)
        if folder.is_absolute() and (job.trusted or not any(folder.resolve().is_relative_to(root) for root in roots)):
            yield from (folder / one for one in names)
