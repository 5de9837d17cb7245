"""How to reach the engine: the user's own one on this machine, or a URL."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """`url` None means the engine of this user, started on demand; times in seconds, 0 switches a limit off.

    `model` and `runtime` None leave the choice to the engine. `token` goes with a URL.
    """

    url: str | None = None
    token: str | None = None
    model: str | None = None
    runtime: str | None = None
    device: str | None = None
    idle_unload_s: float = 900.0
    idle_exit_s: float = 300.0
