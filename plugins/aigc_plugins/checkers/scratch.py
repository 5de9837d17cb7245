"""Scratch copies: a text in the place of its file, in a folder of its own, with everything around it linked.

A checker that runs there resolves imports as it would in the project, and nothing of the project is written to.
"""

from __future__ import annotations

import os
import tempfile
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.checkers.base import home_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot

_SKIPPED = frozenset((".git", ".hg", ".svn"))


@contextmanager
def scratch(snapshot: Snapshot, text: str, job: Job) -> Iterator[tuple[Path, Path]]:
    """Yield a temporary folder and the copy in it: `FOLDER/tree/…` looks like the root around the file."""
    path, home = snapshot.path, home_of(snapshot, job)
    with tempfile.TemporaryDirectory(prefix="aigc-check-") as name:
        folder = Path(name).resolve()
        tree = folder / "tree"
        tree.mkdir()
        if path is None or home is None:
            copy = tree / (path.name if path is not None else f"untitled{_extension(snapshot)}")
        else:
            copy = _linked(tree, home, path)
        write(copy, text)
        yield folder, copy


def write(path: Path, text: str) -> None:
    """Write a text as it is, line endings included.

    Its time says its content: caches take two files of the same second and size for the same one.
    """
    data = text.encode("utf-8", "replace")
    path.write_bytes(data)
    time = 1_000_000_000 + zlib.crc32(data) % 500_000_000
    os.utime(path, (time, time))


def _extension(snapshot: Snapshot) -> str:
    language = snapshot.language
    return next(iter(language.extensions), "") if language is not None else ""


def _linked(tree: Path, home: Path, path: Path) -> Path:
    """Link all that lies beside the file and beside its folders up to `home`."""
    here, there = tree, home
    parts = path.relative_to(home).parts
    for part in parts:
        for entry in there.iterdir():
            if entry.name != part and entry.name not in _SKIPPED:
                with suppress(OSError):  # no links on this system: then without what is around
                    (here / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
        here, there = here / part, there / part
        if part is not parts[-1]:
            here.mkdir()
    return here
