"""Makes the typing that bench/keystrokes.py replays: regions cut out of real files, and the keys that write them.

Two regions of each file, changing from one to the other and back. All of it follows from the seed.
"""

from __future__ import annotations

import hashlib
import random
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from keystrokes_typist import Event, Site, Typist

ROOT = Path(__file__).resolve().parents[1]
_LANGUAGES = {".py": "python", ".ts": "typescript", ".go": "go"}
_LIBRARY = ("configparser", "textwrap", "shlex", "mailbox", "tarfile", "argparse", "heapq", "zipfile", "calendar")
_PACKAGES = ("httpx._urls", "starlette.requests", "pluggy._hooks", "rich.table", "uvicorn.config", "click.types",
             "pathspec.util", "filelock._api", "jinja2.lexer", "urllib3.connectionpool")  # fmt: skip
_CHARS = 90  # of a region, at least


@dataclass(frozen=True, slots=True)
class Segment:
    """A file with two gaps, and the keys that fill them."""

    name: str
    language: str
    text: str
    cursor: int
    events: tuple[Event, ...]


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
    one = Site(text[a:b], text[:a], text[b:c], unit)
    two = Site(text[c:d], text[b:c], text[d:], unit)
    typist = Typist(rng)
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
