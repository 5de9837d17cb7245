"""Which files of the workspace hold some words: those that a refactoring has to look at. Ignored ones are left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.api import WithheldError
from aigc_plugins.index.ignore import Rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aigc_plugins.api import Job

_MOST_FILES = 5_000  # files that are read to look for a word
_MOST_BYTES = 60_000_000
_MOST_FOUND = 200  # files that a refactoring looks at in full


def files_with(job: Job, words: Sequence[str], extensions: Sequence[str], own: Path | None) -> dict[Path, str]:
    """Return the texts of the files that hold all the words as whole words, by path; `own` is left out.

    Raises:
        WithheldError: the workspace is too large to be looked through, or too many files have the words.
    """
    patterns = [re.compile(rf"(?<!\w){re.escape(word)}(?!\w)") for word in words]
    found: dict[Path, str] = {}
    for path in _files(job, extensions):
        if own is not None and path == own:
            continue
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if all(pattern.search(text) for pattern in patterns):
            found[path] = text
            if len(found) > _MOST_FOUND:
                raise WithheldError(f"More than {_MOST_FOUND} files have the word `{words[0]}`.")
    return found


def _files(job: Job, extensions: Sequence[str]) -> Iterator[Path]:
    count = size = 0
    for root in job.roots:
        rules = Rules(root)
        try:
            for name, status in rules.files():
                if name.endswith(tuple(extensions)):
                    count, size = count + 1, size + status.st_size
                    if count > _MOST_FILES or size > _MOST_BYTES:
                        raise WithheldError("The workspace is too large to look through all of its files for a name.")
                    if count % 100 == 0:
                        job.check()
                    yield rules.root / name
        except FileNotFoundError:
            continue


def root_of(job: Job, path: Path | None) -> Path | None:
    """Return the folder of the workspace that a file is in."""
    if path is None:
        return None
    inside = [root.resolve() for root in job.roots if path.resolve().is_relative_to(root.resolve())]
    return max(inside, key=lambda root: len(root.parts), default=None)


def packages(root: Path, paths: Sequence[str]) -> list[str]:
    """Return the `__init__.py` of the folders that some files are in: they make modules of them."""
    folders = {parent for path in paths for parent in (root / path).parents if parent.is_relative_to(root)}
    found = [folder / "__init__.py" for folder in folders if (folder / "__init__.py").is_file()]
    return sorted(one.relative_to(root).as_posix() for one in found)
