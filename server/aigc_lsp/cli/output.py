"""What commands print: results on standard output, everything else on standard error. Rich is imported when used."""

from __future__ import annotations

import json
import math
import re
import sys
from typing import TYPE_CHECKING, Any

# All but line ends and tabs; marks of direction, which make a line read differently from what it is, too.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console


def console() -> Console:
    """Return the console for results; it writes no colours into a pipe and honours NO_COLOR."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def notices() -> Console:
    """Return the console for notices and progress: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "") -> None:
    """Print one line of a result, as it is."""
    sys.stdout.write(text + "\n")


def say_raw(text: str) -> None:
    """Print a text of many lines, its line endings as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode())
    sys.stdout.buffer.flush()


def note(text: str) -> None:
    """Print one line for the person, not for the script."""
    sys.stderr.write(text + "\n")


def say_json(value: Any) -> None:
    """Print a result for a script: one JSON document. What is no number, which JSON cannot say, is null."""
    say(json.dumps(_finite(value), indent=2, ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def visible(text: str) -> str:
    """Return a text for a terminal: control characters, which could steer it, are shown as pictures of themselves."""
    return _CONTROLS.sub(_picture, text.replace("\r\n", "\n"))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def complain(text: str) -> None:
    """Print an error: what went wrong on one line, what to do about it on the next."""
    what, advice = split_advice(text)
    note(f"aigc-lsp: {what}")
    if advice:
        note(f"  → {advice}")


def split_advice(text: str) -> tuple[str, str]:
    """Split an error's text after its first sentence: the fault, and the advice (empty where there is none)."""
    line = " ".join(text.split())
    found = re.match(r"(.+?[.!?])\s+(?=[A-Z`])(.+)$", line)
    return (found[1], found[2]) if found else (line, "")


def table(
    columns: Sequence[str], rows: Iterable[Iterable[str]], *, right: Sequence[str] = (), stderr: bool = False
) -> None:
    """Print rows below bold headings, never cut; columns named in `right` are aligned to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in columns:
        grid.add_column(name, justify="right" if name in right else "left", no_wrap=True)
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    Console(highlight=False, width=10_000, stderr=stderr).print(grid, crop=False)


def pairs(items: Iterable[tuple[str, str]]) -> None:
    """Print a list of names and values in two columns."""
    items = list(items)
    width = max((len(name) for name, _ in items), default=0)
    for name, value in items:
        say(f"{name:<{width}}  {value}")
