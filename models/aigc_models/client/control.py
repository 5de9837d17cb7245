"""Look at and stop the engine of this user. Nothing here starts one."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from aigc_models import paths
from aigc_models.client.spawn import log_path
from aigc_models.place import EnginePlace
from aigc_models.types import EngineStatus, EngineUnavailableError

__all__ = ["end", "log_path", "socket_path", "status", "stop"]


def socket_path() -> Path:
    """Return the engine's socket; it exists only while an engine runs."""
    return EnginePlace(paths.runtime_dir()).socket


def status() -> EngineStatus:
    """Return the engine's status; its state is `absent` where none runs."""
    return asyncio.run(_status())


def stop(timeout: float = 10.0) -> bool:
    """Ask the engine to end and wait for it; return False where none ran.

    Raises:
        EngineUnavailableError: it did not end in time (in seconds).
    """
    return asyncio.run(end(timeout))


async def _status() -> EngineStatus:
    from aigc_models.client.http import EngineClient

    client = EngineClient(socket=socket_path())
    try:
        return await client.status()
    except EngineUnavailableError:
        return EngineStatus("absent")
    finally:
        await client.aclose()


async def end(timeout: float = 10.0) -> bool:
    """Do what `stop` does, on a running event loop."""
    from aigc_models.client.http import EngineClient

    place = EnginePlace(paths.runtime_dir())
    client = EngineClient(socket=place.socket)
    try:
        await client.post("/engine/stop")
    except EngineUnavailableError:
        return False
    finally:
        await client.aclose()
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        with place.lock() as free:
            if free:
                return True
        await asyncio.sleep(0.05)
    raise EngineUnavailableError(
        f"The engine did not end within {timeout:g} s; `aigc-lsp engine status` names its pid."
    )
