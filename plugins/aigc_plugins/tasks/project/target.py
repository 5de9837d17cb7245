"""Says where the files of a project go: into one folder, and nowhere else. It writes none of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from aigc_plugins.api import NewFile, WithheldError

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|\.gitignore")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # devices of Windows


def folder_for(roots: Sequence[Path], wanted: str, package: str) -> Path:
    """Return the project's folder: the one that is wanted, else one of its own in the first root, or an empty root.

    Raises:
        WithheldError: it would lie outside of the roots, or is no folder.
    """
    if not roots:
        raise WithheldError("There is no folder to write the project to. Open one, or name one.")
    root = roots[0].resolve()
    if wanted:
        folder = (root / wanted).resolve()
    else:
        folder = root if root.is_dir() and not any(root.iterdir()) else root / package
    if not any(folder.is_relative_to(one.resolve()) for one in roots):
        raise WithheldError(f"{folder} lies outside of the workspace.")
    if any(part.lower() == ".git" for part in folder.parts):
        raise WithheldError(f"{folder} belongs to Git.")
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise WithheldError(f"{folder} is no folder.")
    return folder


def placed(folder: Path, files: Mapping[str, str]) -> tuple[NewFile, ...]:
    """Return the files at their places in a folder.

    Raises:
        WithheldError: a path leaves the folder, or something is there already.
    """
    made = [NewFile(_path(folder, name), text) for name, text in files.items()]
    there = [name for name, one in zip(files, made, strict=True) if one.path.exists() or one.path.is_symlink()]
    if there:
        raise WithheldError(f"Nothing is overwritten, and {folder} has {', '.join(there[:5])} already.")
    return tuple(made)


def _path(folder: Path, name: str) -> Path:
    """Return a file's path, after a look at each folder on the way to it."""
    parts = PurePosixPath(name).parts
    sound = all(_PART.fullmatch(part) and not _RESERVED.fullmatch(part) for part in parts)
    if not parts or not sound or any(part.lower() == ".git" for part in parts) or "\\" in name or ":" in name:
        raise WithheldError(f"{name!r:.100} is no name for a file of the project.")
    path = folder
    for part in parts[:-1]:
        path /= part
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise WithheldError(f"{path} is no folder of the project.")
    path /= parts[-1]
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise WithheldError(f"{path} lies outside of {folder}.")
    return path
