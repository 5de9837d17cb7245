"""Which lines of a file changed since a revision of its repository. Git gives the old text, and runs no program of the
repository: neither hooks nor filters nor drivers for diffs, which `git diff` of a working tree would."""

from __future__ import annotations

import os
import re
import subprocess
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli.surroundings import repository
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LINE_END = re.compile(r"\r\n|\r|\n")
_GIT = ("git", "--no-pager", "-c", "core.fsmonitor=false")


class Since:
    """A revision, looked up in each repository that is asked about."""

    def __init__(self, revision: str) -> None:
        self._revision = revision
        self._commits: dict[Path, str] = {}

    def changed(self, path: Path, text: str) -> frozenset[int]:
        """Return the numbers of lines, from 1, that changed; where lines went, those beside the gap.

        All lines of a file that was not there have changed.

        Raises:
            typer.BadParameter: there is no such revision.
            AigcError: the file lies in no repository, or Git failed.
        """
        root = repository(path.parent)
        if root is None:
            raise AigcError(f"{path} is in no Git repository. Leave --since out.")
        real = path.parent.resolve() / path.name
        name = real.relative_to(root.resolve()).as_posix()
        old = _git(root, ["cat-file", "blob", f"{self._commit(root)}:{name}"])
        return changed_lines("" if old is None else old, text)

    def _commit(self, root: Path) -> str:
        known = self._commits.get(root)
        if known is None:
            found = _git(root, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{self._revision}^{{commit}}"])
            if found is None:
                raise typer.BadParameter(f"there is no revision {self._revision!r} in {root}")
            known = self._commits[root] = found.strip()
        return known


def changed_lines(before: str, after: str) -> frozenset[int]:
    """Return the numbers of the lines of `after`, from 1, that differ from `before`, and those beside deleted lines."""
    old, new = _LINE_END.split(before), _LINE_END.split(after)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    old, middle = old[head : len(old) - tail], new[head : len(new) - tail]
    found: set[int] = set()
    for kind, _, _, start, end in SequenceMatcher(None, old, middle, autojunk=False).get_opcodes():
        if kind == "delete":
            found |= {head + start, head + start + 1}
        elif kind != "equal":
            found |= set(range(head + start + 1, head + end + 1))
    return frozenset(line for line in found if 1 <= line <= len(new))


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many first lines two texts share."""
    for count, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return count
    return min(len(one), len(other))


def _git(root: Path, arguments: Sequence[str]) -> str | None:
    """Return what Git prints, None where it finds nothing of that name."""
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [*_GIT, *arguments], cwd=root, capture_output=True, check=False, env=environment, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise AigcError("There is no `git` here. Leave --since out, or install it.") from None
    error = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode and ("dubious ownership" in error or "not a git repository" in error):
        raise AigcError(f"git failed: {error[:300]}")
    return None if done.returncode else done.stdout.decode("utf-8", "replace")
