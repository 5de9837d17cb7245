"""Writes a change to the disk, all of it or nothing: aside, then into place, and back again where a step fails.

Each file is replaced as a whole, so that nobody ever reads half of one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_models.types import AigcError
from aigc_plugins.action import FileEdit, NewFile, RenamedFile
from aigc_plugins.api import applied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_plugins.action import Change, FileChange


def write(change: Change, path: Path, text: str) -> list[Path]:
    """Write a change of the file `path`, which was read as `text`, and of other files; return what was touched.

    Raises:
        AigcError: a file is not as it was read, is not writable, or is there already; then nothing was changed.
        OSError: a step failed; what was done before was taken back.
    """
    edits: list[FileChange] = [FileEdit(path, text, change.edits)] if change.edits else []
    steps = [*edits, *change.files]
    with _staged(steps) as staged, ExitStack() as undo:
        for one in steps:
            _check(one)
        for one in steps:
            _do(one, staged, undo)
        undo.pop_all()
    folders = {one.path.parent for one in steps} | {one.target.parent for one in steps if isinstance(one, RenamedFile)}
    for folder in folders:
        _sync_folder(folder)
    return [one.target if isinstance(one, RenamedFile) else one.path for one in steps]


@contextlib.contextmanager
def _staged(steps: Sequence[FileChange]) -> Iterator[dict[Path, Path]]:
    """Give the new text of each file in a file beside it; what is left of them is removed at the end."""
    staged: dict[Path, Path] = {}
    with ExitStack() as stack:
        for one in steps:
            if isinstance(one, FileEdit):
                staged[one.path] = _aside(one.path, applied(one.before, one.edits), _real(one.path), stack)
            elif isinstance(one, NewFile):
                _make_folders(one.path.parent, stack)
                staged[one.path] = _aside(one.path, one.text, None, stack)
            else:
                _make_folders(one.target.parent, stack)
        yield staged


def _check(one: FileChange) -> None:
    """Check that a file still is as the task saw it."""
    if isinstance(one, FileEdit):
        try:
            same = one.path.read_bytes() == one.before.encode()
        except FileNotFoundError:
            same = False
        if not same:
            raise AigcError(f"{one.path} changed while the task ran. Nothing was written; run it again.")
        if not os.access(one.path, os.W_OK):
            raise AigcError(f"{one.path} is read-only. Nothing was written.")
        return
    target = one.target if isinstance(one, RenamedFile) else one.path
    if os.path.lexists(target):
        raise AigcError(f"{target} is there already. Nothing was written.")


def _do(one: FileChange, staged: dict[Path, Path], undo: ExitStack) -> None:
    if isinstance(one, FileEdit):
        real = _real(one.path)
        undo.callback(_put_back, real, one.before)
        staged[one.path].replace(real)
    elif isinstance(one, NewFile):
        os.link(staged[one.path], one.path)  # fails where there is a file by now, other than a rename
        undo.callback(one.path.unlink, missing_ok=True)
    else:
        _move(one.path, one.target)
        undo.callback(_move, one.target, one.path)


def _move(path: Path, target: Path) -> None:
    os.link(path, target, follow_symlinks=False)
    path.unlink()


def _put_back(path: Path, text: str) -> None:
    with ExitStack() as stack:
        _aside(path, text, path, stack).replace(path)


def _aside(path: Path, text: str, like: Path | None, stack: ExitStack) -> Path:
    """Write `text` into a new file beside `path` with the permissions of `like`, safely on the disk."""
    folder = (like or path).parent
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:60]}.", suffix=".tmp", dir=folder)
    made = Path(name)
    stack.callback(made.unlink, missing_ok=True)
    with os.fdopen(handle, "wb") as file:
        if like is not None:
            found = like.stat()
            os.fchmod(handle, found.st_mode & 0o7777)
            with suppress(OSError):  # only root may give files away
                os.fchown(handle, found.st_uid, found.st_gid)
        else:
            os.fchmod(handle, 0o666 & ~_umask())
        file.write(text.encode())
        file.flush()
        os.fsync(handle)
    return made


def _make_folders(folder: Path, stack: ExitStack) -> None:
    """Make folders; those that are empty in the end are removed again."""
    for one in reversed([folder, *folder.parents]):
        if not one.exists():
            one.mkdir()
            stack.callback(_remove_empty, one)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # it holds something: it is wanted
        folder.rmdir()


def _real(path: Path) -> Path:
    return path.resolve()  # a link stays a link


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
