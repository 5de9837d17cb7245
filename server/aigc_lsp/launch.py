"""Says how the engine process is started, and which adapter is asked for. Who starts it, and when, is the engine
client's business."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aigc_lsp.settings import Settings
    from aigc_models.client import EngineLink
    from aigc_models.client.choice import AdapterChoice


def engine_command(settings: Settings) -> list[str]:
    """Return the command line of the engine for these settings."""
    engine = settings.engine
    # -P: nothing is imported from the working directory, whichever that is.
    command = [sys.executable, "-P", "-m", "aigc_lsp", "serve", "--managed"]
    options = {
        "--model": engine.model,
        "--runtime": engine.runtime,
        "--device": engine.device,
        "--idle-unload": f"{engine.idle_unload_s:g}",
        "--idle-exit": f"{engine.idle_exit_s:g}",
    }
    for option, value in options.items():
        if value is not None:
            command += [option, value]
    return command


def adapter_choice(settings: Settings, folders: Callable[[], Sequence[str | Path]], link: EngineLink) -> AdapterChoice:
    """Return what says, at each request, which adapter it is for; `folders` are those of the workspace."""
    from aigc_models.client.choice import AdapterChoice

    def shipped() -> str | None:
        name = link.status.details.get("default_adapter")
        return name if isinstance(name, str) else None

    return AdapterChoice(settings.engine.adapter, folders, shipped, remote=settings.engine.url is not None)
