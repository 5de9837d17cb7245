"""The register of adapters: a folder for each in the user's data, and those that ship with this package.

An adapter is copied when it is added, so that nobody changes it under a running engine. It imports nothing heavy.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from aigc_models import paths
from aigc_models.adapters import CONFIG, MANIFEST, WEIGHTS, AdapterError, AdapterManifest, adapter_digest, read_manifest
from aigc_models.store.adapter_checks import check_adapter, check_name
from aigc_models.store.files import explained, need_space, sync_folder

_SHIPPED = Path(__file__).parents[1] / "shipped_adapters"
# What is copied beside the three files that every adapter has.
_ALSO = ("README.md", "LICENSE", "recipe.toml", "data.json")


@dataclass(frozen=True, slots=True)
class AdapterRef:
    """An adapter that is on this machine; `shipped` ones came with the package and cannot be removed."""

    name: str
    folder: Path
    manifest: AdapterManifest
    shipped: bool = False

    @property
    def digest(self) -> str:
        """Return the SHA-256 that names its contents. Raises AdapterError."""
        return adapter_digest(self.folder)

    @property
    def size(self) -> int:
        """Return the bytes of its weights, 0 where they are gone."""
        try:
            return (self.folder / WEIGHTS).stat().st_size
        except OSError:
            return 0


def adapters_dir() -> Path:
    """Return the folder below which the user's adapters are."""
    return paths.data_dir() / "adapters"


def shipped_adapters() -> tuple[AdapterRef, ...]:
    """Return the adapters that came with this package, by name."""
    return _below(_SHIPPED, shipped=True)


def registered() -> tuple[AdapterRef, ...]:
    """Return every adapter that is here, by name; one of the user's covers a shipped one of the same name.

    Folders whose manifest cannot be read are left out.
    """
    found = {one.name: one for one in (*shipped_adapters(), *_below(adapters_dir(), shipped=False))}
    return tuple(found[name] for name in sorted(found))


def find_adapter(name: str) -> AdapterRef:
    """Return the adapter of that name; only its manifest is read.

    Raises:
        AdapterError: there is none, or its manifest is damaged.
    """
    folder = adapter_folder(name)
    return AdapterRef(name, folder, read_manifest(folder), folder.parent == _SHIPPED)


def adapter_folder(name: str) -> Path:
    """Return the folder of the adapter of that name: the user's own, else the one that came with this package.

    Raises:
        AdapterError: there is none.
    """
    if name and Path(name).name == name and not name.startswith("."):
        for root in (adapters_dir(), _SHIPPED):
            if (root / name).is_dir():
                return root / name
    known = ", ".join(one.name for one in registered())
    hint = f"There are {known}." if known else "Run `aigc-lsp adapters add PATH` first."
    raise AdapterError(f"There is no adapter {name!r}. {hint}")


def adapter_at(folder: Path) -> AdapterRef:
    """Return the adapter in a folder that the user names; it is checked, not registered.

    Raises:
        AdapterError: it holds none, or one that is refused.
    """
    folder = folder.expanduser().resolve()
    return AdapterRef(str(folder), folder, check_adapter(folder))


def add_adapter(source: Path, name: str | None = None) -> AdapterRef:
    """Check the adapter in a folder and copy it into the user's data; one of the same name is replaced.

    The copy appears whole or not at all: a running engine reads the old one until then.

    Raises:
        AdapterError: it is refused, or has no name that can be used.
        StoreError: there is no room, or no access.
    """
    source = source.expanduser().resolve()
    manifest = check_adapter(source)
    name = check_name((manifest.name or source.name) if name is None else name)
    root = adapters_dir()
    names = [MANIFEST, CONFIG, WEIGHTS, *(one for one in _ALSO if _is_plain(source / one))]
    need_space(root, sum((source / one).stat().st_size for one in names))
    with explained(root):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)  # weights can repeat what they were trained on
        aside = Path(tempfile.mkdtemp(dir=root, prefix=".adding-"))
        try:
            for one in names:
                shutil.copyfile(source / one, aside / one)
                _flush(aside / one)
            check_adapter(aside)  # what was copied is what counts
            _replace(aside, root / name)
            sync_folder(root)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return find_adapter(name)


def remove_adapter(name: str) -> AdapterRef:
    """Delete an adapter of the user's and what was made of it; bindings to it end. Returns what it was.

    Raises:
        AdapterError: there is none, or it came with the package.
    """
    from aigc_models.store import bindings

    folder = adapter_folder(name)
    if folder.parent == _SHIPPED:
        raise AdapterError(f"{name} came with aigc-lsp and stays. `aigc-lsp adapters use none` switches it off.")
    try:
        gone = AdapterRef(name, folder, read_manifest(folder))
        digest = gone.digest
    except AdapterError:  # a damaged one can be removed, too
        gone, digest = AdapterRef(name, folder, AdapterManifest(name, "", "")), ""
    with explained(folder):
        bindings.forget(name)
        aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".removing-"))
        folder.replace(aside / name)
        shutil.rmtree(aside, ignore_errors=True)
    if digest:
        clear_cache(digest)
    return gone


def cache_stem(base_sha256: str, digest: str) -> str:
    """Return what files made of a base and an adapter are called: both hashes, each cut to 16 hex digits."""
    return f"{base_sha256[:16]}-{digest[:16]}"


def merged_dir() -> Path:
    """Return the folder of bases with an adapter merged into them."""
    return paths.cache_dir() / "adapters"


def clear_cache(digest: str) -> None:
    """Delete what was made of an adapter, by its digest. What is in use elsewhere, or gone, is left alone."""
    for root in (merged_dir(), paths.cache_dir() / "converted"):
        for path in root.glob(f"*-{digest[:16]}-*"):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _below(root: Path, *, shipped: bool) -> tuple[AdapterRef, ...]:
    found = []
    for folder in sorted(root.glob("*/")):
        if folder.name.startswith("."):
            continue
        try:
            found.append(AdapterRef(folder.name, folder, read_manifest(folder), shipped))
        except AdapterError:
            continue
    return tuple(found)


def _replace(aside: Path, final: Path) -> None:
    """Put a finished folder in the place of an older one; the older one is moved away first, then deleted."""
    if final.exists():
        old = Path(tempfile.mkdtemp(dir=final.parent, prefix=".replaced-"))
        final.replace(old / final.name)
        aside.replace(final)
        shutil.rmtree(old, ignore_errors=True)
    else:
        aside.replace(final)


def _is_plain(path: Path) -> bool:
    """Tell whether a file is one itself: a link may lead out of the folder."""
    return path.is_file() and not path.is_symlink()


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
