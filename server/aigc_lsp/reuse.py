"""Remembers suggestions, so that typing through one asks the engine for nothing. It never decides what is good."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from aigc_plugins.api import Suggestion
    from aigc_plugins.document import Snapshot

_CLOSERS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`"}


@dataclass(frozen=True, slots=True)
class _Entry:
    profile: Hashable
    before: int
    after: int
    anchor: int
    cut: int
    suggestion: Suggestion
    thorough: bool


class ReuseCache:
    """The last suggestions of each document.

    An entry fits where the text before its anchor, the text after the cursor and the profile (model and settings) are
    what they were, and what was typed since is the beginning of the suggestion. Brackets and quotes that an editor
    closed by itself meanwhile stand between: the rest of the suggestion takes their place.
    """

    def __init__(self, *, per_document: int = 16, documents: int = 64) -> None:
        self._per_document = per_document
        self._documents = documents
        self._entries: OrderedDict[str, deque[_Entry]] = OrderedDict()
        self._barren: deque[Hashable] = deque(maxlen=per_document * 4)

    def remember(
        self, snapshot: Snapshot, offset: int, suggestion: Suggestion, profile: Hashable, *, thorough: bool = False
    ) -> None:
        """Keep `suggestion`, made for the cursor at `offset` of `snapshot`.

        `thorough` says that the model was asked for all that it has to say.
        """
        head = snapshot.text[suggestion.start : offset]
        if not suggestion.text.startswith(head):
            return  # it changes what stands before the cursor: nothing of it can be typed through
        rest = replace(suggestion, text=suggestion.text[len(head) :], start=offset)
        before, after = hash(snapshot.text[:offset]), hash(snapshot.text[offset:])
        entry = _Entry(profile, before, after, offset, suggestion.end - offset, rest, thorough)
        entries = self._entries.setdefault(snapshot.uri, deque(maxlen=self._per_document))
        self._entries.move_to_end(snapshot.uri)
        entries.appendleft(entry)
        while len(self._entries) > self._documents:
            self._entries.popitem(last=False)

    def find(self, snapshot: Snapshot, offset: int, profile: Hashable) -> Suggestion | None:
        """Return what is left of the suggestion remembered last that fits at `offset`, from the cursor on, or None."""
        return next(self._fitting(snapshot, offset, profile), None)

    def find_all(self, snapshot: Snapshot, offset: int, profile: Hashable) -> list[Suggestion]:
        """Return what is left of each remembered suggestion that fits at `offset`, each text once."""
        return list({found.text: found for found in self._fitting(snapshot, offset, profile)}.values())

    def _fitting(self, snapshot: Snapshot, offset: int, profile: Hashable) -> Iterator[Suggestion]:
        return (suggestion for _, suggestion in self._entries_fitting(snapshot, offset, profile))

    def _entries_fitting(
        self, snapshot: Snapshot, offset: int, profile: Hashable
    ) -> Iterator[tuple[_Entry, Suggestion]]:
        text = snapshot.text
        after: dict[int, int] = {}
        for entry in self._entries.get(snapshot.uri, ()):
            typed = text[entry.anchor : offset]
            if entry.profile != profile or entry.anchor > offset or not entry.suggestion.text.startswith(typed):
                continue
            rest = entry.suggestion.text[len(typed) :]
            for closers in _auto_closed(typed):
                size = len(closers)
                if not text.startswith(closers, offset) or not _holds(rest, closers):
                    continue
                if size not in after:
                    after[size] = hash(text[offset + size :])
                if after[size] != entry.after or hash(text[: entry.anchor]) != entry.before:
                    continue
                end = offset + size + entry.cut
                if rest and rest != text[offset:end]:
                    yield entry, replace(entry.suggestion, text=rest, start=offset, end=end)
                    break

    def remember_nothing(self, snapshot: Snapshot, offset: int, profile: Hashable) -> None:
        """Keep that the model had nothing fit to offer for the cursor at `offset` of `snapshot`."""
        self._barren.append(_exactly(snapshot, offset, profile))

    def knows_nothing(self, snapshot: Snapshot, offset: int, profile: Hashable) -> bool:
        """Tell whether the model was asked just this before, in vain."""
        return bool(self._barren) and _exactly(snapshot, offset, profile) in self._barren

    def knows_all(self, snapshot: Snapshot, offset: int, profile: Hashable) -> bool:
        """Tell whether `find_all` has what the model said when it was asked for all that it has to say."""
        first = next(self._entries_fitting(snapshot, offset, profile), None)
        return first is not None and first[0].thorough

    def forget(self, uri: str) -> None:
        """Drop what is known of a document."""
        self._entries.pop(uri, None)

    def clear(self) -> None:
        """Drop everything."""
        self._entries.clear()
        self._barren.clear()


def _exactly(snapshot: Snapshot, offset: int, profile: Hashable) -> Hashable:
    return snapshot.uri, hash(snapshot.text), offset, profile


def _auto_closed(typed: str) -> list[str]:
    """Return what an editor may have put behind the cursor while `typed` was typed, beginning with nothing."""
    open_: list[str] = []
    for char in typed:
        if open_ and char == open_[-1]:
            open_.pop()
        elif char in _CLOSERS:
            open_.append(_CLOSERS[char])
    closers = "".join(reversed(open_))
    return [closers[:size] for size in range(len(closers) + 1)]


def _holds(text: str, closers: str) -> bool:
    """Tell whether the characters of `closers` come in `text`, in this order."""
    rest = iter(text)
    return all(char in rest for char in closers)
