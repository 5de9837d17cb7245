"""The workspace as it is for one case: the masked file as if it were open, everything else as on the disk, no edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from aigc_lsp.evaluate.cases import Case
    from aigc_plugins.document import Snapshot
    from aigc_plugins.index import IndexedWorkspace
    from aigc_plugins.workspace import Chunk, OpenFile, RecentEdit, Symbol


class MaskedWorkspace:
    """Implements `aigc_plugins.workspace.Workspace` over a new workspace for each case.

    A new one each time, and without recent edits: a workspace notes how an open text changes, and from one mask of a
    file to the next these changes are the answers.
    """

    def __init__(self, make: Callable[[], IndexedWorkspace]) -> None:
        self._make = make
        self._now = make()
        self._case: Case | None = None

    def show(self, case: Case) -> None:
        """Go on to a case: its file is seen with the hole in it, and no other file is open."""
        if case is self._case:
            return
        self._now.close()
        self._now, self._case = self._make(), case
        self._now.overlay(case.uri, case.language, case.text)

    def close(self) -> None:
        """Let go of the databases."""
        self._now.close()

    def path_of(self, snapshot: Snapshot) -> str | None:
        """See `Workspace`."""
        return self._now.path_of(snapshot)

    def read(self, path: str) -> str | None:
        """See `Workspace`."""
        return self._now.read(path)

    def exists(self, path: str) -> bool:
        """See `Workspace`."""
        return self._now.exists(path)

    def search(
        self, words: Sequence[str], *, language: str | None = None, limit: int = 10, exclude: Collection[str] = ()
    ) -> list[Chunk]:
        """See `Workspace`."""
        return self._now.search(words, language=language, limit=limit, exclude=exclude)

    def symbols(self, name: str, *, language: str | None = None, limit: int = 20) -> list[Symbol]:
        """See `Workspace`."""
        return self._now.symbols(name, language=language, limit=limit)

    def outline(self, path: str) -> list[Symbol]:
        """See `Workspace`."""
        return self._now.outline(path)

    def find(self, suffixes: Sequence[str], *, limit: int = 20) -> list[str]:
        """See `Workspace`."""
        return self._now.find(suffixes, limit=limit)

    def open_files(self) -> list[OpenFile]:
        """See `Workspace`."""
        return self._now.open_files()

    def recent_edits(self) -> list[RecentEdit]:
        """Return nothing: nobody has edited anything."""
        return []
