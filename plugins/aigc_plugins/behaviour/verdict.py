"""What was found out about two versions of a function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two versions behave the same, and in words how that is known, or why not.

    The seconds are those of the same calls of both versions, where they were measured.
    """

    kind: Literal["same", "different", "unknown"]
    how: str
    seconds_before: float | None = None
    seconds_after: float | None = None

    @property
    def speed(self) -> float | None:
        """How many times as fast the new version is."""
        if not self.seconds_before or not self.seconds_after:
            return None
        return self.seconds_before / self.seconds_after
