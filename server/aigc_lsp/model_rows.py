"""Facts about models in the shape that `aigc-lsp models` and `doctor` print them. It prints nothing itself."""

from __future__ import annotations

from typing import Any

from aigc_models import store
from aigc_models.catalog import CatalogModel, load_catalog
from aigc_models.detect import fim_template
from aigc_models.store.files import human_size, sha256_of
from aigc_models.store.types import InstalledModel, ModelMissingError, StoreError
from aigc_models.store.uris import parse


def all_models(*, only_installed: bool) -> list[dict[str, Any]]:
    """Return the installed models, then the recommended ones that are not."""
    here = {one.ref.id: one for one in store.installed()}
    known = {one.name: one for one in load_catalog().models}
    rows = [_row(known.get(name), one) for name, one in here.items()]
    if not only_installed:
        rows += [_row(one, None) for name, one in known.items() if name not in here]
    return rows


def describe(name: str, *, verify: bool = False) -> dict[str, Any]:
    """Return all that is known of a model; with `verify`, `intact` tells whether its files are whole and unchanged.

    Raises:
        ModelMissingError: it is neither registered nor recommended nor found under that path.
    """
    here = next((one for one in store.installed() if name in (one.ref.id, one.ref.source)), None)
    known = load_catalog().model(name)
    if here is None and known is not None:
        here = next((one for one in store.installed() if one.ref.id == known.name), None)
    if here is not None:
        known = known or load_catalog().model(here.ref.id)
    if here is None and known is None:
        here = _unregistered(name)
    facts = _row(known, here)
    if here is not None and here.ref.format != "fake" and facts["fill_in_the_middle"] is None:
        facts["fill_in_the_middle"] = fim_template(here.ref) is not None
    facts["path"] = str(here.ref.path) if here else None
    facts["sha256"] = (here.sha256 if here else None) or (known.sha256 if known else None)
    facts["pulled"] = here.pulled if here else None
    if verify:
        facts["intact"] = _intact(here)
    return facts


def _unregistered(name: str) -> InstalledModel:
    found = store.find(name)
    if found is None:
        source = parse(name)
        raise ModelMissingError(
            f"Nothing is known of {name} before it is fetched. `aigc-lsp models pull {source.uri}` fetches it."
        )
    kind = store.check_model(found.path) if found.format != "fake" else "fake"
    return InstalledModel(store.ModelRef(found.id, found.path, kind, found.family, found.source), 0, None, False, "")


def _row(known: CatalogModel | None, here: InstalledModel | None) -> dict[str, Any]:
    ref = here.ref if here else None
    family_name = (ref.family if ref else None) or (known.family if known else None)
    family = load_catalog().family(family_name) if family_name else None
    return {
        "name": ref.id if ref else known.name if known else "",
        "title": known.title if known else None,
        "installed": here is not None,
        "default": bool(known and known.default),
        "family": family_name,
        "format": ref.format if ref else known.format if known else None,
        "quantization": known.quantization if known else None,
        "parameters": known.parameters if known else None,
        "size": here.size if here else known.size if known else None,
        "memory": known.memory if known else None,
        "context_length": family.context_length if family else None,
        "fill_in_the_middle": family.fim is not None if family else None,
        "chat": family.chat if family else None,
        "roles": list(known.roles) if known else [],
        "licence": known.licence if known else None,
        "source": ref.source if ref else known.source if known else None,
    }


def _intact(here: InstalledModel | None) -> bool | None:
    if here is None:
        return None
    try:
        store.check_model(here.ref.path)
    except StoreError:
        return False
    return here.sha256 is None or sha256_of(here.ref.path) == here.sha256


def cells(row: dict[str, Any]) -> list[str]:
    """Return a model as the cells of `models list`."""
    return [
        row["name"] + (" (default)" if row["default"] else ""),
        "yes" if row["installed"] else "",
        human_count(row["parameters"]) if row["parameters"] else "",
        row["quantization"] or row["format"] or "",
        human_size(row["size"]) if row["size"] else "",
        human_size(row["memory"]) if row["memory"] else "",
        {True: "yes", False: "no", None: "?"}[row["fill_in_the_middle"]],
        (row["licence"] or "?").removeprefix("LicenseRef-"),
    ]


def readable(key: str, value: Any) -> str:
    """Return one fact as text for a person."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key in ("size", "memory"):
        return human_size(value)
    if key == "parameters":
        return human_count(value)
    return ", ".join(value) if isinstance(value, list) else str(value)


def human_count(count: int) -> str:
    """Return a number of parameters as people say it: `135M`, `7.6B`."""
    return f"{count / 1e9:.3g}B" if count >= 1e9 else f"{count / 1e6:.3g}M"
