"""Adapters: LoRA weights beside a manifest that names the base by hash. Data and files only; nothing heavy here.

An adapter's folder holds `adapter_model.safetensors` and `adapter_config.json`, as peft writes and reads them, and
`aigc.json`, the manifest.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from aigc_models.fim import FimTemplate
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_models.store.types import ModelRef

MANIFEST = "aigc.json"
WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
_FORMAT = 1
_MAX_MANIFEST = 1 << 20  # bytes


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
        if path.stat().st_size > _MAX_MANIFEST:
            raise AdapterError(f"{path} is larger than any adapter's manifest.")
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.pop("format") != _FORMAT:
            raise AdapterError(f"{path} was written by another version of aigc-lsp; use that one, or train again.")
        fim = data.pop("fim", None)
        if fim is not None:
            _check_texts({key: value for key, value in fim.items() if key not in ("stop", "texts")})
            fim["stop"] = tuple(fim.get("stop", ()))
            fim["texts"] = tuple(tuple(pair) for pair in fim.get("texts", ()))
        added = data.pop("added_tokens", [])
        figures = data.pop("figures", {})
        if not isinstance(added, list) or not isinstance(figures, dict):
            raise TypeError("added_tokens is no list, or figures no table")
        _check_texts({**data, **{f"token {number}": one for number, one in enumerate(added)}})
        template = FimTemplate(**fim) if fim is not None else None
        found = AdapterManifest(**data, fim=template, added_tokens=tuple(added), figures=figures)
    except FileNotFoundError:
        raise AdapterError(f"{folder} is no adapter of aigc-lsp: it has no {MANIFEST}.") from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise AdapterError(f"{path} cannot be read as an adapter's manifest: {error}") from error
    for name in (WEIGHTS, CONFIG):
        if not (folder / name).is_file():
            raise AdapterError(f"{folder} is no whole adapter: it has no {name}.")
    return found


def _check_texts(values: dict[str, Any]) -> None:
    """Raise TypeError where a value is no text."""
    wrong = [key for key, value in values.items() if not isinstance(value, str)]
    if wrong:
        raise TypeError(f"{', '.join(wrong)}: a text is expected")


def write_manifest(folder: Path, manifest: AdapterManifest) -> None:
    """Write `aigc.json` into an adapter's folder."""
    text = json.dumps({"format": _FORMAT, **asdict(manifest)}, indent=1, ensure_ascii=False)
    aside = folder / f".{MANIFEST}.partial"
    aside.write_text(text + "\n", encoding="utf-8")
    aside.replace(folder / MANIFEST)


def base_name(ref: ModelRef) -> str:
    """Return how an adapter names its base: of a model that is known by its path, the last part of it."""
    return PurePath(ref.id).name if PurePath(ref.id).is_absolute() else ref.id


def base_digest(ref: ModelRef) -> str:
    """Return the SHA-256, in hex, that names a base model whatever its path.

    For a GGUF file it is the file's own hash. For a safetensors folder it is the hash of the hashes of `config.json`
    and of each weight file, by name. Files are read once: hashes are kept in the cache by path, size and time of the
    last change.

    Raises:
        AdapterError: a file cannot be read.
    """
    if ref.format == "fake":
        return hashlib.sha256(b"fake").hexdigest()
    try:
        if ref.path.is_file():
            return _file_digest(ref.path)
        parts = [ref.path / "config.json", *sorted(ref.path.glob("*.safetensors"))]
        lines = "".join(f"{_file_digest(one)} {one.name}\n" for one in parts)
    except OSError as error:
        raise AdapterError(f"The base model at {ref.path} cannot be read: {error.strerror or error}.") from error
    return hashlib.sha256(lines.encode()).hexdigest()


def adapter_digest(folder: Path) -> str:
    """Return the SHA-256, in hex, of an adapter's weights and configuration: what names files made from it.

    Raises:
        AdapterError: a file cannot be read.
    """
    try:
        lines = "".join(f"{_file_digest(folder / name)} {name}\n" for name in (WEIGHTS, CONFIG, MANIFEST))
    except OSError as error:
        raise AdapterError(f"The adapter at {folder} cannot be read: {error.strerror or error}.") from error
    return hashlib.sha256(lines.encode()).hexdigest()


def _file_digest(path: Path) -> str:
    """Return a file's SHA-256 from the cache, or read the file; a cache that cannot be used costs time only."""
    from aigc_models import paths
    from aigc_models.store.files import sha256_of, write_atomically

    path = path.resolve()
    status = path.stat()
    stamp = [str(path), status.st_size, status.st_mtime_ns]
    kept = paths.cache_dir() / "digests" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.json"
    try:
        found = json.loads(kept.read_text(encoding="utf-8"))
        if found["stamp"] == stamp:
            return str(found["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    digest = sha256_of(path)
    try:
        write_atomically(kept, json.dumps({"stamp": stamp, "sha256": digest}))
    except OSError:  # a full disk, or a cache of somebody else
        return digest
    return digest
