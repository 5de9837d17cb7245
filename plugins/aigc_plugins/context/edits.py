"""Provider `recent-edits`: what the user changed a short while ago elsewhere, as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.context.base import WorkspaceSource, numbered, shared_words
from aigc_plugins.context.place import read_place
from aigc_plugins.context.render import tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Workspace

_MOST = 6
_AROUND = 2  # lines shown on each side
_LINES = 16
_FADE = 0.8  # an edit counts this much less than the one after it


class RecentEditsProvider(WorkspaceSource):
    """Shows changed lines with two around them; where they share names with the cursor's place they count more."""

    name = "recent-edits"

    def _find(self, workspace: Workspace, snapshot: Snapshot, offset: int) -> Iterator[Snippet]:
        place = read_place(snapshot, offset)
        path = workspace.path_of(snapshot)
        fresh = 1.0
        found: list[Snippet] = []
        for edit in workspace.recent_edits():
            here = edit.path == path and edit.start_line - _AROUND <= place.number <= edit.end_line + _AROUND
            text = snapshot.text if edit.path == path else workspace.read(edit.path)
            if here or text is None or not edit.after.strip():
                continue
            lines = numbered(text)
            start = max(edit.start_line - _AROUND, 0)
            end = min(max(edit.end_line, edit.start_line + 1) + _AROUND, start + _LINES)
            piece = tidy("\n".join(lines[start:end]))
            if piece:
                found.append(Snippet(edit.path, piece, 0.5 * fresh + 0.5 * min(2 * shared_words(place, piece), 1.0)))
                fresh *= _FADE
            if len(found) == _MOST:
                break
        yield from sorted(found, key=lambda one: -one.score)
