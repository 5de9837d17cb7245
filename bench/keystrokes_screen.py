"""What stands on the screen while bench/keystrokes.py types, and the figures made of it. The same for every side.

on screen: some ghost text stands at the cursor. valid: the first three characters of it (all, where it has fewer) are
what the typist writes next. right: its whole first line is.

wait: begins with the key that leaves the screen without ghost text, ends when some comes; keys pressed meanwhile do not
begin it anew. Where an answer says that there is nothing to suggest for the text as it is (or the side hides what it
got), a wait ends unanswered and counts as such; the next key begins another. An answer that the side gives of itself,
without asking its model, ends nothing. stretch: the same, but nothing except ghost text ends it.
key to ghost text: from every key to the ghost text on screen for it; 0 where it stays while it is typed through.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from keystrokes_typist import Event

_VALID = 3


@dataclass(slots=True)
class _Key:
    at: float
    event: Event
    changes: list[tuple[float, str | None, bool]] = field(default_factory=list)


class Screen:
    """The ghost text at the cursor, from the cursor on, and when it changed."""

    def __init__(self) -> None:
        self.ghost: str | None = None
        self.keys: list[_Key] = []

    def key(self, event: Event, ghost: str | None) -> None:
        """Note a key, and what the editor itself leaves of the ghost text at once."""
        now = time.perf_counter()
        self.keys.append(_Key(now, event))
        self.ghost = ghost or None
        self.keys[-1].changes.append((now, self.ghost, False))

    def show(self, ghost: str | None, *, asked: bool = True) -> None:
        """Note an answer for the text as it is; None where it holds nothing. `asked`: the model was asked for it."""
        self.ghost = ghost or None
        if self.keys:
            self.keys[-1].changes.append((time.perf_counter(), self.ghost, asked))


def typed_through(ghost: str | None, event: Event) -> str | None:
    """Return what is left of the ghost text when the key is its next character, as every editor shows it."""
    if not ghost or not event.typed or not ghost.startswith(event.typed):
        return None
    return ghost[len(event.typed) :]


def valid(ghost: str, truth: str) -> bool:
    """Tell whether the beginning of the ghost text is what comes next."""
    return truth.startswith(ghost[:_VALID])


def right(ghost: str, truth: str) -> bool:
    """Tell whether its first line that says something is what comes next."""
    lines = ghost.split("\n")
    count = next((number for number, line in enumerate(lines, 1) if line.strip()), len(lines))
    return truth.startswith("\n".join(lines[:count]).rstrip())


def figures(sessions: Sequence[Screen]) -> dict[str, Any]:
    """Return the figures of some sessions."""
    waits: list[float] = []
    stretches: list[float] = []
    unanswered = abandoned = 0
    delays: list[float] = []
    counts = {"keys": 0, "shown": 0, "valid": 0, "right": 0}
    for screen in sessions:
        found, nothing, left = _waits(screen)
        waits += found
        stretches += _waits(screen, strict=True)[0]
        unanswered += nothing
        abandoned += left
        for key in screen.keys:
            ghost = key.changes[-1][1]
            counts["keys"] += 1
            if ghost is None:
                continue
            delays.append(_since(key) - key.at)
            counts["shown"] += 1
            truth = key.event.truth
            counts["valid"] += truth is not None and valid(ghost, truth)
            counts["right"] += truth is not None and right(ghost, truth)
    keys = max(counts["keys"], 1)
    return {
        "keys": counts["keys"],
        "wait_ms": _percentiles(waits),
        "stretch_ms": _percentiles(stretches),
        "waits": {"answered": len(waits), "nothing": unanswered, "unfinished": abandoned},
        "key_to_ghost_ms": _percentiles(delays),
        "asked_key_to_ghost_ms": _percentiles([delay for delay in delays if delay > 0]),
        "on_screen": round(counts["shown"] / keys, 4),
        "valid": round(counts["valid"] / keys, 4),
        "right": round(counts["right"] / keys, 4),
    }


def _since(key: _Key) -> float:
    """Return the moment from which on there was ghost text until the next key."""
    found = key.at
    for (_, before, _), (at, text, _) in zip(key.changes, key.changes[1:], strict=False):
        if text is not None and before is None:
            found = at
    return found


def _waits(screen: Screen, *, strict: bool = False) -> tuple[list[float], int, int]:
    """Return the waits, how many ended unanswered, and whether one was left; `strict`: only ghost text ends one."""
    found: list[float] = []
    nothing = 0
    since: float | None = None
    for key in screen.keys:
        for at, ghost, asked in key.changes:
            if ghost is not None:
                if since is not None:
                    found.append(at - since)
                since = None
            elif asked and not strict:
                nothing += since is not None
                since = None
            elif since is None and (strict or at == key.at):
                since = at
    return found, nothing, int(since is not None)


def _percentiles(values: list[float]) -> dict[str, float]:
    if len(values) < 2:
        return {"p50": 0.0, "p95": 0.0, "mean": 0.0, "count": len(values)}
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {
        "p50": round(statistics.median(values) * 1000, 1),
        "p95": round(cuts[18] * 1000, 1),
        "mean": round(statistics.mean(values) * 1000, 1),
        "count": len(values),
    }
