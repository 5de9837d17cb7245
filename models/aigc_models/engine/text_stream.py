"""Turn a stream of token bytes into text: whole characters, without healed bytes, cut at stop strings."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Decode incrementally. `skip` are bytes that generation repeats from the prompt (token healing)."""

    def __init__(self, stop: Sequence[str], skip: bytes) -> None:
        self._stop = [text for text in stop if text]
        self.pending_skip = skip
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.stopped = False

    def feed(self, raw: bytes) -> str:
        """Take a token's bytes; return the text that is now sure to belong to the answer."""
        if self.pending_skip:
            taken = min(len(raw), len(self.pending_skip))
            self.pending_skip = self.pending_skip[taken:]
            raw = raw[taken:]
        return self._release(self._decoder.decode(raw), final=False)

    def finish(self) -> str:
        """Return what was held back; an incomplete character at the end is dropped."""
        self._decoder.reset()
        return self._release("", final=True)

    def _release(self, text: str, *, final: bool) -> str:
        if self.stopped:
            return ""
        self._held += text
        found = [at for at in (self._held.find(stop) for stop in self._stop) if at >= 0]
        if found:
            self.stopped = True
            released, self._held = self._held[: min(found)], ""
            return released
        keep = 0 if final else self._possible_stop()
        released = self._held[: len(self._held) - keep]
        self._held = self._held[len(self._held) - keep :]
        return released

    def _possible_stop(self) -> int:
        """Return the length of the longest end of the held text that could begin a stop string."""
        longest = 0
        for stop in self._stop:
            for length in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:length]):
                    longest = length
                    break
        return longest
