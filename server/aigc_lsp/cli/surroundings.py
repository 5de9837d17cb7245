"""The workspace around a file that is named on the command line: its repository, and the index of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_lsp.settings import Settings
    from aigc_plugins.document import Snapshot
    from aigc_plugins.index import IndexedWorkspace


def repository(path: Path) -> Path | None:
    """Return the Git repository's folder that a file or folder lies in, None where it lies in none."""
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


def workspace(settings: Settings, roots: Sequence[Path], snapshot: Snapshot) -> IndexedWorkspace:
    """Return the workspace of `roots` with the index as it is, and the snapshot in place of the file on the disk."""
    from aigc_plugins.index import IndexedWorkspace, Limits

    limits = Limits(settings.context.max_files, settings.context.max_file_kb)
    found = IndexedWorkspace(list(roots), limits=limits, indexed=settings.context.index)
    found.overlay(snapshot.uri, snapshot.language_id, snapshot.text)
    return found
