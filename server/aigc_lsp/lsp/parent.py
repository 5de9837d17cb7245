"""Notices that the editor's process died although its pipe is still open. What follows is the caller's business."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

_PERIOD_S = 1.0
# How long an orderly end may take once the editor is gone.
_GRACE_S = 2.5


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead and not yet collected does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return True
    return not state or state[0] not in (b"Z", b"X")


def watch_parent(pid: int | None, gone: Callable[[], None]) -> None:
    """Call `gone` from another thread when `pid` has died; end the process if that did not end it in time.

    A process that is not there from the start is not ours to judge: the editor may live in another container.
    """
    if pid is None or pid <= 0:
        return
    if not alive(pid):
        logger.info("The client's process %d is not on this machine; its end cannot be seen", pid)
        return
    threading.Thread(target=_watch, args=(pid, gone), name="aigc-parent", daemon=True).start()


def _watch(pid: int, gone: Callable[[], None]) -> None:
    while alive(pid):
        time.sleep(_PERIOD_S)
    logger.warning("The client's process %d is gone", pid)
    try:
        gone()
    finally:
        time.sleep(_GRACE_S)
        os._exit(1)
