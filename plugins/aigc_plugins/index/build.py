"""Brings a database in step with a workspace folder: which files are new, changed or gone, in transactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.index.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Report:
    """What a build did, and what is in the index now; `truncated` where the workspace has more than `max_files`."""

    files: int
    chunks: int
    symbols: int
    lines: int
    changed: int
    removed: int
    seconds: float
    truncated: bool = False
    cancelled: bool = False


class Indexer:
    """Writes the index of one workspace folder. Several processes may do so: they take turns.

    `folder` is where the database lies, the user's cache where it is None. `workers` are processes that read and parse
    beside this one when there is much to do; 0 does all of it here.
    """

    def __init__(self, root: Path, *, folder: Path | None = None, limits: Limits = DEFAULT, workers: int = 1) -> None:
        raise NotImplementedError

    def build(
        self,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Report:
        """Bring the whole index up to date; `progress(done, all)` counts files.

        Only what changed is read: size and time are compared first, then the content's hash. A build that is cancelled
        or killed keeps what it has done, and the next one goes on from there.

        Raises:
            IndexUnavailableError: the database cannot be written.
            FileNotFoundError: the workspace folder is gone.
        """
        raise NotImplementedError

    def update(self, paths: Iterable[str]) -> int:
        """Bring single files up to date, given relative to the root with `/`; return how many changed.

        A folder among them, or a file with ignore rules, makes that a `build`. Raises as `build` does.
        """
        raise NotImplementedError

    def clear(self) -> bool:
        """Delete the database; tell whether there was one."""
        raise NotImplementedError
