"""Lays a fine-tuning run's corpus out as a tree of files, so that it is evaluated over as a repository.

The tree holds what training was allowed to see: cleaned texts, secrets redacted, whatever kind of source they are from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from aigc_lsp.evaluate.heldout import HeldOutError

if TYPE_CHECKING:
    from aigc_finetune.types import CorpusFile

_NOT_IN_NAMES = re.compile(r"[^\w.+-]+")


def write_tree(corpus: Path, root: Path) -> tuple[str, ...]:
    """Write the files of a corpus folder below `root`; return the paths, relative to it, of those that are held out.

    Files of several sources lie in a folder for each, named after it.

    Raises:
        HeldOutError: the corpus is not there, holds nothing out, or has a path that leaves the tree.
    """
    from aigc_finetune.types import read_corpus

    if not (corpus / "train.jsonl").is_file():
        raise HeldOutError(f"{corpus} holds no corpus: run `aigc-lsp finetune` first.")
    folders = _folders(list(dict.fromkeys(file.source for file in _files(corpus))))
    held_out: dict[str, None] = {}
    for split in ("train", "eval"):
        for file in read_corpus(corpus, split):
            path = PurePosixPath(folders[file.source], file.path)
            if path.is_absolute() or ".." in path.parts or "\0" in file.path:
                raise HeldOutError(f"{corpus}: {file.path!r} is no path below its source.")
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.text.encode("utf-8", "replace"))
            if split == "eval":
                held_out[str(path)] = None
    if not held_out:
        raise HeldOutError(
            f"{corpus} holds no file out, so there is nothing to compare on. Set collect.split to `file` or `time`, or "
            "collect more files."
        )
    return tuple(held_out)


def _files(corpus: Path) -> Iterator[CorpusFile]:
    from aigc_finetune.types import read_corpus

    yield from read_corpus(corpus, "train")
    yield from read_corpus(corpus, "eval")


def _folders(sources: Sequence[str]) -> dict[str, str]:
    """Return a folder's name for each source; none is needed where there is one source."""
    if len(sources) <= 1:
        return dict.fromkeys(sources, "")
    found: dict[str, str] = {}
    for number, source in enumerate(sources):
        name = _NOT_IN_NAMES.sub("-", source.rstrip("/").rpartition("/")[2]).strip("-.") or "source"
        found[source] = name if name not in found.values() else f"{name}-{number}"
    return found
