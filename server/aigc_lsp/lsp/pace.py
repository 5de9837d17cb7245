"""How long an automatic request waits before it costs the engine anything. It measures; who waits is the suggester."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Weights of the newest measurement in the two running means.
_GAP_WEIGHT, _ANSWER_WEIGHT = 0.2, 0.3
# A longer rest is a pause to think: it says nothing about how fast the keys come.
_PAUSE_S = 1.0
# What is waited until an answer was measured, at most.
_UNMEASURED_S = 0.075
# The longest wait, in usual gaps: for an engine of this user alone, which drops a request at once and keeps what it
# computed of the prompt, and for one that others wait for.
_OWN_GAPS, _SHARED_GAPS = 0.25, 1.5
# In the middle of a word the language's own completion serves; the model is asked when the keys rest for so many gaps.
_WORD_GAPS = 1.5
_START_GAP_S = 0.2
# Places where nothing but an answer is of use: a fresh line, behind what opens something, behind `=`, `.` or `return `.
_WORDS = "return|import|from|in|not|and|or|await|yield|new|raise"
_AT_ONCE = re.compile(rf"(?:^[ \t]*|[(\[{{=.:,] ?|\b(?:{_WORDS}) )$")
_WORD = re.compile(r"[^\W\d]\w*$")


class Pace:
    """Running means of the gaps between keys and of the time that the engine takes for an answer.

    An engine that answers within one gap is asked at once: the answer comes before the next key. A slower one is asked
    when the keys rest, for most answers to a key in the middle of a burst would be thrown away: the wait grows with
    what an answer takes longer than a gap, up to a number of gaps, and never beyond the limit in the settings.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None
        self.gap_s = _START_GAP_S
        self.answer_s: float | None = None

    def key(self) -> None:
        """Note that the text changed."""
        now = self._clock()
        if self._last is not None and now - self._last < _PAUSE_S:
            self.gap_s += _GAP_WEIGHT * (now - self._last - self.gap_s)
        self._last = now

    def answered(self, seconds: float) -> None:
        """Note how long the engine took for an answer."""
        if self.answer_s is None:
            self.answer_s = seconds
        else:
            self.answer_s += _ANSWER_WEIGHT * (seconds - self.answer_s)

    def given_up(self, seconds: float) -> None:
        """Note that an answer was no longer wanted after so long: it would have taken at least that."""
        if seconds > (self.gap_s if self.answer_s is None else self.answer_s):
            self.answered(seconds)

    def wait(self, left: str, limit: float, *, shared: bool) -> float:
        """Return the seconds to wait behind `left`, the line up to the cursor.

        `limit` is the longest wait; `shared` says that the engine may serve others, who pay for answers thrown away.
        """
        if _AT_ONCE.search(left):
            return 0.0
        if in_middle_of_word(left):
            return min(_WORD_GAPS * self.gap_s, limit)
        most = (_SHARED_GAPS if shared else _OWN_GAPS) * self.gap_s
        longer = _UNMEASURED_S if self.answer_s is None else max(self.answer_s - self.gap_s, 0.0)
        return min(longer, most, limit)


def in_middle_of_word(left: str) -> bool:
    """Tell whether the cursor is right behind the beginning of a name, which the language's own completion serves."""
    return _WORD.search(left) is not None
