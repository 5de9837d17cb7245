"""What is staged in a Git repository, as a text for the tasks that read diffs. No program of the repository runs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_lsp.cli.surroundings import repository
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.document import Snapshot

LANGUAGE_ID = "diff"
# A repository's own settings may name programs for all of these.
_GIT = ("git", "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
_DIFF = ("diff", "--staged", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short")


def staged() -> tuple[Snapshot, Path, int]:
    """Return the diff of what is staged here, the repository's folder, and how many files are kept from models.

    Raises:
        AigcError: there is no repository, nothing is staged, or Git failed.
    """
    from aigc_plugins.document import Document

    root = repository(Path.cwd())
    if root is None:
        raise AigcError("There is no Git repository here. A diff is read with `-` from standard input.")
    names = [name for name in _git(root, [*_DIFF, "--name-only", "--no-renames", "-z"]).split("\0") if name]
    if not names:
        raise AigcError("Nothing is staged. Stage it with `git add`, or pipe a diff in: `git diff | … -`.")
    hidden = [name for name in names if _hidden(root, name)]
    if len(hidden) == len(names):
        raise AigcError("All that is staged is ignored or secret, so it is not given to a model.")
    kept_out = [f":(top,exclude,literal){name}" for name in hidden]
    text = _git(root, [*_DIFF, "--", ":(top)", *kept_out])
    return Document("git:staged.diff", LANGUAGE_ID, text, 1).snapshot(), root, len(hidden)


def _hidden(root: Path, name: str) -> bool:
    from aigc_plugins.index.ignore import Rules, is_secret_name

    return is_secret_name(Path(name).name) or not Rules(root).allows(name)


def _git(root: Path, arguments: Sequence[str]) -> str:
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            [*_GIT, *arguments], cwd=root, capture_output=True, check=False, env=environment, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise AigcError("There is no `git` here. A diff is read with `-` from standard input.") from None
    if done.returncode:
        raise AigcError(f"git failed: {done.stderr.decode('utf-8', 'replace').strip()[:300]}")
    return done.stdout.decode("utf-8", "replace")
