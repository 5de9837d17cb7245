"""What a scheduler counts. Data only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """What the engine did since it started; all are totals."""

    requests: int = 0
    finished: int = 0
    cancelled: int = 0
    failed: int = 0
    refused: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    decoded_tokens: int = 0
    decoded_after_cancel: int = 0
    max_decoded_after_cancel: int = 0
    steps: int = 0
    max_waiting: int = 0
    drafted_tokens: int = 0
    accepted_tokens: int = 0
    # Seconds in steps that only decoded, and the tokens of these steps: what "tokens per second" means.
    decode_s: float = 0.0
    decode_step_tokens: int = 0

    def snapshot(self, running: int, waiting: int) -> dict[str, float]:
        """Return the counters, the share of prompt tokens that were cached, and the present load."""
        ratio = round(self.cached_tokens / self.prompt_tokens, 4) if self.prompt_tokens else 0.0
        return {**asdict(self), "cache_hit_ratio": ratio, "running": running, "waiting": waiting}


def together(snapshots: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Return the sums of several schedulers' snapshots; of `max_` counters the largest, and the ratio of all."""
    total: dict[str, float] = {}
    for one in snapshots:
        for name, value in one.items():
            before = total.get(name, 0)
            total[name] = max(before, value) if name.startswith("max_") else before + value
    if total.get("prompt_tokens"):
        total["cache_hit_ratio"] = round(total["cached_tokens"] / total["prompt_tokens"], 4)
    return total
