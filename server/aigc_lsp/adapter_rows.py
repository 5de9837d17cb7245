"""Facts about adapters in the shape that `aigc-lsp adapters` prints them and editors list them. It prints nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_models.adapters import base_digest
from aigc_models.store.adapters import registered
from aigc_models.store.files import human_size
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_models.store.adapters import AdapterRef
    from aigc_models.store.bindings import Bindings


def all_adapters(model: str | None, bindings: Bindings) -> list[dict[str, Any]]:
    """Return every adapter that is here; `fits` tells whether it was trained on `model` (None: cannot be told)."""
    digest = digest_of(model)
    return [row(one, digest, bindings) for one in registered()]


def digest_of(model: str | None) -> str | None:
    """Return the hash of a model by its name (None: the default one); None where it is not on this machine."""
    from aigc_models import store

    try:
        return base_digest(store.locate((model or "default").partition("?")[0]))
    except AigcError:
        return None


def row(one: AdapterRef, base: str | None, bindings: Bindings) -> dict[str, Any]:
    """Return the facts of one adapter; `base` is the hash of the model in use."""
    manifest = one.manifest
    places = sorted(path for path, name in bindings.workspaces.items() if name == one.name)
    return {
        "name": one.name,
        "base": manifest.base,
        "base_sha256": manifest.base_sha256,
        "fits": None if base is None else manifest.base_sha256 == base,
        "fill_in_the_middle": manifest.fim is not None,
        "added_tokens": list(manifest.added_tokens),
        "size": one.size,
        "licence": manifest.licence or None,
        "created": manifest.created or None,
        "shipped": one.shipped,
        "everywhere": bindings.everywhere == one.name,
        "workspaces": places,
        "figures": manifest.figures,
        "path": str(one.folder),
    }


def cells(facts: dict[str, Any]) -> list[str]:
    """Return an adapter as the cells of `adapters list`."""
    used = ["everywhere"] if facts["everywhere"] else []
    used += [f"{len(facts['workspaces'])} workspaces" if len(facts["workspaces"]) > 1 else one for one in
             facts["workspaces"][:1]]  # fmt: skip
    fits = {True: "yes", False: "no", None: "?"}[facts["fits"]]
    fim = "yes" if facts["fill_in_the_middle"] else ""
    origin = "aigc-lsp" if facts["shipped"] else "you"
    return [facts["name"], facts["base"], fits, fim, human_size(facts["size"]), origin, ", ".join(used)]


def entry(facts: dict[str, Any], active: bool) -> dict[str, Any]:
    """Return an adapter as `aigc.getModels` lists it."""
    notes = [
        f"for {facts['base']}",
        "not for the model in use" if facts["fits"] is False else "",
        human_size(facts["size"]),
        "fill-in-the-middle" if facts["fill_in_the_middle"] else "",
    ]
    return {
        "name": facts["name"],
        "title": facts["name"],
        "summary": ", ".join(note for note in notes if note),
        "kind": "adapter",
        "installed": True,
        "active": active,
    }
