"""Where a request stands in the text, and a suggestion as it fits the text of now. It asks nobody for one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aigc_lsp.lsp.params import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from aigc_lsp.lsp.documents import Documents, View
    from aigc_lsp.lsp.params import At
    from aigc_lsp.reuse import ReuseCache
    from aigc_plugins.api import SelectedText, Suggestion
    from aigc_plugins.document import Document, Snapshot


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request stands, in the text as it was when the request came. Later edits do not move it."""

    uri: str
    snapshot: Snapshot | None = None
    offset: int = 0
    selected: SelectedText | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion, the text that it is for, where the document begins in that text, and the range it replaces.

    `others` are further ones for the same place, where the user asked for them.
    """

    snapshot: Snapshot
    suggestion: Suggestion
    range: dict[str, dict[str, int]]
    base: int = 0
    others: tuple[Offer, ...] = ()


class Offers:
    """Makes offers of suggestions. `profile` returns what remembered suggestions depend on besides the text."""

    def __init__(self, documents: Documents, cache: ReuseCache, profile: Callable[[], Hashable]) -> None:
        self._documents = documents
        self._cache = cache
        self._profile = profile

    def place(self, at: At, document: Document) -> Place:
        """Return where a request stands in the text of `document` as it is now.

        Raises:
            RpcError: -32602, the document has no such line.
        """
        view = self._documents.view(at.uri)
        if view is None:
            return Place(at.uri)
        try:
            offset, selected = self._documents.offset(document, at.position), self._selected(document, at, view.base)
        except ValueError as error:
            raise invalid(str(error)) from None
        return Place(at.uri, view.snapshot, offset + view.base, selected)

    def fit(
        self,
        snapshot: Snapshot,
        offset: int,
        suggestion: Suggestion,
        selected: SelectedText | None = None,
        *,
        everything: bool = False,
    ) -> Offer | None:
        """Return a suggestion as it fits the text of now: late, but still what the user is typing, it is trimmed.

        `everything`: with all others that are known for the place.
        """
        view = self._documents.view(snapshot.uri)
        if view is None:
            return None
        now, cursor = view.snapshot, offset
        if now.version != snapshot.version or now.text != snapshot.text:
            if selected is not None:
                return None
            cursor = offset + len(now.text) - len(snapshot.text)
            rest = self._cache.find(now, cursor, self._profile())
            if rest is None:
                return None
            suggestion = rest
        offer = self._placed(view, suggestion)
        if offer is None or not everything:
            return offer
        others = self._cache.find_all(now, cursor, self._profile())
        placed = (self._placed(view, other) for other in others if other.text != suggestion.text)
        return replace(offer, others=tuple(other for other in placed if other is not None))

    def _placed(self, view: View, suggestion: Suggestion) -> Offer | None:
        document = self._documents.get(view.snapshot.uri)
        if document is None or suggestion.start < view.base:
            return None
        where = self._documents.range(document, suggestion.start - view.base, suggestion.end - view.base)
        return Offer(view.snapshot, suggestion, where, view.base)

    def _selected(self, document: Document, at: At, base: int) -> SelectedText | None:
        if at.selected is None:
            return None
        from aigc_plugins.api import SelectedText

        where = at.selected.range
        start, end = self._documents.offset(document, where.start), self._documents.offset(document, where.end)
        return SelectedText(text=at.selected.text, start=start + base, end=end + base)
