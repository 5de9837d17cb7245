"""Waiting for a condition, with a deadline far beyond what a slow machine needs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LONG = 60.0  # seconds; a wait that ends by this is a failure, never a measurement


def until(what: str, probe: Callable[[], T], *, timeout: float = LONG, pause: float = 0.05) -> T:
    """Return the probe's first true value; say what was waited for, and what was there instead, when none comes."""
    deadline = time.monotonic() + timeout
    while True:
        found = probe()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s for {what}; last seen: {found!r}")
        time.sleep(pause)
