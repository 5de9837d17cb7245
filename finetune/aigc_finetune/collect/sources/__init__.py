"""Where files come from: a text of the recipe becomes a source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aigc_finetune.collect.sources.base import Source, SourceError
from aigc_finetune.collect.sources.folder import FileSource, FolderSource
from aigc_finetune.collect.sources.package import PackageSource
from aigc_finetune.collect.sources.revision import RevisionSource
from aigc_finetune.collect.sources.stdlib import StandardLibrary


def open_sources(specs: Iterable[str], *, without: Path | None = None) -> list[Source]:
    """Return a source for each text, with labels that differ; none has the files below `without`.

    Raises:
        SourceError: one cannot be used, or there is none.
    """
    found: list[Source] = []
    for spec in dict.fromkeys(specs):
        source = open_source(spec, without=without)
        taken = {one.label for one in found}
        label, number = source.label, 2
        while source.label in taken:
            source.label, number = f"{label}#{number}", number + 1
        found.append(source)
    if not found:
        raise SourceError("There is nothing to collect: name a folder, or set `collect.sources` in the recipe.")
    return found


def open_source(spec: str, *, without: Path | None = None) -> Source:
    """Return the source that a text of the recipe stands for."""
    kind, _, rest = spec.partition(":")
    if spec == "stdlib":
        return StandardLibrary()
    if kind == "pypi":
        return PackageSource(rest)
    if kind == "git":
        place, _, revision = rest.rpartition("@") if "@" in rest else (rest, "", "HEAD")
        folder = Path(place).expanduser()
        return RevisionSource(folder, revision or "HEAD", f"git:{folder.resolve().name}@{revision or 'HEAD'}")
    path = Path(spec).expanduser()
    if path.is_file():
        return FileSource(path, path.name)
    if not path.is_dir():
        raise SourceError(
            f"The source {spec!r} is no folder or file here. A source is a folder, a file, `git:PATH@REVISION`, "
            "`pypi:NAME==VERSION` or `stdlib`."
        )
    return FolderSource(path, path.resolve().name or "root", without=without)
