"""Provider `definitions`: what the names used around the cursor are, found through imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.context.base import WorkspaceSource, numbered
from aigc_plugins.context.place import read_place
from aigc_plugins.context.render import definition
from aigc_plugins.context.resolve import Resolver, known_language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Symbol, Workspace

_FULL = 4.0  # the weight of a name on the cursor's line
_MOST = 16


class DefinitionsProvider(WorkspaceSource):
    """Shows signatures, short bodies, and of a class its fields and methods."""

    name = "definitions"

    def _find(self, workspace: Workspace, snapshot: Snapshot, offset: int) -> Iterator[Snippet]:
        place = read_place(snapshot, offset)
        path = workspace.path_of(snapshot) or ""
        shown: dict[str, str] = {}
        for found in Resolver(workspace, place, path).needed()[:_MOST]:
            symbol = found.symbol
            text = snapshot.text if symbol.path == path else workspace.read(symbol.path)
            lines = numbered(text) if text is not None else []
            if not _still_there(symbol, lines):
                continue
            language = known_language(symbol.path, place.language)
            written = definition(symbol, lines, workspace.outline(symbol.path), language)
            first = written.split("\n", 1)[0].strip()
            if not first or any(first in other for other in shown.values()):
                continue  # a method of a class that is shown
            shown[first] = written
            yield Snippet(symbol.path, written, min(found.weight / _FULL, 1.0))


def _still_there(symbol: Symbol, lines: list[str]) -> bool:
    """Tell whether the file still has the definition where the index saw it."""
    first = symbol.signature.split("\n", 1)[0].strip()
    near = lines[symbol.start_line : min(symbol.start_line + 12, symbol.end_line)]
    return bool(first) and any(first in line for line in near)
