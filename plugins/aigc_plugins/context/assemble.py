"""The budgeter: what of the workspace stands in a prompt, kept the same from key to key so that caches hold.

Where the snippets come from is the providers' business, how they are written in a prompt the engine's.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aigc_plugins.context.ask import PATIENCE_S, Asker, Question
from aigc_plugins.context.budget import Window, choose, cost, fits, ranked, stripped
from aigc_plugins.context.place import Spot, read_spot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_plugins.api import ContextProvider, Snippet
    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Workspace

NEEDED = "definitions"  # the provider whose new snippets are worth a longer prompt
WARM_S, FIRST_S = 0.03, 0.15  # how long providers may take, and where nothing is known yet
_FILL = 0.85  # of the room is taken at first; the rest lets a pack grow at its end
_LEAST = 0.25  # a definition below this score is no reason to change a prompt
_WIDER = 1.5  # a room this much larger is worth a new pack
_DOCUMENTS = 32


@dataclass(frozen=True, slots=True)
class Counters:
    """How often a pack was used again as it was, grew at its end, or was made anew."""

    reused: int = 0
    extended: int = 0
    rebuilt: int = 0


@dataclass(slots=True)
class _Pack:
    """What is in the prompts of one document, and the place that it was chosen for."""

    snippets: tuple[Snippet, ...]
    max_chars: int
    spot: Spot
    late: Question | None = None
    late_for_all: bool = False

    def suits(self, max_chars: int) -> bool:
        """Tell whether the pack serves a room of this size too: an estimate of characters for a token wavers."""
        return max_chars < _WIDER * self.max_chars and sum(map(cost, self.snippets)) <= max_chars


class ContextAssembler:
    """Collects snippets for prompts. `enabled` switches single providers by name; what it does not name is on.

    `deadline_s` replaces both limits of time, for callers that would rather wait than miss a snippet. Every method may
    be called from any thread.
    """

    def __init__(
        self,
        providers: Sequence[ContextProvider],
        workspace: Workspace,
        *,
        enabled: Mapping[str, bool] | None = None,
        deadline_s: float | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        switches = enabled or {}
        named = [(str(provider.name), provider) for provider in providers]
        self._asker = Asker([one for one in named if switches.get(one[0], True)], workspace, patience_s=patience_s)
        self._workspace = workspace
        self._deadlines = (WARM_S, FIRST_S) if deadline_s is None else (deadline_s, deadline_s)
        self._packs: OrderedDict[str, _Pack] = OrderedDict()
        self._counters = Counters()
        self._lock = threading.Lock()

    @property
    def counters(self) -> Counters:
        """What became of the packs so far."""
        return self._counters

    @property
    def blocked(self) -> dict[str, str]:
        """The providers that are not asked any more, with the reason."""
        return self._asker.blocked

    def forget(self, uri: str) -> None:
        """Drop what is kept for a document, when it is closed."""
        with self._lock:
            self._packs.pop(uri, None)

    def collect(self, snapshot: Snapshot, offset: int, max_chars: int, window: tuple[int, int]) -> tuple[Snippet, ...]:
        """Return the snippets for a prompt at `offset`, the most stable first, the most relevant last.

        `max_chars` is the room for them, their paths included; `window` is what the prompt shows of the document
        itself, both in code points. Within a line the answer stays the same.
        """
        if max_chars <= 0:
            return ()
        with self._lock:
            spot = read_spot(snapshot, offset)
            pack = self._packs.get(snapshot.uri)
            shown = _Shown(self._workspace, snapshot, window)
            if pack is None or not pack.suits(max_chars):
                pack = self._build(snapshot, offset, max_chars, shown, spot)
            elif pack.late is not None and pack.late.done.is_set():
                self._complete(pack, shown)
            elif pack.spot.line == spot.line:
                self._count("reused")
            else:
                self._move(pack, snapshot, offset, shown, spot)
            self._packs[snapshot.uri] = pack
            self._packs.move_to_end(snapshot.uri)
            if len(self._packs) > _DOCUMENTS:
                self._packs.popitem(last=False)
            return pack.snippets

    def _build(self, snapshot: Snapshot, offset: int, max_chars: int, shown: _Shown, spot: Spot) -> _Pack:
        """Make the first pack of a document."""
        question = self._asker.ask(snapshot, offset, max_chars, None, self._deadlines[1])
        chosen = choose(ranked(question.answers), int(max_chars * _FILL), shown.window)
        self._count("rebuilt")
        return _Pack(_ordered(chosen), max_chars, spot, _unless_done(question), late_for_all=True)

    def _complete(self, pack: _Pack, shown: _Shown) -> None:
        """Add what came too late for the pack, at its end."""
        late, pack.late = pack.late, None
        candidates = ranked(late.answers) if late is not None else []
        if not pack.late_for_all:
            self._grow(pack, candidates, shown)
            return
        added = choose(candidates, int(pack.max_chars * _FILL), shown.window, pack.snippets)
        pack.snippets += _ordered(added)
        self._count("extended" if added else "reused")

    def _move(self, pack: _Pack, snapshot: Snapshot, offset: int, shown: _Shown, spot: Spot) -> None:
        """Look whether the pack still serves on another line, and change as little of it as will do."""
        inside = spot.scope == pack.spot.scope[: len(spot.scope)]  # the same definition, or only one around it
        lost = not all(fits(one, shown.window) for one in pack.snippets if one.path == shown.window.path)
        whole = lost or not inside
        question = self._asker.ask(snapshot, offset, pack.max_chars, None if whole else NEEDED, self._deadlines[0])
        candidates = ranked(question.answers)
        if not whole:
            pack.spot = Spot(spot.line, pack.spot.scope)
            self._grow(pack, candidates, shown)
        else:
            pack.spot = spot
            self._renew(pack, candidates, shown, whole=question.done.is_set())
        pack.late, pack.late_for_all = _unless_done(question), whole

    def _grow(self, pack: _Pack, candidates: list[Snippet], shown: _Shown) -> None:
        """Add the definitions that are needed now and are not there yet; something else gives way if it must."""
        present = {_identity(one) for one in pack.snippets}
        missing = [one for one in candidates if one.score >= _LEAST and _identity(one) not in present]
        missing = choose(missing, pack.max_chars // 2, shown.window)
        missing = choose(missing, pack.max_chars, shown.window, [one for one in pack.snippets if one.kind == NEEDED])
        if not missing:
            self._count("reused")
            return
        kept = _make_room(pack.snippets, missing, pack.max_chars, set())
        pack.snippets = (*kept, *_ordered(missing))
        self._count("extended")

    def _renew(self, pack: _Pack, candidates: list[Snippet], shown: _Shown, *, whole: bool) -> None:
        """Choose anew; what is still wanted keeps its place, what is not goes where its room is needed.

        Where the answers are not `whole`, nobody knows yet what is not wanted any more.
        """
        wanted = choose(candidates, int(pack.max_chars * _FILL), shown.window)
        fresh = {_identity(one): one for one in wanted}
        old = [fresh.get(_identity(one), one) for one in pack.snippets if fits(one, shown.window)]
        here = {_identity(one) for one in old}
        new = [one for one in wanted if _identity(one) not in here]
        kept = _make_room(old, new, pack.max_chars, set(fresh) if whole else here)
        renewed = (*kept, *_ordered(choose(new, pack.max_chars, shown.window, kept)))
        if renewed == pack.snippets:
            self._count("reused")
            return
        self._count("rebuilt")
        pack.snippets = renewed

    def _count(self, what: str) -> None:
        self._counters = replace(self._counters, **{what: getattr(self._counters, what) + 1})


@dataclass(slots=True)
class _Shown:
    """The window of a prompt, its lines read when they are first asked for."""

    workspace: Workspace
    snapshot: Snapshot
    span: tuple[int, int]
    _window: Window | None = field(default=None)

    @property
    def window(self) -> Window:
        """The lines of the document and those that the prompt shows."""
        if self._window is None:
            start, end = self.span
            text = self.snapshot.text
            path = self.workspace.path_of(self.snapshot)
            self._window = Window(path, stripped(text), stripped(text[max(start, 0) : max(end, 0)]))
        return self._window


def _ordered(chosen: list[Snippet]) -> tuple[Snippet, ...]:
    """Return the chosen with the most relevant last, next to the cursor."""
    return tuple(reversed(chosen))


def _make_room(
    old: Sequence[Snippet], new: list[Snippet], max_chars: int, safe: set[tuple[str, str, str]]
) -> list[Snippet]:
    """Return what stays of `old` so that `new` fits behind it: what is not `safe` goes first, from the end on."""
    kept = list(old)
    room = max_chars - sum(map(cost, kept)) - sum(map(cost, new))
    for spare in (True, False):
        for one in reversed(list(kept)):
            if room >= 0:
                return kept
            if (spare == (_identity(one) not in safe) and one.kind != NEEDED) or not spare:
                kept.remove(one)
                room += cost(one)
    return kept


def _identity(snippet: Snippet) -> tuple[str, str, str]:
    """Return what makes two snippets the same although their text changed: a definition is known by its first line."""
    first = snippet.text.split("\n", 1)[0].strip() if snippet.kind == NEEDED else snippet.text
    return (snippet.kind, snippet.path, first)


def _unless_done(question: Question) -> Question | None:
    return None if question.done.is_set() else question
