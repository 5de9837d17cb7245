"""Makes the typing that bench/keystrokes.py replays: what an editor does to a text, key by key, and when.

The typist writes true text: regions cut out of real files, two in each, changing from one to the other and back. Return
indents, brackets and quotes close by themselves, a wrong key is taken back. All of it follows from the seed.
"""

from __future__ import annotations

import hashlib
import math
import random
import sysconfig
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# 60 words a minute are five keys a second. The gap is log-normal with that mean; pauses come on top.
_MEAN_GAP_S, _SIGMA = 0.2, 0.5
_TYPO, _PAUSE_AT_LINE, _PAUSE_AT_WORD = 0.02, 0.25, 0.03
_LONGEST_PAUSE_S = 1.2
_CLOSERS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'"}
_LANGUAGES = {".py": "python", ".ts": "typescript", ".go": "go"}
_LIBRARY = ("configparser", "textwrap", "shlex", "mailbox", "tarfile", "argparse", "heapq", "zipfile", "calendar")
_PACKAGES = ("httpx._urls", "starlette.requests", "pluggy._hooks", "rich.table", "uvicorn.config", "click.types",
             "pathspec.util", "filelock._api", "jinja2.lexer", "urllib3.connectionpool")  # fmt: skip
_CHARS = 90  # of a region, at least
_AHEAD = 600


