"""Says how the engine process is started. Who starts it, and when, is the engine client's business."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_lsp.settings import Settings


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
