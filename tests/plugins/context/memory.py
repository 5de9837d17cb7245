"""A workspace that lies in a dictionary: enough of the protocol for providers, without an index or a disk."""

from __future__ import annotations

import re
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aigc_plugins.document import Document, Snapshot
from aigc_plugins.index.cut import Mark, cut
from aigc_plugins.syntax import language_for
from aigc_plugins.workspace import Chunk, OpenFile, RecentEdit, Symbol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

ROOT = "/ws/"
CURSOR = "‸"


class MemoryWorkspace:
    """Implements `Workspace` over `files` (path → text); `opened` and `edits` are given as they should be answered."""

    def __init__(
        self, files: Mapping[str, str], *, opened: Sequence[str] = (), edits: Sequence[RecentEdit] = ()
    ) -> None:
        self.files = dict(files)
        self.opened = list(opened)
        self.edits = list(edits)
        self.calls: list[str] = []

    def path_of(self, snapshot: Snapshot) -> str | None:
        path = snapshot.path
        return str(path).removeprefix(ROOT) if path is not None and str(path).startswith(ROOT) else None

    def read(self, path: str) -> str | None:
        return self.files.get(path)

    def exists(self, path: str) -> bool:
        return path in self.files

    def search(
        self, words: Sequence[str], *, language: str | None = None, limit: int = 10, exclude: Collection[str] = ()
    ) -> list[Chunk]:
        self.calls.append("search")
        found = []
        for path, text in sorted(self.files.items()):
            kind = _language(path)
            if path in exclude or language not in (None, kind):
                continue
            lines = text.split("\n")
            for start in range(0, len(lines), 20):
                piece = "\n".join(lines[start : start + 20])
                hits = sum(bool(re.search(rf"\b{re.escape(word)}\b", piece)) for word in words)
                if hits:
                    found.append(Chunk(path, kind, start, min(start + 20, len(lines)), piece, hits / len(words)))
        return sorted(found, key=lambda chunk: (-chunk.score, chunk.path, chunk.start_line))[:limit]

    def symbols(self, name: str, *, language: str | None = None, limit: int = 20) -> list[Symbol]:
        every = [symbol for path in sorted(self.files) for symbol in self.outline(path)]
        return [one for one in every if one.name == name and language in (None, one.language)][:limit]

    def outline(self, path: str) -> list[Symbol]:
        text = self.files.get(path)
        language = language_for("", PurePosixPath(path))
        if text is None or language is None:
            return []
        return [Symbol(s.name, s.kind, path, language.name, *s[3:], container=s.container) for s in _cut(text, path)]

    def find(self, suffixes: Sequence[str], *, limit: int = 20) -> list[str]:
        ends = tuple("/" + suffix for suffix in suffixes)
        found = [path for path in self.files if ("/" + path).endswith(ends)] if ends else []
        return sorted(found, key=lambda path: (len(path), path))[:limit]

    def open_files(self) -> list[OpenFile]:
        return [OpenFile(path, _language(path), self.files[path], -rank) for rank, path in enumerate(self.opened)]

    def recent_edits(self) -> list[RecentEdit]:
        return self.edits


@cache
def _cut(text: str, path: str) -> list[Mark]:
    return cut(text, language_for("", PurePosixPath(path))).symbols


def _language(path: str) -> str:
    language = language_for("", PurePosixPath(path))
    return language.name if language is not None else "plaintext"


def at_cursor(workspace: MemoryWorkspace, path: str, marked: str) -> tuple[Snapshot, int]:
    """Put a text with a cursor mark into the workspace as the file `path`; return it as a snapshot, and the offset."""
    offset = marked.index(CURSOR)
    text = marked.replace(CURSOR, "")
    workspace.files[path] = text
    return Document(f"file://{ROOT}{path}", _language(path), text).snapshot(), offset
