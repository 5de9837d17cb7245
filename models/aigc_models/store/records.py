"""The register of models: one small JSON file each in the user's data folder, the weights we fetched in the cache.

It fetches and checks nothing. A cache that was wiped leaves the records behind, so that we can say what is missing.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_models import paths
from aigc_models.store.files import explained, write_atomically
from aigc_models.store.types import InstalledModel, ModelRef, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_VERSION = 1


def weights_dir() -> Path:
    """Return the folder below which fetched weights are kept."""
    return paths.cache_dir() / "models"


def key_for(model_id: str, source: str) -> str:
    """Return the file name stem of a model: a readable part, and a digest of its source against collisions."""
    readable = re.sub(r"[^a-z0-9.]+", "-", Path(model_id).name.lower()).strip("-.")[:60] or "model"
    return f"{readable}-{hashlib.sha256(source.encode()).hexdigest()[:10]}"


def folder_for(key: str) -> Path:
    """Return the folder of a model's fetched weights."""
    return weights_dir() / key


def staging_for(key: str) -> Path:
    """Return where a model is put together before it appears in its folder: the same disk, so a rename suffices."""
    return weights_dir() / ".staging" / key


def _record(key: str) -> Path:
    return paths.data_dir() / "models" / f"{key}.json"


def write_record(key: str, model: InstalledModel) -> None:
    """Register a model; from here on it is found."""
    ref, folder = model.ref, folder_for(key)
    entry = {
        "version": _VERSION,
        "id": ref.id,
        "source": ref.source,
        "format": ref.format,
        "family": ref.family,
        # Relative for what lies in our cache, so that the whole of AIGC_LSP_HOME can be moved.
        "path": str(ref.path.relative_to(folder)) if ref.path.is_relative_to(folder) else str(ref.path),
        "size": model.size,
        "sha256": model.sha256,
        "owned": model.owned,
        "pulled": model.pulled,
    }
    path = _record(key)
    with explained(path.parent):
        write_atomically(path, json.dumps(entry, indent=2) + "\n")


def read_record(key: str) -> InstalledModel | None:
    """Return the model registered under `key`; None when there is none or its record does not parse."""
    try:
        entry = json.loads(_record(key).read_text("utf-8"))
        if entry["version"] != _VERSION:
            return None
        path = folder_for(key) / entry["path"]
        ref = ModelRef(entry["id"], path, entry["format"], entry["family"], entry["source"])
        return InstalledModel(ref, entry["size"], entry["sha256"], entry["owned"], entry["pulled"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def all_records() -> tuple[InstalledModel, ...]:
    """Return every registered model, by id."""
    found = (read_record(path.stem) for path in (paths.data_dir() / "models").glob("*.json"))
    return tuple(sorted((one for one in found if one), key=lambda one: one.ref.id))


def delete(key: str) -> None:
    """Forget a model, then delete its folder of fetched weights."""
    with explained(folder_for(key)):
        _record(key).unlink(missing_ok=True)
        for folder in (folder_for(key), staging_for(key)):
            if folder.exists():
                shutil.rmtree(folder)


@contextmanager
def locked(key: str, waiting: Callable[[], None], timeout: float = 3600.0) -> Iterator[None]:
    """Hold the lock of one model across processes; `waiting` is called once if somebody else holds it.

    Raises:
        StoreError: the lock was not free within `timeout` seconds, or its folder cannot be written.
    """
    from filelock import FileLock, Timeout

    locks = weights_dir() / ".locks"
    with explained(locks):
        locks.mkdir(parents=True, exist_ok=True)
        lock = FileLock(locks / f"{key}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            try:
                lock.acquire(timeout=timeout)
            except Timeout:
                raise StoreError(
                    f"Another process has been fetching this model for {timeout / 60:.0f} minutes. "
                    f"If none is running, delete {lock.lock_file} and try again."
                ) from None
    try:
        yield
    finally:
        lock.release()


def now() -> str:
    """Return the time for a record, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
