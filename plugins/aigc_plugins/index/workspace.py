"""A workspace as context providers see it: the index, with open documents in place of what was saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.index.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Chunk, OpenFile, RecentEdit, Symbol

DEFAULT = Limits()


class IndexedWorkspace:
    """Implements `aigc_plugins.workspace.Workspace` over the databases that `Indexer` writes. Reads, never builds.

    One root: paths are relative to it. Several: the root's name comes first (`name/src/a.py`). Without a database
    (not built yet, broken, unwritable cache) what is open and what is on the disk still is found by its path.

        IndexedWorkspace([root])                      # the user's cache
        IndexedWorkspace([root], folder=tmp)          # databases in a folder of one's own

    Every method may be called from any thread. Secrets are redacted in every text that is given out.
    """

    def __init__(self, roots: Sequence[Path], *, folder: Path | None = None, limits: Limits = DEFAULT) -> None:
        raise NotImplementedError

    # What is open

    def overlay(self, where: str | Path, language_id: str, text: str) -> None:
        """Take a document's present text (`where`: URI or absolute path), and note what changed since the last one.

        Costs two comparisons of the text; it is cut into chunks when it is first asked for.
        """
        raise NotImplementedError

    def drop(self, where: str | Path) -> None:
        """Forget an open document: what was saved counts again. Its edits stay."""
        raise NotImplementedError

    def focus(self, where: str | Path) -> None:
        """Note that this open document is the one used last."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the databases."""
        raise NotImplementedError

    # What providers ask: see aigc_plugins.workspace.Workspace

    def path_of(self, snapshot: Snapshot) -> str | None: ...
    def read(self, path: str) -> str | None: ...
    def exists(self, path: str) -> bool: ...
    def search(
        self, words: Sequence[str], *, language: str | None = None, limit: int = 10, exclude: Collection[str] = ()
    ) -> list[Chunk]: ...
    def symbols(self, name: str, *, language: str | None = None, limit: int = 20) -> list[Symbol]: ...
    def outline(self, path: str) -> list[Symbol]: ...
    def find(self, suffixes: Sequence[str], *, limit: int = 20) -> list[str]: ...
    def open_files(self) -> list[OpenFile]: ...
    def recent_edits(self) -> list[RecentEdit]: ...
