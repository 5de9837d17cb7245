"""Puts a text into a user's file so that nothing can be lost: atomically, with a copy of what was there."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from aigc_models.types import AigcError


class CannotMergeError(AigcError):
    """The settings cannot be put into this file without loss; the text says why."""


class ConflictError(CannotMergeError):
    """A setting is there already, with another value."""

    def __init__(self, what: str, there: str, wanted: str) -> None:
        super().__init__(f"{what} is {there} there")
        self.what, self.there, self.wanted = what, there, wanted


def read(file: Path) -> str | None:
    """Return the file's text with its line ends, or None where there is no such file."""
    if file.is_dir():
        raise CannotMergeError("it is a folder")
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise CannotMergeError("it is not UTF-8") from error


def write(file: Path, text: str) -> None:
    """Replace the file's text at once, or not at all. A link stays a link, and the file's mode stays as it was."""
    target = file.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(text.encode("utf-8"))
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(0o644 & ~_umask() if mode is None else mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep_copy(file: Path) -> Path:
    """Copy the file to a name beside it that is free, and return that."""
    target = file.resolve()
    numbers = ["", *(f".{number}" for number in range(1, 1000))]
    copies = (target.with_name(f"{target.name}.bak{number}") for number in numbers)
    copy = next(one for one in copies if not one.exists())
    write(copy, target.read_bytes().decode("utf-8"))
    copy.chmod(stat.S_IMODE(target.stat().st_mode))
    return copy


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
