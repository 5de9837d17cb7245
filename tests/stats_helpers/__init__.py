"""Entries for tests: one that is plain, and whatever is changed in it."""

from __future__ import annotations

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
