"""A package of the Python package index, a wheel or an sdist, unpacked as data: nothing in it is built or run.

pip finds and downloads it, with the user's own index settings. An sdist it would build to learn its metadata, so pip
is only let see wheels (`--only-binary`); where there is none, the sdist's address is read from what pip says it passed
over, and fetched here.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from aigc_finetune.collect.licences import from_metadata
from aigc_finetune.collect.sources.base import Origin, SourceError
from aigc_finetune.collect.sources.folder import FolderSource
from aigc_finetune.collect.sources.unpack import LARGEST, unpack
from aigc_models.paths import cache_dir

_SPEC = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==(?P<version>[A-Za-z0-9.!+_-]+)")
_PASSED_OVER = re.compile(
    r"No sources permitted for \S+: (?P<url>(?:https|file)://[^\s#]+?\.(?:tar\.gz|zip))(?=[\s#]|$)"
)
_SECONDS = 600


class PackageSource(FolderSource):
    """The files of one version of a package, from the user's cache or fetched now."""

    def __init__(self, spec: str) -> None:
        match = _SPEC.fullmatch(spec.strip())
        if match is None:
            raise SourceError(
                f"`pypi:{spec}` names no version: write `pypi:NAME==VERSION`, so that a run can be repeated."
            )
        self.name, self.version = re.sub(r"[-_.]+", "-", match["name"]).lower(), match["version"]
        folder = cache_dir() / "finetune" / "packages" / f"{self.name}-{self.version}"
        if not folder.is_dir():
            _fetch(self.name, self.version, folder)
        super().__init__(folder / "files", f"pypi:{self.name}=={self.version}")
        self._identity = (folder / "sha256").read_text(encoding="ascii").strip()

    @property
    def origin(self) -> Origin:
        """Where it is from, with the licence that its metadata give."""
        return self._package_origin

    @cached_property
    def _package_origin(self) -> Origin:
        places = [*self.root.glob("*.dist-info/METADATA"), self.root / "PKG-INFO"]
        licence = next((from_metadata(place) for place in places if place.is_file()), "")
        return Origin("pypi", self._identity, self.name, self.version, licence)

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file that was unpacked."""
        return self._identity


def _fetch(name: str, version: str, folder: Path) -> None:
    """Download and unpack into `folder`, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".fetch-") as place:
        file = _download(name, version, Path(place))
        made = Path(place) / "made"
        unpack(file, made / "files")
        with file.open("rb") as stream:
            (made / "sha256").write_text(hashlib.file_digest(stream, "sha256").hexdigest() + "\n", encoding="ascii")
        try:
            made.replace(folder)
        except OSError:
            if not folder.is_dir():  # else another run was first, with the same content
                raise


def _download(name: str, version: str, place: Path) -> Path:
    """Return the downloaded wheel or sdist."""
    wanted = place / "download"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "-vv", "--no-deps", "--only-binary", ":all:", "--no-input"),
            *("--disable-pip-version-check", "--dest", str(wanted), f"{name}=={version}"),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=_SECONDS,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PIP_NO_COLOR": "1"},
    )
    wheels = sorted(wanted.glob("*.whl")) if wanted.is_dir() else []
    if done.returncode == 0 and wheels:
        return wheels[0]
    for match in _PASSED_OVER.finditer(done.stdout):
        file = unquote(urlsplit(match["url"]).path.rpartition("/")[2])
        if _is_sdist(file, name, version):
            return _get(match["url"], place / file)
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")][-1:]
    raise SourceError(
        f"{name}=={version} cannot be fetched: {''.join(said) or 'pip found neither a wheel nor an sdist'}. "
        "Check the name, the version and your pip settings (`python -m pip config list`), "
        "or unpack the package yourself and give the folder."
    )


def _is_sdist(file: str, name: str, version: str) -> bool:
    stem = file.removesuffix(".tar.gz").removesuffix(".zip")
    project, _, rest = stem.rpartition("-")
    return re.sub(r"[-_.]+", "-", project).lower() == name and rest == version


def _get(url: str, file: Path) -> Path:
    """Fetch an address of `https` or `file`, with the certificates that pip was told to use."""
    certificates = os.environ.get("PIP_CERT") or os.environ.get("SSL_CERT_FILE")
    context = ssl.create_default_context(cafile=certificates) if url.startswith("https:") else None
    try:
        with urlopen(url, timeout=60, context=context) as stream, file.open("wb") as out:  # noqa: S310 - see _PASSED_OVER
            if int(stream.headers.get("Content-Length") or 0) > LARGEST:
                raise SourceError(f"{file.name} is larger than {LARGEST >> 20} MiB.")
            shutil.copyfileobj(stream, out)
    except OSError as error:
        raise SourceError(f"{file.name} cannot be fetched: {error}. Fetch it yourself and give the folder.") from error
    return file
