"""The general set: modules of Python's own library that no run trains on, by which forgetting is told. Nothing heavy.

They come with every Python, so there is no data to ship; `aigc_finetune.collect` leaves them out of the source
`stdlib`. Their text differs a little between versions of Python, which base and adapter see alike.
"""

from __future__ import annotations

import sysconfig
from collections.abc import Iterator
from pathlib import Path

# Relative to the standard library's folder; all of them are there from Python 3.11 on.
GENERAL_MODULES = (
    "bisect.py",
    "calendar.py",
    "cmd.py",
    "colorsys.py",
    "configparser.py",
    "contextlib.py",
    "csv.py",
    "dataclasses.py",
    "difflib.py",
    "fractions.py",
    "heapq.py",
    "html/parser.py",
    "http/cookies.py",
    "ipaddress.py",
    "json/decoder.py",
    "json/encoder.py",
    "logging/handlers.py",
    "queue.py",
    "sched.py",
    "shlex.py",
    "statistics.py",
    "textwrap.py",
    "urllib/parse.py",
    "wave.py",
)


def general_files() -> Iterator[tuple[str, Path, str]]:
    """Yield the modules that this Python has as source: the name in `GENERAL_MODULES`, the file, and its text."""
    folder = Path(sysconfig.get_path("stdlib"))
    for name in GENERAL_MODULES:
        path = folder / name
        try:
            yield name, path, path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):  # a Python without sources, or with this one moved
            continue
