"""What the editor's status item shows: one state out of the engine's, the settings' and the user's wishes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_models.types import EngineStatus

if TYPE_CHECKING:
    from collections.abc import Callable

METHOD = "didChangeStatus"
_BUSY = frozenset({"starting", "loading", "downloading", "stopping"})
_COMING = ("starting", "loading")
_INACTIVE = frozenset({"off", "snoozed"})
_WORDS = {
    "starting": "The engine is starting.",
    "loading": "The model is loading.",
    "ready": "Suggestions are on.",
    "unloaded": "The model rests; the next suggestion wakes it.",
    "stopping": "The engine is ending.",
    "absent": "No engine runs; the next suggestion starts it.",
    "downloading": "A model is being downloaded.",
    "off": "Suggestions are switched off in the settings.",
    "snoozed": "Suggestions are snoozed.",
    "failed": "The engine failed.",
}


@dataclass(frozen=True, slots=True)
class Download:
    """A model on its way to this machine; `percentage` is None where it cannot be told."""

    model: str
    percentage: int | None = None


class Status:
    """The present status of one session; `tell` is called with each new one, as the params of `didChangeStatus`."""

    def __init__(self, tell: Callable[[dict[str, Any]], None]) -> None:
        self._tell = tell
        self._told: dict[str, Any] | None = None
        self._engine = EngineStatus("absent")
        self._crashed = False
        self.enabled = True
        self.snoozed_until = 0.0
        self.download: Download | None = None
        self.missing: str | None = None
        self.adapter: str | None = None
        self.adapter_note = ""

    @property
    def engine(self) -> EngineStatus:
        """The engine's own status. After a crash it counts as failed until it is ready again."""
        return self._engine

    @engine.setter
    def engine(self, status: EngineStatus) -> None:
        self._engine = status
        if status.state == "failed":
            self._crashed = status.pid is None
        elif status.state not in _COMING:
            self._crashed = False

    @property
    def snoozed(self) -> bool:
        """Tell whether the user wants no automatic suggestions now."""
        return self.snoozed_until > time.time()

    def changed(self) -> None:
        """Tell the editor, where there is something new."""
        now = self.params()
        if now != self._told:
            self._told = now
            self._tell(now)

    def params(self) -> dict[str, Any]:
        """Return the params of `didChangeStatus`, as docs/protocol.md has them."""
        state = self._state()
        return {
            "kind": self._kind(state),
            "busy": state in _BUSY,
            "message": self._message(state),
            "state": state,
            "percentage": self._percentage(state),
            "model": self.engine.model,
            "adapter": self.adapter,
            "runtime": self.engine.runtime,
            "missingModel": self.missing if state == "failed" else None,
            "snoozedUntil": self.snoozed_until if self.snoozed else None,
        }

    def _kind(self, state: str) -> str:
        if state == "failed" or (self._crashed and state in _COMING):
            return "Error"
        return "Inactive" if state in _INACTIVE else "Normal"

    def _state(self) -> str:
        if self.download is not None:
            return "downloading"
        if not self.enabled:
            return "off"
        if self.engine.state == "failed":
            return "failed"
        return "snoozed" if self.snoozed else self.engine.state

    def _message(self, state: str) -> str:
        if state == "downloading" and self.download is not None:
            return f"{self.download.model} is being downloaded."
        if self._crashed and state in _COMING:
            return f"The engine failed and is started again. {self.engine.message}".strip()
        if state in ("failed", *_COMING) and self.engine.message:
            return self.engine.message
        if state == "snoozed":
            return f"No suggestions until {time.strftime('%H:%M', time.localtime(self.snoozed_until))}."
        words = _WORDS.get(state, state)
        return f"{words} {self.adapter_note}" if state == "ready" and self.adapter_note else words

    def _percentage(self, state: str) -> int | None:
        if state == "downloading" and self.download is not None:
            return self.download.percentage
        if state == "loading" and self.engine.progress is not None:
            return max(0, min(100, round(self.engine.progress * 100)))
        return None
