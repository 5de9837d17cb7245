"""Entries for tests: one that is plain, and whatever is changed in it."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import Any

from aigc_lsp.stats.entry import Entry

PLAIN = Entry(
    session="s", number=1, offered_at=1_000_000.0, language="python", model="m", adapter=None, trigger="automatic",
    source="engine", latency_ms=100.0, length_chars=10, lines=1, tokens=4, mean_logprob=-0.5, min_logprob=-1.0,
    first_logprob=-0.25, context_kinds="definitions", pause_ms=120.0, fresh_line=False, right_empty=True,
    column_bucket=2, outcome="dismissed", shown_at=1_000_000.1, ended_at=1_000_001.0,
)  # fmt: skip


def entry(**changes: Any) -> Entry:
    """Return the plain entry with changes."""
    return replace(PLAIN, **changes)


def synthetic(
    count: int, *, seed: int = 1, start: float = 1_000_000.0, strength: float = 2.0, **changes: Any
) -> list[Entry]:
    """Return suggestions, a minute apart, of which those with a high mean log probability and a pause are accepted more
    often, long ones less. With `strength` 0 it is a coin that decides."""
    draw = random.Random(seed)
    entries = []
    for number in range(count):
        mean, pause, length = -draw.expovariate(1.0), draw.uniform(50, 3000), draw.randint(3, 120)
        score = strength * (1.5 * (mean + 0.7) + 1.0 * (pause - 1500) / 1500 - 0.8 * (length - 60) / 60)
        wanted = draw.random() < 1 / (1 + math.exp(-score))
        shown = start + number * 60.0
        entries.append(entry(
            number=number, offered_at=shown, shown_at=shown + 0.1, ended_at=shown + 2.0, mean_logprob=mean,
            min_logprob=mean * 2, first_logprob=mean / 2, pause_ms=pause, length_chars=length,
            tokens=length // 3 + 1, outcome="accepted" if wanted else "dismissed",
            accepted_chars=length if wanted else 0, kept_chars=length // 2 if wanted else None,
            latency_ms=draw.uniform(50, 400), **changes,
        ))  # fmt: skip
    return entries
