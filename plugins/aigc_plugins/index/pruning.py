"""Deletes the databases of folders that nobody has opened for long. Which one is in use now, its lock tells."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from aigc_plugins.index import database
from aigc_plugins.index.limits import IndexUnavailableError, index_dir

logger = logging.getLogger(__name__)

_UNUSED_S = 60 * 24 * 3600.0  # since the last build; each session begins with one


def prune(folder: Path | None = None) -> list[Path]:
    """Delete what is old in `folder`, or in the user's cache, and return what it was. Never raises."""
    from filelock import FileLock, Timeout

    gone = []
    for path in sorted((folder or index_dir()).glob("*.sqlite3")):
        try:
            if time.time() - path.stat().st_mtime < _UNUSED_S:
                continue
            with FileLock(f"{path}.lock", timeout=0):
                database.discard(path)
            Path(f"{path}.lock").unlink(missing_ok=True)
        except (OSError, Timeout, IndexUnavailableError) as error:
            logger.info("%s stays: %s", path, error)
            continue
        gone.append(path)
    return gone
