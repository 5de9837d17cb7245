"""Start the engine's process: on its own, with its output in the log file, outliving the client that started it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from aigc_models import paths
from aigc_models.types import EngineUnavailableError

_MAX_LOG_BYTES = 4 << 20


def log_path() -> Path:
    """Return the engine's log file."""
    return paths.log_dir() / "engine.log"


def start_engine(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the engine in a session of its own and return its process.

    Raises:
        EngineUnavailableError: the command cannot be run.
    """
    log = log_path()
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _MAX_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            start_new_session=True,
            # Not the client's working directory: that is a workspace, from which Python might import.
            cwd=paths.runtime_dir(),
        )
    except OSError as error:
        raise EngineUnavailableError(f"The engine's command {command[0]} cannot be run: {error.strerror}.") from error
    finally:
        os.close(descriptor)
