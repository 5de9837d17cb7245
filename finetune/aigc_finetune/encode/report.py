"""What encoding made, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class SplitReport:
    """One split: tokens, those that count in the loss, samples by kind, and what was left out by reason.

    `narrowed` samples had their window made smaller to fit into the context length. `reused` says that the data was
    there already; `seconds` is the time spent on it in this run.
    """

    files: int = 0
    bytes: int = 0
    samples: int = 0
    tokens: int = 0
    trained: int = 0
    narrowed: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    reused: bool = False

    @property
    def mean_length(self) -> float:
        """The mean length of a sample in tokens."""
        return self.tokens / self.samples if self.samples else 0.0

    @property
    def narrowed_share(self) -> float:
        """Which part of the samples had their window made smaller."""
        return self.narrowed / self.samples if self.samples else 0.0

    def facts(self) -> dict[str, Any]:
        """Return it as JSON data, without what differs from run to run."""
        data = asdict(self)
        del data["reused"], data["seconds"]
        kinds, rejected = dict(sorted(self.kinds.items())), dict(sorted(self.rejected.items()))
        means = {"mean_length": round(self.mean_length, 2), "narrowed_share": round(self.narrowed_share, 4)}
        return {**data, "kinds": kinds, "rejected": rejected, **means}

    @classmethod
    def from_facts(cls, data: dict[str, Any]) -> SplitReport:
        """Return the report that `facts` was made of."""
        numbers = {key: data[key] for key in ("files", "bytes", "samples", "tokens", "trained", "narrowed")}
        return cls(**numbers, kinds=Counter(data["kinds"]), rejected=Counter(data["rejected"]))


@dataclass(frozen=True, slots=True)
class EncodeReport:
    """Both splits. `fim` says whether the model has a template, so that fill-in-the-middle samples were made."""

    train: SplitReport
    eval: SplitReport
    fim: bool

    @property
    def tokens(self) -> int:
        """The tokens of the training split."""
        return self.train.tokens
