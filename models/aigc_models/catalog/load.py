"""Reading and checking the catalog files. Every rule that an entry must keep is in this file."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_models.catalog.types import Catalog, CatalogError, CatalogModel, Family
from aigc_models.fim import FimTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

_HERE = Path(__file__).parent
_FAMILY_KEYS = {
    "title", "match", "architectures", "fim", "chat", "context_length", "licence", "stop", "sizes",
}  # fmt: skip
_FIM_KEYS = {"prefix", "suffix", "middle", "order", "stop", "file_separator", "repo_name", "pad", "texts"}
_MODEL_KEYS = {
    "title", "family", "source", "format", "quantization", "parameters", "size", "download", "memory", "licence",
    "roles", "sha256", "default",
}  # fmt: skip
_FORMATS = {"gguf", "safetensors"}
_ROLES = {"completion", "chat"}
CHAT_KINDS = frozenset({"chatml", "deepseek", "deepseek-v2", "llama2", "gemma", "mistral", "granite", "granite-code"})
# SPDX identifiers in use, and the LicenseRef- form that SPDX 2.3 (annex D) gives to all others.
_LICENCE = re.compile(r"^(?:Apache-2\.0|MIT|BSD-3-Clause|LicenseRef-[A-Za-z0-9.-]+)$")


@functools.cache
def load_catalog() -> Catalog:
    """Return the catalog that ships with this package; it is read once."""
    files = [tomllib.loads((_HERE / name).read_text("utf-8")) for name in ("families.toml", "models.toml")]
    return parse_catalog(*files)


def parse_catalog(families: Mapping[str, Any], models: Mapping[str, Any]) -> Catalog:
    """Return the catalog of two parsed TOML files.

    Raises:
        CatalogError: an entry has an unknown key, a missing one, or a value outside its rules.
    """
    quantization = {name: float(size) for name, size in families["bytes_per_parameter"].items()}
    kinds = tuple(_family(name, entry, quantization) for name, entry in families["family"].items())
    known = {one.name for one in kinds}
    concrete = tuple(_model(name, entry, known, quantization) for name, entry in models["model"].items())
    _check(sum(one.default for one in concrete) == 1, "models.toml", "exactly one model is the default")
    return Catalog(kinds, concrete, quantization)


def _family(name: str, entry: Mapping[str, Any], quantization: Mapping[str, float]) -> Family:
    _keys(name, entry, _FAMILY_KEYS, {"title", "match", "context_length", "licence"})
    for pattern in entry["match"]:
        _check(pattern == pattern.lower() and bool(re.compile(pattern)), name, f"match is lower case: {pattern!r}")
    _licence(name, entry["licence"])
    chat = entry.get("chat")
    _check(chat is None or chat in CHAT_KINDS, name, f"unknown chat template kind {chat!r}")
    _check(entry["context_length"] >= 1024, name, "context_length counts tokens")
    memory = {
        size: {kind: round(count * factor) for kind, factor in quantization.items()}
        for size, count in entry.get("sizes", {}).items()
    }
    return Family(
        name=name,
        title=entry["title"],
        match=tuple(entry["match"]),
        architectures=tuple(entry.get("architectures", ())),
        fim=_fim(name, entry["fim"]) if "fim" in entry else None,
        chat=chat,
        context_length=entry["context_length"],
        licence=entry["licence"],
        stop=_unique(name, entry.get("stop", ())),
        memory=memory,
    )


def _fim(name: str, entry: Mapping[str, Any]) -> FimTemplate:
    _keys(f"{name}.fim", entry, _FIM_KEYS, {"prefix", "suffix", "order"})
    order, middle = entry["order"], entry.get("middle", "")
    _check(order in ("psm", "spm"), name, f"order is psm or spm, not {order!r}")
    _check(bool(middle) or order == "spm", name, "only SPM order can do without a middle token")
    named = [entry.get(key, "") for key in ("prefix", "suffix", "middle", "file_separator", "repo_name", "pad")]
    _unique(name, [token for token in named if token] + list(entry.get("stop", ())))
    texts = tuple(sorted(entry.get("texts", {}).items()))
    _check({token for token, _ in texts} <= set(named), name, "texts spells tokens of the template only")
    return FimTemplate(
        prefix=entry["prefix"],
        suffix=entry["suffix"],
        middle=middle,
        order=order,
        stop=tuple(entry.get("stop", ())),
        file_separator=entry.get("file_separator", ""),
        repo_name=entry.get("repo_name", ""),
        pad=entry.get("pad", ""),
        texts=texts,
    )


def _model(name: str, entry: Mapping[str, Any], families: set[str], quantization: Mapping[str, float]) -> CatalogModel:
    _keys(name, entry, _MODEL_KEYS, _MODEL_KEYS - {"sha256", "default", "memory", "size", "download"})
    _check(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name) is not None, name, "a model's name is lower case, no spaces")
    _check(entry["family"] in families, name, f"unknown family {entry['family']!r}")
    _check(entry["format"] in _FORMATS, name, f"format is one of {sorted(_FORMATS)}")
    _check(entry["quantization"] in quantization, name, f"unknown quantization {entry['quantization']!r}")
    _check(set(entry["roles"]) <= _ROLES and bool(entry["roles"]), name, f"roles are some of {sorted(_ROLES)}")
    _licence(name, entry["licence"])
    sha256 = entry.get("sha256")
    _check(sha256 is None or re.fullmatch(r"[0-9a-f]{64}", sha256) is not None, name, "sha256 is 64 hex digits")
    checks_itself = entry["source"].startswith("hf:")
    _check(checks_itself or sha256 is not None, name, "a source other than hf: needs its sha256")
    for key in ("parameters", "size", "download", "memory"):
        count = entry.get(key, 1)
        _check(isinstance(count, int) and count > 0, name, f"{key} is a positive whole number")
    weights = round(entry["parameters"] * quantization[entry["quantization"]])
    size = entry.get("size", weights)
    return CatalogModel(
        name=name,
        title=entry["title"],
        family=entry["family"],
        source=entry["source"],
        format=entry["format"],
        quantization=entry["quantization"],
        parameters=entry["parameters"],
        size=size,
        download=entry.get("download", size),
        memory=entry.get("memory", weights),
        licence=entry["licence"],
        roles=tuple(entry["roles"]),
        sha256=sha256,
        default=entry.get("default", False),
    )


def _keys(where: str, entry: Mapping[str, Any], known: set[str], required: set[str]) -> None:
    _check(entry.keys() <= known, where, f"unknown keys {sorted(entry.keys() - known)}")
    _check(entry.keys() >= required, where, f"missing keys {sorted(required - entry.keys())}")


def _licence(where: str, text: str) -> None:
    _check(_LICENCE.match(text) is not None, where, f"licence is an SPDX identifier or LicenseRef-, not {text!r}")


def _unique(where: str, tokens: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    _check(len(set(tokens)) == len(tokens), where, f"a token is named twice in {list(tokens)}")
    _check(all(token.strip() for token in tokens), where, "tokens are not empty")
    return tuple(tokens)


def _check(holds: bool, where: str, rule: str) -> None:
    if not holds:
        raise CatalogError(f"catalog entry {where}: {rule}")
