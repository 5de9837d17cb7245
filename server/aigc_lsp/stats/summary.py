"""Sums the record up: how often suggestions are taken, how much of them stays, how quick they come. Prints nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aigc_lsp.stats.entry import Entry


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of some suggestions.

    `shown` counts those that the editor said it showed; only these count as `accepted`, `partial`, `typed`,
    `dismissed` or `open` (nothing is known yet, or the server was killed). `unreported` were accepted in an editor that
    does not say what it shows. `acceptance` is accepted and partial ones over shown; `kept_share` is kept over accepted
    characters, where that was looked at. Latencies in milliseconds. None: there is nothing to compute it from.
    """

    shown: int
    accepted: int
    partial: int
    typed: int
    dismissed: int
    open: int
    hidden: int
    unreported: int
    acceptance: float | None
    accepted_chars: int
    kept_chars: int
    kept_share: float | None
    p50_ms: float | None
    p95_ms: float | None

    def as_json(self) -> dict[str, Any]:
        """Return the numbers by name."""
        return asdict(self)


def summarize(entries: Iterable[Entry]) -> Summary:
    """Return the summary of `entries`."""
    entries = list(entries)
    told = [entry for entry in entries if entry.told and entry.outcome != "hidden"]
    outcomes = Counter(entry.outcome for entry in told)
    unreported = [entry for entry in entries if not entry.told and entry.outcome in ("accepted", "partial")]
    looked_at = [entry for entry in entries if entry.kept_chars is not None]
    accepted_then = sum(entry.accepted_chars for entry in looked_at)
    kept = sum(entry.kept_chars or 0 for entry in looked_at)
    latencies = sorted(entry.latency_ms for entry in (*told, *unreported))
    taken = outcomes["accepted"] + outcomes["partial"]
    return Summary(
        shown=len(told),
        accepted=outcomes["accepted"],
        partial=outcomes["partial"],
        typed=outcomes["typed"],
        dismissed=outcomes["dismissed"],
        open=outcomes["shown"],
        hidden=sum(entry.outcome == "hidden" for entry in entries),
        unreported=len(unreported),
        acceptance=taken / len(told) if told else None,
        accepted_chars=sum(entry.accepted_chars for entry in entries),
        kept_chars=kept,
        kept_share=kept / accepted_then if accepted_then else None,
        p50_ms=quantile(latencies, 0.5),
        p95_ms=quantile(latencies, 0.95),
    )


def grouped(entries: Iterable[Entry], key: Callable[[Entry], str]) -> dict[str, Summary]:
    """Return a summary for each value of `key`, the one with the most suggestions first."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(key(entry), []).append(entry)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return {name: summarize(group) for name, group in ordered}


def daily(entries: Sequence[Entry]) -> dict[date, Summary]:
    """Return a summary for each day of the local calendar from the first to the last entry, empty days too."""
    if not entries:
        return {}
    days: dict[date, list[Entry]] = {}
    for entry in entries:
        days.setdefault(datetime.fromtimestamp(entry.offered_at).date(), []).append(entry)
    first, last = min(days), max(days)
    span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return {day: summarize(days.get(day, ())) for day in span}


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """Return the quantile of sorted numbers, between two of them by linear interpolation (type 7 of Hyndman and Fan,
    *Sample Quantiles in Statistical Packages*, 1996)."""
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
