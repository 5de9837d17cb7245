"""Logging of commands that run for long: time, level, where, what, on standard error."""

from __future__ import annotations

import logging
import sys


def to_stderr(level: str) -> None:
    """Send log records of `level` and above to standard error."""
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
