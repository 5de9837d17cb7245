"""What became of suggestions, as the editor tells: counts of this session, and hooks for who wants to keep more.

It keeps no text. Shown and partially accepted come as notifications, acceptance as a command (docs/protocol.md).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["shown", "accepted", "partiallyAccepted"]
# More ids than a session can have on the screen; older ones are forgotten.
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the suggestion `id`; `length` is what was accepted so far, in UTF-16 code units."""

    kind: Kind
    uri: str
    id: int
    length: int | None = None


class Feedback:
    """Numbers offers and counts what happens to them, each kind once for each suggestion.

    A suggestion that is typed through is offered again and again, each time with a new id: `same` says that.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._seen: dict[tuple[Kind, int], None] = {}
        self._first: dict[int, int] = {}
        self.counts: dict[Kind, int] = {"shown": 0, "accepted": 0, "partiallyAccepted": 0}
        self.hooks: list[Callable[[Event], None]] = []

    def number(self) -> int:
        """Return the id of a new suggestion."""
        return next(self._numbers)

    def same(self, number: int, first: int) -> None:
        """Note that the offer `number` is the suggestion that was offered as `first` before."""
        if number != first:
            self._first[number] = first
            if len(self._first) > _MOST:
                del self._first[next(iter(self._first))]

    def shown(self, params: Any) -> None:
        """Take `textDocument/didShowCompletion`."""
        self._take("shown", _origin(params), None)

    def partially_accepted(self, params: Any) -> None:
        """Take `textDocument/didPartiallyAcceptCompletion`."""
        length = params.get("acceptedLength") if isinstance(params, dict) else None
        whole = isinstance(length, int) and not isinstance(length, bool) and length > 0
        if whole:
            self._take("partiallyAccepted", _origin(params), length)

    def accepted(self, argument: Any) -> None:
        """Take the argument of the command `aigc.accepted`."""
        self._take("accepted", argument, None)

    def _take(self, kind: Kind, origin: Any, length: int | None) -> None:
        data = origin if isinstance(origin, dict) else {}
        uri, number = data.get("uri"), data.get("id")
        if not isinstance(uri, str) or not isinstance(number, int):
            return  # an item that is none of ours
        key = (kind, self._first.get(number, number))
        if key not in self._seen:
            self._seen[key] = None
            self.counts[kind] += 1
            if len(self._seen) > _MOST:
                del self._seen[next(iter(self._seen))]
        for hook in self.hooks:
            hook(Event(kind, uri, number, length))


def _origin(params: Any) -> Any:
    """Return what the item of a notification carries in its command."""
    item = params.get("item") if isinstance(params, dict) else None
    command = item.get("command") if isinstance(item, dict) else None
    arguments = command.get("arguments") if isinstance(command, dict) else None
    return arguments[0] if isinstance(arguments, list) and arguments else None
