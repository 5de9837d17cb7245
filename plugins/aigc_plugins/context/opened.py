"""Provider `open-files`: the piece of each other open file that fits best, or what it defines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.context.base import WorkspaceSource, numbered, related, shared_words, signatures
from aigc_plugins.context.place import read_place
from aigc_plugins.context.render import focus, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Workspace

_MOST = 4
_LINES = 14
_OUTLINE = 12
_FADE = 0.8


class OpenFilesProvider(WorkspaceSource):
    """Looks at the files used last, of the same language."""

    name = "open-files"

    def _find(self, workspace: Workspace, snapshot: Snapshot, offset: int) -> Iterator[Snippet]:
        place = read_place(snapshot, offset)
        path = workspace.path_of(snapshot)
        others = [
            one for one in workspace.open_files() if one.path != path and related(one.language, place.language.name)
        ]
        fresh = 1.0
        found: list[Snippet] = []
        for one in others[:_MOST]:
            lines = numbered(one.text)
            start, end = focus(lines, place.words[:24], _LINES)
            piece = tidy("\n".join(lines[start:end]))
            fit = shared_words(place, piece)
            if fit < 0.1:
                piece, fit = signatures(workspace.outline(one.path), _OUTLINE), 0.1
            if piece:
                found.append(Snippet(one.path, piece, fresh * min(2 * fit, 1.0)))
            fresh *= _FADE
        yield from sorted(found, key=lambda one: -one.score)
