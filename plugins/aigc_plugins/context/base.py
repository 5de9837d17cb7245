"""What the built-in providers share: they are attached to a workspace, and give nothing before that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.context.render import tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aigc_plugins.api import Snippet
    from aigc_plugins.context.place import Place
    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Symbol, Workspace

# Languages whose files use each other's definitions.
_FAMILIES = (frozenset({"typescript", "tsx", "javascript"}), frozenset({"c", "cpp"}))


class WorkspaceSource:
    """The part of a provider that knows the workspace; `name` is what `context.providers` switches off."""

    name = ""

    def __init__(self) -> None:
        self._workspace: Workspace | None = None

    def attach(self, workspace: Workspace) -> None:
        """Take the workspace that all further questions are about."""
        self._workspace = workspace

    def snippets(self, snapshot: Snapshot, offset: int, max_chars: int) -> list[Snippet]:
        """Return what helps at `offset` (code points), the best first, about twice `max_chars` of it at most."""
        if self._workspace is None:
            return []
        kept: list[Snippet] = []
        room = max_chars * 2
        for snippet in self._find(self._workspace, snapshot, offset):
            room -= len(snippet.text)
            if room < 0:
                break
            kept.append(snippet)
        return kept

    def _find(self, workspace: Workspace, snapshot: Snapshot, offset: int) -> Iterable[Snippet]:
        raise NotImplementedError


def related(one: str, other: str) -> bool:
    """Tell whether two languages are the same, or one's files import the other's."""
    return one == other or any(one in family and other in family for family in _FAMILIES)


def search_language(name: str) -> str | None:
    """Return the language to search for, None where the answer has to be filtered by `related`."""
    return None if any(name in family for family in _FAMILIES) or name == "plaintext" else name


def numbered(text: str) -> list[str]:
    """Return a text's lines as symbols and chunks count them."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def signatures(outline: Sequence[Symbol], most: int) -> str:
    """Return the first `most` signatures of a file's functions and classes, indented as they lie."""
    shown = [
        "    " * (symbol.container.count(".") + 1 if symbol.container else 0) + symbol.signature.split("\n")[0]
        for symbol in outline
        if symbol.kind != "variable"
    ]
    return tidy("\n".join(shown[:most]))


def shared_words(place: Place, text: str) -> float:
    """Return the share (0 to 1) of the names around the cursor that `text` holds."""
    words = place.words[:24]
    return sum(word in text for word in words) / len(words) if words else 0.0
