"""Adapters: the one in use here, whether it fits the model, and what is wrong with any that is bound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aigc_lsp.cli.checks import Finding
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_lsp.settings import Settings
    from aigc_models.store import ModelRef


def findings(settings: Settings, base: ModelRef) -> list[Finding]:
    """Return what is known of the adapter that suggestions here come from; nothing where there is none."""
    from aigc_models.adapters import base_digest
    from aigc_models.client.choice import AdapterChoice
    from aigc_models.store.adapter_checks import check_adapter
    from aigc_models.store.adapters import adapter_folder

    name = AdapterChoice(settings.engine.adapter, lambda: (Path.cwd(),))()
    if name is None:
        return []
    try:
        manifest = check_adapter(adapter_folder(name))
        fits = manifest.base_sha256 == base_digest(base)
    except (AigcError, OSError) as error:
        return [Finding("adapter", "broken", str(error), "aigc-lsp adapters use none")]
    if not fits:
        text = f"{name} was trained on {manifest.base} ({manifest.base_sha256[:12]}…), the model is {base.id}"
        return [Finding("adapter", "broken", text, "aigc-lsp adapters use none, or train it on this model")]
    return [Finding("adapter", "ok", f"{name}, trained on {manifest.base}")]
