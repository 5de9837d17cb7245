"""Tells the time to a search whose user may end it early: a file that appears ends it, and what was found is kept."""

from __future__ import annotations

import math
import os
import time

STOP = "stop"
_AFTER_S = 4.0  # for recording what was found
_LOOK_S = 0.05


class Deadline:
    """Looks for the file now and then; in forked children, too."""

    def __init__(self) -> None:
        self._file = ""
        self._stopped_at = math.inf
        self._looked = 0.0

    def watch(self, file: str) -> None:
        """Look for this file from now on."""
        self._file = file

    def now(self) -> float:
        """Return the moment (`time.monotonic`); once the search is to end, one after every deadline."""
        return math.inf if self._stopped() else time.monotonic()

    def kept_until(self, moment: float) -> float:
        """Return until when what was found may be recorded, which is to be done by a moment anyway."""
        return min(moment, self._stopped_at + _AFTER_S) if self._stopped() else moment

    def _stopped(self) -> bool:
        moment = time.monotonic()
        if self._file and self._stopped_at == math.inf and moment - self._looked > _LOOK_S:
            self._looked = moment
            if os.path.exists(self._file):  # noqa: PTH110 - asked often
                self._stopped_at = moment
        return self._stopped_at != math.inf


deadline = Deadline()
