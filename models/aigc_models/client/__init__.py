"""The engine's client: requests over HTTP, and the link that starts, finds and restarts the engine."""

from __future__ import annotations

from aigc_models.client.config import EngineConfig
from aigc_models.client.http import EngineClient
from aigc_models.client.link import EngineLink

__all__ = ["EngineClient", "EngineConfig", "EngineLink"]
