"""Unpacks a wheel or an sdist that nobody vouched for: regular files below one folder, no links, within limits."""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from aigc_finetune.collect.sources.base import SourceError

LARGEST = 1 << 29  # bytes of all files together
_MOST = 100_000  # files
_DEEPEST = 40  # folders in each other
_LONGEST = 240  # bytes of a name
Member = tuple[str, int, IO[bytes]]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack `archive` into `folder`, which is made. A single folder at the top of an sdist is left out of the paths.

    Raises:
        SourceError: it is damaged, has a path that leads out of the folder, or is too large.
    """
    folder.mkdir(parents=True)
    total = 0
    try:
        for number, (name, size, stream) in enumerate(_members(archive)):
            total += size
            if total > LARGEST or number >= _MOST:
                raise SourceError(f"{archive.name} unpacks to more than {LARGEST >> 20} MiB or {_MOST} files.")
            place = folder.joinpath(*_parts(name, archive.name))
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as out:
                _copy(stream, out, size, archive.name)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise SourceError(f"{archive.name} cannot be unpacked: {error}") from error
    if archive.suffix != ".whl":
        _lift(folder)


def _members(archive: Path) -> Iterator[Member]:
    if archive.name.endswith(".tar.gz"):
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                if member.isreg() and (stream := tar.extractfile(member)) is not None:
                    with stream:
                        yield member.name, member.size, stream
        return
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            mode = info.external_attr >> 16
            if not info.is_dir() and (stat.S_IFMT(mode) in (0, stat.S_IFREG)):
                with packed.open(info) as stream:
                    yield info.filename, info.file_size, stream


def _parts(name: str, archive: str) -> list[str]:
    """Return the parts of a member's path. Raises SourceError where they could lead out of the folder."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    bad = (
        not parts
        or name.startswith("/")
        or len(parts) > _DEEPEST
        or any(part == ".." or "\\" in part or ":" in part or not part.isprintable() for part in parts)
        or any(len(part.encode("utf-8", "surrogateescape")) > _LONGEST for part in parts)
    )
    if bad:
        raise SourceError(f"{archive} holds a path that leads elsewhere; it is not unpacked. Report it to its authors.")
    return parts


def _copy(stream: IO[bytes], out: IO[bytes], size: int, archive: str) -> None:
    """Copy at most `size` bytes: what a header says is not trusted."""
    left = size
    while data := stream.read(min(1 << 20, left + 1)):
        left -= len(data)
        if left < 0:
            raise SourceError(f"{archive} holds a file that is longer than it says.")
        out.write(data)


def _lift(folder: Path) -> None:
    """Move what lies in the only folder at the top one level up."""
    inside = list(folder.iterdir())
    if len(inside) != 1 or not inside[0].is_dir():
        return
    aside = folder.with_name(folder.name + ".top")
    inside[0].replace(aside)
    shutil.rmtree(folder)
    aside.replace(folder)
