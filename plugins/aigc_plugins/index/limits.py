"""How much is indexed, where the index lies, and the error for a place that cannot be used. It reads no file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from aigc_models.paths import cache_dir
from aigc_models.types import AigcError


class IndexUnavailableError(AigcError):
    """The index cannot be kept: the disk is full or may not be written. The text says where and what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a workspace is indexed: at most `max_files` files of at most `max_file_kb` KiB."""

    max_files: int = 50_000
    max_file_kb: int = 512


def index_dir() -> Path:
    """Return the folder in the user's cache where the databases of all workspaces lie."""
    return cache_dir() / "index"


def database_of(root: Path, folder: Path | None = None) -> Path:
    """Return the database file of a workspace folder, below `folder` or the user's cache; nothing is made."""
    real = os.path.realpath(root)
    digest = hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
    name = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "_" for char in Path(real).name)
    return (folder or index_dir()) / f"{name[:40] or 'root'}-{digest}.sqlite3"
