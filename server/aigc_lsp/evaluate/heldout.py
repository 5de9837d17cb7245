"""Which files of a repository are held out: a list of paths, or the held-out part of a fine-tuning run's corpus."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from aigc_models.types import AigcError


class HeldOutError(AigcError):
    """A list of held-out files that cannot be used; the text names the file and the line."""


def read_list(listing: Path, root: Path) -> tuple[str, ...]:
    """Return the paths in `listing`, relative to `root` and with `/`, each once, in the list's order.

    A list has one path a line, relative to `root` or absolute; blank lines and lines that begin with `#` say nothing.
    A name that ends in `.jsonl` is read as a corpus of `aigc-lsp finetune`: each line is an object with a `path`.

    Raises:
        HeldOutError: it cannot be read, names nothing, or names a path outside `root`.
    """
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HeldOutError(f"{listing} cannot be read as a list of files: {error}.") from error
    found: dict[str, None] = {}
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or (text.startswith("#") and listing.suffix != ".jsonl"):
            continue
        named = _of_record(text, f"{listing}:{number}") if listing.suffix == ".jsonl" else text
        found[_relative(named, root, f"{listing}:{number}")] = None
    if not found:
        raise HeldOutError(f"{listing} names no file. It takes one path a line, relative to {root}.")
    return tuple(found)


def _of_record(text: str, where: str) -> str:
    try:
        path = json.loads(text)["path"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise HeldOutError(f"{where}: a JSON object with a `path` is expected.") from None
    if not isinstance(path, str):
        raise HeldOutError(f"{where}: `path` is a text.")
    return path


def _relative(named: str, root: Path, where: str) -> str:
    path = PurePosixPath(Path(named).as_posix())
    if path.is_absolute():
        try:
            path = PurePosixPath(Path(named).resolve().relative_to(root.resolve()).as_posix())
        except ValueError:
            raise HeldOutError(f"{where}: {named} is not in {root}.") from None
    if ".." in path.parts or path == PurePosixPath("."):
        raise HeldOutError(f"{where}: {named} is not a file in {root}.")
    return str(path)
