"""The typist of bench/keystrokes.py and the editor under the fingers: from a text to the keys that write it.

Return indents, brackets and quotes close by themselves, closers are typed over, a wrong key is taken back.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

# 60 words a minute are five keys a second. The gap is log-normal with that mean; pauses come on top.
_MEAN_GAP_S, _SIGMA = 0.2, 0.5
_TYPO, _PAUSE_AT_LINE, _PAUSE_AT_WORD = 0.02, 0.25, 0.03
_LONGEST_PAUSE_S = 1.2
_CLOSERS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'"}
_AHEAD = 600


@dataclass(frozen=True, slots=True)
class Event:
    """One key. `start`, `end` and `text` are its edit (`text` None: it only moves the cursor), `cursor` is behind it.

    `typed` is what it put before the cursor where it did only that; `truth` is what the typist goes on with, None while
    a mistake stands.
    """

    gap: float
    kind: str
    start: int
    end: int
    text: str | None
    cursor: int
    typed: str
    truth: str | None


@dataclass(slots=True)
class Site:
    """A gap being filled: `typed` stands before the cursor, `pending` (closers set by the editor) behind it."""

    goal: str
    before: str
    after: str
    unit: str
    at: int = 0
    typed: str = ""
    pending: str = ""
    excess: int = 0  # characters of automatic indentation that the text does not have
    wrong: int = 0

    @property
    def line(self) -> str:
        return (self.before + self.typed).rpartition("\n")[2]

    @property
    def truth(self) -> str | None:
        return None if self.excess or self.wrong else (self.goal[self.at :] + self.after)[:_AHEAD]

    @property
    def done(self) -> bool:
        return self.at == len(self.goal) and not (self.pending or self.excess or self.wrong)


@dataclass(slots=True)
class Typist:
    """Turns the gaps' text into keys."""

    random: random.Random
    offset: int = 0
    events: list[Event] = field(default_factory=list)
    slip: int = 0

    def fill(self, site: Site, offset: int, upto: int) -> None:
        """Press keys until `upto` characters of the gap are written; it begins at `offset` of the document."""
        self.offset = offset
        while site.at < upto or site.excess or site.wrong:
            self._key(site)
        while site.at == len(site.goal) and site.pending:
            self._delete(site)

    def jump(self, site: Site, offset: int) -> None:
        """Put the cursor into another gap."""
        self.offset = offset
        self._put(site, "jump", 0, None, gap=_LONGEST_PAUSE_S)

    def _key(self, site: Site) -> None:
        if site.excess or site.wrong:
            self._mend(site)
            return
        rest = site.goal[site.at :]
        char = rest[0]
        step = _over(site.pending, rest)
        if step:
            self._step_over(site, step, "move" if site.pending[0] == "\n" else "overtype")
        elif site.pending[:1].strip() and char in ")]}":
            self._delete(site)
        elif char == "\n":
            self._newline(site, rest)
        elif not site.line.strip() and char in " \t":
            self._insert(site, site.unit if rest.startswith(site.unit) else char)
        elif char.isalnum() and self.random.random() < _TYPO:
            site.wrong, self.slip = 1, self.random.randint(0, 2)
            self._insert(site, self.random.choice("etaoinshr"), known=False)
        elif self._closes_itself(site, char):
            self._pair(site, char)
        else:
            self._insert(site, char)

    def _mend(self, site: Site) -> None:
        """Take back what does not belong there; a mistake is seen a few keys later."""
        following = site.goal[site.at + site.wrong : site.at + site.wrong + 1]
        if site.excess:
            size = min(site.excess, len(site.unit))
            site.excess -= size
            self._backspace(site, size)
        elif self.slip and following.isalnum():
            self.slip -= 1
            site.wrong += 1
            self._insert(site, following, known=False)
        else:
            self.slip = 0
            site.wrong -= 1
            self._backspace(site, 1)

    def _closes_itself(self, site: Site, char: str) -> bool:
        line, following = site.line, (site.pending + site.after)[:1]
        quoted = line.count('"') % 2 or line.count("'") % 2 or "#" in line or "//" in line
        if char not in _CLOSERS or quoted or not (following in ")]},:;" or following.isspace()):
            return False
        if char in "\"'":
            return (
                not line.endswith(char)
                and not line[-2:-1].isalnum()
                and not (line[-1:].isalnum() and line[-1:] not in "frbu")
            )
        return True

    def _newline(self, site: Site, rest: str) -> None:
        if rest[1:2] == "\n":
            self._insert(site, "\n")
            return
        line = site.line
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        if not line.strip():  # an empty line: the editor goes by the one above
            above = next((one for one in reversed((site.before + site.typed).split("\n")) if one.strip()), "")
            indent, line = above[: len(above) - len(above.lstrip(" \t"))], above
        tail = ""
        if site.pending[:1] and site.pending[0] in ")]}" and line[-1:] and _CLOSERS.get(line[-1]) == site.pending[0]:
            tail = "\n" + indent
        if line.rstrip()[-1:] in ("(", "[", "{", ":"):
            indent += site.unit
        wanted = rest[1 : 1 + len(rest[1:]) - len(rest[1:].lstrip(" \t"))]
        if not (wanted.startswith(indent) or indent.startswith(wanted)):
            indent = wanted
        site.pending = tail + site.pending
        site.excess = max(len(indent) - len(wanted), 0)
        self._insert(site, "\n" + indent, tail=tail, written=1 + min(len(indent), len(wanted)))

    def _insert(self, site: Site, text: str, *, tail: str = "", written: int | None = None, known: bool = True) -> None:
        at = len(site.typed)
        site.typed += text
        if known:
            site.at += len(text) if written is None else written
        self._put(site, "newline" if text[0] == "\n" else "type", at, (at, text + tail), typed="" if tail else text)

    def _pair(self, site: Site, char: str) -> None:
        at = len(site.typed)
        site.typed += char
        site.at += 1
        site.pending = _CLOSERS[char] + site.pending
        self._put(site, "pair", at, (at, char + _CLOSERS[char]), typed=char)

    def _step_over(self, site: Site, size: int, kind: str) -> None:
        site.typed += site.pending[:size]
        self_typed = site.pending[:size] if kind == "overtype" else ""
        site.pending = site.pending[size:]
        site.at += size
        self._put(site, kind, 0, None, typed=self_typed)

    def _backspace(self, site: Site, size: int) -> None:
        site.typed = site.typed[:-size]
        at = len(site.typed)
        self._put(site, "backspace", at + size, (at, ""))

    def _delete(self, site: Site) -> None:
        size = len(site.pending) - len(site.pending.lstrip()) + 1
        site.pending = site.pending[size:]
        at = len(site.typed)
        self._put(site, "delete", at + size, (at, ""))

    def _put(
        self,
        site: Site,
        kind: str,
        end: int,
        edit: tuple[int, str] | None,
        *,
        typed: str = "",
        gap: float | None = None,
    ) -> None:
        cursor = self.offset + len(site.typed)
        start, text = (self.offset + edit[0], edit[1]) if edit else (cursor, None)
        stop = self.offset + end if edit else cursor
        self.events.append(Event(gap or self._gap(site), kind, start, stop, text, cursor, typed, site.truth))

    def _gap(self, site: Site) -> float:
        gap = self.random.lognormvariate(math.log(_MEAN_GAP_S) - _SIGMA**2 / 2, _SIGMA)
        last = self.events[-1] if self.events else None
        if last is not None and last.kind == "newline" and self.random.random() < _PAUSE_AT_LINE:
            gap += self.random.uniform(0.4, 1.0)
        elif last is not None and last.typed == " " and self.random.random() < _PAUSE_AT_WORD:
            gap += self.random.uniform(0.3, 1.0)
        return round(min(gap, _LONGEST_PAUSE_S), 3)


def _over(pending: str, rest: str) -> int:
    """Return how many characters that the editor has put there come next: a closer, with the line before it."""
    size = len(pending) - len(pending.lstrip()) + 1
    return size if pending and rest.startswith(pending[:size]) else 0
