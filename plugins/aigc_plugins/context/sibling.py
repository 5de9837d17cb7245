"""Provider `sibling`: the test file of a source file, and the source file of a test."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.context.base import WorkspaceSource, numbered, signatures
from aigc_plugins.context.modules import shared
from aigc_plugins.context.place import read_place
from aigc_plugins.context.render import focus, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.document import Snapshot
    from aigc_plugins.syntax import Language
    from aigc_plugins.workspace import Workspace

_LINES = 14
_OUTLINE = 16
# Folders that say which half of a mirrored pair a file is in.
_MIRRORS = frozenset({"src", "lib", "main", "test", "tests", "__tests__", "spec", "unit"})


class SiblingProvider(WorkspaceSource):
    """Shows what the other file of the pair defines, and its piece that fits best."""

    name = "sibling"

    def _find(self, workspace: Workspace, snapshot: Snapshot, offset: int) -> Iterator[Snippet]:
        path = workspace.path_of(snapshot)
        place = read_place(snapshot, offset)
        other = sibling_of(place.language, path, workspace) if path else None
        text = workspace.read(other) if other else None
        if other is None or text is None:
            return
        lines = numbered(text)
        start, end = focus(lines, place.words[:24], _LINES)
        piece = tidy("\n".join(lines[start:end]))
        if piece:
            yield Snippet(other, piece, 1.0)
        outline = signatures(workspace.outline(other), _OUTLINE)
        if outline:
            yield Snippet(other, outline, 0.6)


def sibling_of(language: Language, path: str, workspace: Workspace) -> str | None:
    """Return the test of a source file, or the source of a test, whose folders fit best; None where none does."""
    name = posixpath.basename(path)
    stem, extension = posixpath.splitext(name)
    source = _tested(language, name)
    if source is not None:
        wanted = [source + one for one in dict.fromkeys((extension, *language.extensions))]
    else:
        wanted = [form.format(name=stem) for form in language.test_files]
    found = [one for one in workspace.find(wanted, limit=50) if one != path] if wanted else []
    if not found:
        return None
    best = max(found, key=lambda one: (_likeness(one, path), -len(one), one))
    return best if len(found) == 1 or _likeness(best, path) > 0 else None


def _tested(language: Language, name: str) -> str | None:
    """Return the name without extension of the file that `name` tests, None where it is no test."""
    for form in language.test_files:
        before, _, after = form.partition("{name}")
        if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after):
            return name[len(before) : len(name) - len(after)]
    return None


def _likeness(one: str, other: str) -> int:
    """Return how many folders two paths share, mirrored or not; those above both count once more."""
    left, right = (
        {part for part in posixpath.dirname(path).split("/") if part and part not in _MIRRORS} for path in (one, other)
    )
    return len(left & right) + shared(one, other) + (posixpath.dirname(one) == posixpath.dirname(other))
