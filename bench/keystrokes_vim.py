"""What llama.vim does at a key: its cache, its requests and what it shows. The server is another's.

A request after every key, unless the one before still runs (it is never cancelled; then again after 100 ms), or one for
this very place is cached, or more than 8 characters stand behind the cursor. The text of at most 256 lines before the
cursor and 64 behind; a blank line's indentation is left out, and trimmed off the answer. The answer comes whole and is
cached (250 keys, any of them gives way); a place whose text followed from a cached answer by typing, up to 128
characters back, shows the rest of it. Under each shown suggestion a second request runs for what comes after it. An
answer that is blank or repeats what is below is hidden.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable

from keystrokes_screen import Screen
from keystrokes_trace import Segment
from keystrokes_typist import Event

_RETRY_S, _KEYS, _BACK, _LINE_SUFFIX, _LINES, _LINES_BELOW = 0.1, 250, 128, 8, 256, 64
_FIRST_S, _NEXT_S = 0.25, 1.0

# From the text, the seconds of writing after which a line break ends it, and the indentation of the line: the answer.
Complete = Callable[[str, float, int], Awaitable[str]]


class LlamaVim:
    """An editor with one file open. `window` cuts the text before the cursor to the budget of a prompt."""

    def __init__(self, complete: Complete, window: Callable[[str, str, str], str]) -> None:
        self._complete = complete
        self._window = window
        self._random = random.Random(1)
        self._language = "python"
        self._text, self._cursor = "", 0
        self._cache: dict[str, str] = {}
        self._job: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._file = 0
        self.screen = Screen()

    def open(self, segment: Segment) -> None:
        """Open a file."""
        self._file += 1
        self._text, self._cursor, self._language = segment.text, segment.cursor, segment.language
        self.screen = Screen()

    def key(self, event: Event) -> None:
        """Press a key: hide, look into the cache, ask."""
        if event.text is not None:
            self._text = self._text[: event.start] + event.text + self._text[event.end :]
        self._cursor = event.cursor
        hint = self._hint()
        self.screen.key(event, hint)
        if hint:
            self._fim(hint)
        self._fim("")

    async def rest(self) -> None:
        """Let what runs in the background come to its end."""
        if self._timer is not None:
            self._timer.cancel()
        if self._job is not None:
            await asyncio.wait([self._job])

    def _context(self, added: str) -> tuple[str, str, str, str]:
        """Return what stands before the line, on it up to the cursor, behind the cursor, and the rest of the line."""
        before, after = self._text[: self._cursor], self._text[self._cursor :]
        rest = after.partition("\n")[0]
        if added:
            before, after = before + added, after[len(rest) :]
        line = before.rpartition("\n")[2]
        if not (line + rest).strip():
            before, after = before[: len(before) - len(line)], after[len(rest) :]
        lines = self._window(self._language, before, after).split("\n")
        window = "\n".join(lines[-_LINES - 1 :])
        middle = lines[-1]
        below = "\n".join(after.split("\n")[: _LINES_BELOW + 1])
        return window[: len(window) - len(middle)], middle, below, rest

    def _hint(self) -> str | None:
        """Return what is cached for the place of the cursor, as it would be shown."""
        prefix, middle, suffix, _ = self._context("")
        text = prefix + middle
        best = self._cache.get(_key(text, suffix))
        if best is None:
            size = 0
            for back in range(1, min(_BACK, len(text) - 1) + 1):
                found = self._cache.get(_key(text[:-back], suffix))
                if found and found.startswith(text[-back:]) and len(found) - back > size:
                    best, size = found[back:], len(found) - back
        return self._shown(best) if best is not None else None

    def _shown(self, content: str) -> str | None:
        lines = content.split("\n")
        while lines and not lines[-1]:
            lines.pop()
        start = self._text.rfind("\n", 0, self._cursor) + 1
        here, rest = self._text[start : self._cursor], self._text[self._cursor :].partition("\n")[0]
        if not lines:
            return None
        if not (here + rest).strip():
            lead = min(len(lines[0]) - len(lines[0].lstrip()), len(here))
            here, lines[0] = lines[0][:lead], lines[0][lead:]
        below = self._text[self._cursor :].split("\n")[1:]
        if (len(lines) > 1 and not lines[0] and lines[1:] == below[: len(lines) - 1]) or lines == [rest]:
            return None
        while len(below) > 1 and not below[0].strip():
            below = below[1:]
        if below and here + lines[0] == below[0] and _repeats(lines, below):
            return None
        text = "\n".join(lines)
        return text if text.strip() else None

    def _fim(self, shown: str) -> None:
        """Ask, or try again in a while."""
        if self._job is not None:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(_RETRY_S, self._again, shown, self._file)
            return
        prefix, middle, suffix, rest = self._context(shown)
        if (len(rest) > _LINE_SUFFIX and not shown) or _key(prefix + middle, suffix) in self._cache:
            return
        self._job = asyncio.create_task(self._run(prefix, middle, suffix, _NEXT_S if shown else _FIRST_S))

    def _again(self, shown: str, file: int) -> None:
        self._timer = None
        if file == self._file:
            self._fim(shown)

    async def _run(self, prefix: str, middle: str, suffix: str, seconds: float) -> None:
        file = self._file
        content = await self._complete(prefix + middle, seconds, len(middle) - len(middle.lstrip()))
        if file == self._file:
            self._keep(prefix, middle, suffix, content)
            if self.screen.ghost is None:
                hint = self._hint()
                if hint or self._context("")[:3] == (prefix, middle, suffix):
                    self.screen.show(hint)
                if hint:
                    self._fim(hint)
        self._job = None

    def _keep(self, prefix: str, middle: str, suffix: str, content: str) -> None:
        """Cache an answer for its place, and for windows that begin up to three lines further down."""
        for _ in range(4):
            if len(self._cache) >= _KEYS:
                del self._cache[self._random.choice(list(self._cache))]
            self._cache[_key(prefix + middle, suffix)] = content
            prefix = prefix.partition("\n")[2]
            if not prefix:
                return


def _repeats(lines: list[str], below: list[str]) -> bool:
    """Tell whether lines whose first is there already repeat what is below."""
    if len(lines) == 2:
        return len(below) > 1 and below[1].startswith(lines[1])
    return len(lines) == 1 or lines[1:] == below[1 : len(lines)]


def _key(before: str, suffix: str) -> str:
    return hashlib.sha256(f"{before}\0{suffix}".encode()).hexdigest()