@dataclass(frozen=True, slots=True)
class Event:
    """One key. `start`, `end` and `text` are its edit (`text` None: it only moves the cursor), `cursor` the offset after.

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


@dataclass(frozen=True, slots=True)
class Segment:
    """A file with two gaps, and the keys that fill them."""

    name: str
    language: str
    text: str
    cursor: int
    events: tuple[Event, ...]


@dataclass(slots=True)
class _Site:
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
class _Typist:
    """Turns the gaps' text into keys."""

    random: random.Random
    offset: int = 0
    events: list[Event] = field(default_factory=list)
    slip: int = 0

    def fill(self, site: _Site, offset: int, upto: int) -> None:
        """Press keys until `upto` characters of the gap are written; it begins at `offset` of the document."""
        self.offset = offset
        while site.at < upto or site.excess or site.wrong:
            self._key(site)
        while site.at == len(site.goal) and site.pending:
            self._delete(site)

    def jump(self, site: _Site, offset: int) -> None:
        """Put the cursor into another gap."""
        self.offset = offset
        self._put(site, "jump", 0, None, gap=_LONGEST_PAUSE_S)

    def _key(self, site: _Site) -> None:
        if site.excess:
            size = min(site.excess, len(site.unit))
            site.excess -= size
            return self._backspace(site, size)
        if site.wrong and not self.slip:
            site.wrong -= 1
            return self._backspace(site, 1)
        rest = site.goal[site.at + site.wrong - (1 if site.wrong else 0) :]
        if self.slip:  # a few more keys before the mistake is seen
            self.slip -= 1
            if rest[1:2].isalnum():
                site.wrong += 1
                return self._insert(site, rest[1], known=False)
            self.slip = 0
            return None
        char = rest[0]
        if site.pending.startswith("\n"):
            unit = site.pending[: len(site.pending) - len(site.pending.lstrip()) + 1]
            if rest.startswith(unit):
                return self._step_over(site, len(unit), "move")
        elif site.pending[:1] == char:
            return self._step_over(site, 1, "overtype")
        elif site.pending and char in ")]}\"'" and char not in _CLOSERS:
            return self._delete(site)
        if char == "\n":
            return self._newline(site, rest)
        if not site.line.strip() and char in " \t":
            return self._insert(site, site.unit if rest.startswith(site.unit) else char)
        if char.isalnum() and self.random.random() < _TYPO:
            site.wrong, self.slip = 1, self.random.randint(0, 2)
            return self._insert(site, self.random.choice("etaoinshr"), known=False)
        if self._closes_itself(site, char):
            return self._pair(site, char)
        return self._insert(site, char)

    def _closes_itself(self, site: _Site, char: str) -> bool:
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

    def _newline(self, site: _Site, rest: str) -> None:
        if rest[1:2] == "\n":
            return self._insert(site, "\n")
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

    def _insert(
        self, site: _Site, text: str, *, tail: str = "", written: int | None = None, known: bool = True
    ) -> None:
        at = len(site.typed)
        site.typed += text
        if known:
            site.at += len(text) if written is None else written
        self._put(site, "newline" if text[0] == "\n" else "type", at, (at, text + tail), typed="" if tail else text)

    def _pair(self, site: _Site, char: str) -> None:
        at = len(site.typed)
        site.typed += char
        site.at += 1
        site.pending = _CLOSERS[char] + site.pending
        self._put(site, "pair", at, (at, char + _CLOSERS[char]), typed=char)

    def _step_over(self, site: _Site, size: int, kind: str) -> None:
        site.typed += site.pending[:size]
        self_typed = site.pending[:size] if kind == "overtype" else ""
        site.pending = site.pending[size:]
        site.at += size
        self._put(site, kind, 0, None, typed=self_typed)

    def _backspace(self, site: _Site, size: int) -> None:
        site.typed = site.typed[:-size]
        at = len(site.typed)
        self._put(site, "backspace", at + size, (at, ""))

    def _delete(self, site: _Site) -> None:
        size = len(site.pending) - len(site.pending.lstrip()) + 1
        site.pending = site.pending[size:]
        at = len(site.typed)
        self._put(site, "delete", at + size, (at, ""))

    def _put(
        self,
        site: _Site,
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

    def _gap(self, site: _Site) -> float:
        gap = self.random.lognormvariate(math.log(_MEAN_GAP_S) - _SIGMA**2 / 2, _SIGMA)
        last = self.events[-1] if self.events else None
        if last is not None and last.kind == "newline" and self.random.random() < _PAUSE_AT_LINE:
            gap += self.random.uniform(0.4, 1.0)
        elif last is not None and last.typed == " " and self.random.random() < _PAUSE_AT_WORD:
            gap += self.random.uniform(0.3, 1.0)
        return round(min(gap, _LONGEST_PAUSE_S), 3)


def segment(name: str, language: str, text: str, rng: random.Random) -> Segment | None:
    """Return the keys that write two regions of `text`, None where it has no room for them."""
    lines = text.split("\n")
    first, second = _regions(lines, rng)
    if second is None or first is None:
        return None
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    (a, b), (c, d) = ((starts[i] - 1, starts[j] - 1) for i, j in (first, second))
    unit = (
        "\t"
        if "\n\t" in text
        else ("  " if language == "typescript" and "\n    " not in text[: len(text) // 4] else "    ")
    )
    one = _Site(text[a:b], text[:a], text[b:c], unit)
    two = _Site(text[c:d], text[b:c], text[d:], unit)
    typist = _Typist(rng)
    half = one.goal.find("\n", len(one.goal) // 2)
    typist.fill(one, a, half if half > 0 else len(one.goal))
    shift = a + len(one.typed) + len(one.pending) + c - b
    typist.jump(two, shift)
    typist.fill(two, shift, len(two.goal))
    typist.jump(one, a)
    typist.fill(one, a, len(one.goal))
    return Segment(name, language, text[:a] + text[b:c] + text[d:], a, tuple(typist.events))


def _regions(lines: list[str], rng: random.Random) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Return two spans of lines that are worth writing, the second below the first."""
    spans: list[tuple[int, int]] = []
    for start in rng.sample(range(1, max(len(lines) - 8, 2)), max(len(lines) - 9, 1)):
        end, size = start, 0
        while end < len(lines) - 1 and size < _CHARS:
            size += len(lines[end].strip())
            end += 1
        piece = lines[start:end]
        if (
            size < _CHARS
            or not lines[start].strip()
            or not lines[end - 1].strip()
            or any(len(line) > 120 or not line.isascii() for line in piece)
        ):
            continue
        if not spans or (abs(start - spans[0][0]) > len(piece) + 12 and abs(start - spans[0][0]) < 250):
            spans.append((start, end))
        if len(spans) == 2:
            return min(spans), max(spans)
    return None, None


def _files() -> tuple[list[Path], list[Path]]:
    """Return Python files that every installation here has, and the project's own of other languages."""
    library = Path(sysconfig.get_path("stdlib"))
    found = [library / f"{name}.py" for name in _LIBRARY]
    for name in _PACKAGES:
        package, _, module = name.partition(".")
        spec = find_spec(package)
        if spec is not None and spec.origin:
            found.append(Path(spec.origin).parent / f"{module.replace('.', '/')}.py")
    mine = [*(ROOT / "editors" / "vscode" / "src").rglob("*.ts"), *(ROOT / "examples").rglob("*.go")]
    return [path for path in found if path.exists()], sorted(mine, key=lambda path: -path.stat().st_size)[:6]


def make_trace(keys: int, seed: int) -> list[Segment]:
    """Return segments with at least `keys` keys in all, of files of several kinds in turn."""
    rng = random.Random(seed)
    files, others = _files()
    rng.shuffle(files)
    for number, path in enumerate(others):
        files.insert(3 * number + 2, path)
    made: list[Segment] = []
    while sum(len(one.events) for one in made) < keys:
        before = len(made)
        for path in files:
            text = path.read_text(encoding="utf-8").expandtabs(8) if path.suffix == ".py" else path.read_text("utf-8")
            found = segment(path.name, _LANGUAGES[path.suffix], text.replace("\r\n", "\n"), rng)
            if found is not None:
                made.append(found)
            if sum(len(one.events) for one in made) >= keys:
                break
        if len(made) == before:
            raise SystemExit("no file has room for typing")
    return made


def digest(trace: list[Segment]) -> str:
    """Return a short name of a trace, the same for the same keys."""
    return hashlib.sha256(repr(trace).encode()).hexdigest()[:12]
