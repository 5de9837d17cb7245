"""Provider `imports`: what the file imports from the workspace, where the prompt begins too far below to show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.context.base import WorkspaceSource, numbered
from aigc_plugins.context.imports import Statement, read_statements, unused
from aigc_plugins.context.modules import files_of
from aigc_plugins.syntax import PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Workspace

_LINES = 24  # of import statements, those with names that nothing uses yet first


class ImportsProvider(WorkspaceSource):
    """Shows the import statements for the workspace's own modules: their names are what the file is about to use."""

    name = "imports"

    def _find(self, workspace: Workspace, snapshot: Snapshot, offset: int) -> Iterator[Snippet]:
        language = snapshot.language or PLAIN
        path = workspace.path_of(snapshot)
        if path is None:
            return
        statements = [
            one
            for one in read_statements(language, snapshot.text)
            if any(language.folder_modules or files_of(language, taken, path, workspace) for taken in one.imports)
        ]
        lines = numbered(snapshot.text)
        chosen: list[Statement] = []
        room = _LINES
        for one in sorted(statements, key=lambda one: (not waits(snapshot.text, one), one.start)):
            if one.end - one.start <= room:
                chosen.append(one)
                room -= one.end - one.start
        chosen.sort(key=lambda one: one.start)
        text = "\n".join(line for one in chosen for line in lines[one.start : one.end])
        if text:
            yield Snippet(path, text, 1.0)


def waits(text: str, statement: Statement) -> bool:
    """Tell whether a statement binds a name that occurs nowhere else in the text: it was imported to be used."""
    return any(unused(text, taken.bound) for taken in statement.imports if taken.bound)
