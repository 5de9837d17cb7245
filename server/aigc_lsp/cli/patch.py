"""A change as a unified diff that `git apply` and `patch -p1` take, and in colours for a terminal."""

from __future__ import annotations

import os
import re
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.action import NewFile, RenamedFile
from aigc_plugins.api import applied

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.text import Text

    from aigc_plugins.action import Change, FileChange

_STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_HEADS = ("+++ ", "--- ", "diff ", "rename ", "similarity ")
_ODD = re.compile(r'[\x00-\x1f"\\\x7f]')
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def base_of(change: Change, path: Path, root: Path) -> Path:
    """Return the folder that the paths of a diff are relative to, and in which it is to be applied.

    It is the working directory. Renames are relative to the repository's folder in Git's eyes, wherever it runs.
    """
    here = Path.cwd()
    paths = [path, *(one.path for one in change.files)]
    renames = any(isinstance(one, RenamedFile) for one in change.files)
    return here if not renames and all(one.is_relative_to(here) for one in paths) else root


def diff(change: Change, path: Path, text: str, base: Path) -> str:
    """Return the diff of a whole change of the file `path`, whose text is `text`."""
    found = _one(path, path, text, applied(text, change.edits), base)
    return found + "".join(_of_file(one, base) for one in change.files)


def coloured(text: str) -> Text:
    """Return a diff for a terminal, without its last line end; control characters are shown in place of obeyed."""
    from rich.text import Text

    from aigc_lsp.cli.output import visible

    shown = Text()
    for line in visible(text).removesuffix("\n").split("\n"):
        shown.append(line + "\n", "bold" if line.startswith(_HEADS) else _STYLES.get(line[:1], ""))
    shown.right_crop(1)
    return shown


def _of_file(one: FileChange, base: Path) -> str:
    if isinstance(one, NewFile):
        return _one(None, one.path, "", one.text, base)
    if isinstance(one, RenamedFile):
        old, new = _relative(one.path, base), _relative(one.target, base)
        head = f"diff --git {_quoted(f'a/{old}')} {_quoted(f'b/{new}')}\nsimilarity index 100%\n"
        return f"{head}rename from {_quoted(old)}\nrename to {_quoted(new)}\n"
    return _one(one.path, one.path, one.before, applied(one.before, one.edits), base)


def _one(old: Path | None, new: Path, before: str, after: str, base: Path) -> str:
    names = (_name("a/", old, base) if old is not None else "/dev/null", _name("b/", new, base))
    return "".join(_complete(unified_diff(_lines(before), _lines(after), *names, lineterm="\n")))


def _complete(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> Sequence[str]:
    """Split at LF alone: what else Python takes for the end of a line is none to Git."""
    return re.findall(r"[^\n]*\n|[^\n]+\Z", text)


def _name(prefix: str, path: Path, base: Path) -> str:
    name = _quoted(prefix + _relative(path, base))
    return f"{name}\t" if " " in name else name  # as Git does: a name ends at the tab


def _relative(path: Path, base: Path) -> str:
    return Path(os.path.relpath(path, base)).as_posix()


def _quoted(name: str) -> str:
    if not _ODD.search(name):
        return name
    return '"' + _ODD.sub(lambda found: _ESCAPES.get(found[0], f"\\{ord(found[0]):03o}"), name) + '"'
