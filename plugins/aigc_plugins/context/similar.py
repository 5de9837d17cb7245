"""Provider `similar-code`: pieces of the workspace that use the same names as the lines around the cursor."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.context.base import WorkspaceSource, numbered, related, search_language
from aigc_plugins.context.imports import read_imports
from aigc_plugins.context.modules import files_of
from aigc_plugins.context.passages import best_passages, without_prose, word_weights
from aigc_plugins.context.place import read_place
from aigc_plugins.context.render import tidy
from aigc_plugins.context.words import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.context.place import Place
    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Workspace

_WORDS = 24  # names that are searched for
_FOUND = 24  # chunks looked at
_MOST = 10
_IMPORTED = 8  # of the workspace's own names that the file imports, those searched for beside the names here


class SimilarCodeProvider(WorkspaceSource):
    """Searches by BM25, then takes the lines that fit best. The same file counts too, outside of the window.

    What the file imports from the workspace is searched for as well: what is typed next may well use it.
    """

    name = "similar-code"

    def _find(self, workspace: Workspace, snapshot: Snapshot, offset: int) -> Iterator[Snippet]:
        place = read_place(snapshot, offset)
        path = workspace.path_of(snapshot)
        words = [*place.words[:_WORDS], *_imported(place, path or "", workspace)]
        if not words:
            return
        chunks = [
            chunk
            for chunk in workspace.search(words, language=search_language(place.language.name), limit=_FOUND)
            if related(chunk.language, place.language.name)
            and not (chunk.path == path and chunk.start_line <= place.number < chunk.end_line)
        ]
        pieces = [without_prose(numbered(chunk.text), place.language) for chunk in chunks]
        for passage in best_passages(pieces, word_weights(place.line, words), _MOST):
            text = tidy(passage.text)
            if text:
                yield Snippet(chunks[passage.source].path, text, passage.score)


def _imported(place: Place, path: str, workspace: Workspace) -> list[str]:
    """Return the names that the file imports from the workspace, the most used first."""
    used = Counter(NAME.findall(place.text))
    taken = [one for one in read_imports(place.language, place.text) if one.name and one.bound not in place.words]
    taken.sort(key=lambda one: (-used[one.bound], one.bound))
    own = (one.bound for one in taken[: 3 * _IMPORTED] if files_of(place.language, one, path, workspace))
    return [name for name, _ in zip(own, range(_IMPORTED), strict=False)]
