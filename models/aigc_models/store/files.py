"""Careful file work: checksums, atomic writes, and errors of the operating system in words a user can act on."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from aigc_models.store.types import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHUNK = 1 << 20


def sha256_of(path: Path, advance: Callable[[int], None] | None = None) -> str:
    """Return a file's SHA-256 in hex; `advance` is called with the bytes read so far."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            digest.update(block)
            done += len(block)
            if advance:
                advance(done)
    return digest.hexdigest()


def copy_checked(source: IO[bytes], target: Path, advance: Callable[[int], None]) -> str:
    """Copy a stream to `target`, flushed to disk, and return its SHA-256; `advance` gets the bytes written so far."""
    digest, done = hashlib.sha256(), 0
    with target.open("wb") as file:
        while block := source.read(CHUNK):
            file.write(block)
            digest.update(block)
            done += len(block)
            advance(done)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def move_into_place(aside: Path, final: Path) -> None:
    """Rename a finished file or folder to its name in one step, and make the rename survive a power cut."""
    aside.replace(final)
    sync_folder(final.parent)


def write_atomically(path: Path, text: str) -> None:
    """Write a small text file so that readers find the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        move_into_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk where the system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:  # some network file systems refuse to sync a folder
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def size_of(path: Path) -> int:
    """Return the bytes of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size


def need_space(folder: Path, needed: int) -> None:
    """Check that `needed` bytes fit where `folder` is or will be.

    Raises:
        StoreError: they do not; the text names the folder and both sizes.
    """
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise StoreError(
            f"{human_size(needed)} are needed in {folder}, {human_size(free)} are free. "
            "Free some space, or move the models: set AIGC_LSP_HOME to a folder on a larger disk."
        )


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn 'disk full' and 'may not write' below `folder` into a `StoreError` that says what to do."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreError(
                f"The disk that holds {folder} is full. Free some space, or set AIGC_LSP_HOME to a folder on "
                "a larger disk; nothing half-written is left in use."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise StoreError(
                f"Cannot write to {folder}: {error.strerror}. Give yourself access to it, or set AIGC_LSP_HOME "
                "to a folder of your own."
            ) from error
        raise


def human_size(count: float) -> str:
    """Return a byte count as people read it: `98.4 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit in ("B", "kB") else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
