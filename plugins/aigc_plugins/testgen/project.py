"""Makes the copy of a project in which its code runs. What is in it, ignore rules and open documents decide."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.behaviour import project

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject

_OLD_S = 86_400


def sweep(prefix: str) -> None:
    """Remove the user's own temporary folders of that name that nobody touched for a day: their owners were killed."""
    with suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            status = folder.lstat()
            old = time.time() - status.st_mtime > _OLD_S
            if old and status.st_uid == os.getuid() and not folder.is_symlink():
                shutil.rmtree(folder, ignore_errors=True)


def copied(subject: Subject, copy: Path, job: Job) -> list[str]:
    """Copy the subject's project into the folder `copy`, with the module as its text is; return notes for the user.

    Raises:
        CancelledError: the user took the task back.
    """
    copy.mkdir(parents=True, exist_ok=True)
    whole = project.copy(subject.root, copy, job)
    for path, text in ((subject.path, subject.text), (subject.conventions.file, subject.conventions.text)):
        if text is not None:
            place = copy / path.relative_to(subject.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8", errors="surrogatepass", newline="")
    return [] if whole else ["The project is large: only a part of it was copied into the sandbox."]


def files(copy: Path) -> dict[str, tuple[int, int]]:
    """Return the files of a copy with their sizes and times, but for what Python compiled."""
    found = {}
    for path in sorted(copy.rglob("*")):
        if "__pycache__" not in path.parts and path.is_file() and not path.is_symlink():
            status = path.stat()
            found[path.relative_to(copy).as_posix()] = (status.st_size, status.st_mtime_ns)
    return found


def restore(subject: Subject, copy: Path, job: Job, before: dict[str, tuple[int, int]]) -> bool:
    """Copy the project again where code that ran has changed the copy's `files`; tell whether it had.

    Raises:
        CancelledError: the user took the task back.
    """
    if files(copy) == before:
        return False
    shutil.rmtree(copy, ignore_errors=True)
    copied(subject, copy, job)
    return True
