"""Binding an adapter for `aigc-lsp adapters use`: the choice is kept, and a running engine begins to get it ready."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aigc_models.types import AigcError, EngineUnavailableError


def bound(name: str, workspace: Path | None) -> dict[str, Any]:
    """Bind `name` (`none`, `auto`) everywhere or to a workspace; return `engine`, its state, and `notes` to print.

    Raises:
        AdapterError: there is no such adapter, or no such folder.
        StoreError: the choice cannot be written.
    """
    from aigc_lsp import adapter_rows
    from aigc_lsp.cli import chosen, output
    from aigc_models.store.adapters import find_adapter
    from aigc_models.store.bindings import bind

    found = None if name in ("none", "auto") else find_adapter(name)
    bind(None if name == "auto" else name, workspace)
    settings = chosen.settings(quiet=True)
    notes = []
    base = adapter_rows.digest_of(settings.engine.model) if found is not None and not settings.engine.url else None
    if found is not None and base is not None and base != found.manifest.base_sha256:
        notes.append(
            f"{name} was trained on {output.visible(found.manifest.base)}, which is not the model in use: "
            "until that one is in use, the model alone answers."
        )
    if settings.engine.adapter != "auto":
        notes.append(f"The setting engine.adapter is {settings.engine.adapter!r} and counts for more: unset it.")
    elif settings.engine.url:
        notes.append(f"The engine at {settings.engine.url} has its own adapters: name one in engine.adapter.")
    state, message = ("", "") if name in ("none", "auto") else asyncio.run(_made_ready(name))
    return {"engine": state, "notes": [*notes, message] if message else notes}


async def _made_ready(name: str) -> tuple[str, str]:
    """Have a running engine begin; return its state and what to tell of it. None is started for that."""
    from aigc_models.client import EngineClient, control

    client = EngineClient(socket=control.socket_path())
    try:
        async with asyncio.timeout(5):
            state, _ = await client.prepare_adapter(name)
    except (EngineUnavailableError, TimeoutError):
        return "", ""
    except AigcError as error:
        return "failed", str(error)
    finally:
        await client.aclose()
    return state, "The engine gets it ready; the model alone answers until then." if state == "preparing" else ""
