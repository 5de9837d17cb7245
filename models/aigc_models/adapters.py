"""Adapters: LoRA weights beside a manifest that names the base by hash. Data and files only; nothing heavy here.

An adapter's folder holds `adapter_model.safetensors` and `adapter_config.json`, as peft writes and reads them, and
`aigc.json`, the manifest.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aigc_models.fim import FimTemplate
from aigc_models.types import AigcError

MANIFEST = "aigc.json"
WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
_FORMAT = 1


class AdapterError(AigcError):
    """An adapter that is not there, damaged, or made for another base."""


@dataclass(frozen=True, slots=True)
class AdapterManifest:
    """What an adapter says of itself.

    `base_sha256` is `base_digest` of the model that it was trained on. `fim` is the prompt template that it was trained
    with, None where it changes nothing about prompts; `added_tokens` are tokens that the base's vocabulary lacks, in
    the order of their ids from the vocabulary's end on. `figures` are those of the evaluation before and after.
    """

    name: str
    base: str
    base_sha256: str
    architecture: str = ""
    fim: FimTemplate | None = None
    added_tokens: tuple[str, ...] = ()
    licence: str = ""
    created: str = ""
    recipe_sha256: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


def read_manifest(folder: Path) -> AdapterManifest:
    """Read an adapter's manifest.

    Raises:
        AdapterError: the folder holds none that can be read, or no weights.
    """
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != _FORMAT:
            raise AdapterError(f"{path} was written by another version of aigc-lsp; use that one, or train again.")
        fim = data.pop("fim", None)
        if fim is not None:
            fim["stop"] = tuple(fim.get("stop", ()))
            fim["texts"] = tuple(tuple(pair) for pair in fim.get("texts", ()))
        data["added_tokens"] = tuple(data.get("added_tokens", ()))
        found = AdapterManifest(**data, fim=FimTemplate(**fim) if fim is not None else None)
    except FileNotFoundError:
        raise AdapterError(f"{folder} is no adapter of aigc-lsp: it has no {MANIFEST}.") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise AdapterError(f"{path} cannot be read as an adapter's manifest: {error}") from error
    for name in (WEIGHTS, CONFIG):
        if not (folder / name).is_file():
            raise AdapterError(f"{folder} is no whole adapter: it has no {name}.")
    return found


def write_manifest(folder: Path, manifest: AdapterManifest) -> None:
    """Write `aigc.json` into an adapter's folder."""
    text = json.dumps({"format": _FORMAT, **asdict(manifest)}, indent=1, ensure_ascii=False)
    aside = folder / f".{MANIFEST}.partial"
    aside.write_text(text + "\n", encoding="utf-8")
    aside.replace(folder / MANIFEST)
