"""The index of a large workspace: how fast it is built, asked, updated, and what a keystroke costs meanwhile.

A workspace of `--lines` lines in six languages is written to a temporary folder; the same for every run. No peer is set
beside it: what keeps a comparable index (Tabby, Continue) is no program that can be run alone here, and `git grep` or
ctags answer other questions. Prints figures beside their targets; `--json PATH` writes them.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from index_keystrokes import overhead
from index_workspace import write_workspace
from report import write

from aigc_plugins.index import IndexedWorkspace, Indexer, Report

TARGETS = {
    "lines_per_s": (20_000.0, "at least"),
    "query_p95_ms": (15.0, "at most"),
    "update_p95_ms": (20.0, "at most"),
    "keystroke_overhead_p95_ms": (5.0, "at most"),
}
QUERIES, UPDATES = 500, 200
_WORD = re.compile(r"[A-Za-z_]\w+")


class Peak:
    """The most memory that this process and its children had at one time, looked at twenty times a second."""

    def __init__(self) -> None:
        self.mib = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        me = psutil.Process()
        while not self._done.wait(0.05):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.mib = max(self.mib, total / 2**20)


def p(values: list[tuple[float, float]], share: float, which: int = 0) -> float:
    """Return a percentile of seconds (`which` 0) or processor seconds (1), in milliseconds."""
    ordered = sorted(value[which] for value in values)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000, 2)


def build(root: Path, folder: Path, workers: int) -> tuple[Report, float]:
    """Build the index from nothing and return what was done, and the peak memory in MiB."""
    with Peak() as peak:
        report = Indexer(root, folder=folder, workers=workers).build()
    return report, peak.mib


def queries(root: Path, folder: Path) -> list[tuple[float, float]]:
    """Ask for what stands around random places of random files, as a provider of similar code does.

    Return seconds and processor seconds of each.
    """
    chance, view = random.Random(3), IndexedWorkspace([root], folder=folder)
    files = sorted(root.rglob("*.*"))
    seconds = []
    view.search(["warm", "up"])
    for _ in range(QUERIES):
        file = chance.choice(files)
        lines = file.read_text().split("\n")
        at = chance.randrange(max(len(lines) - 20, 1))
        words = _WORD.findall("\n".join(lines[at : at + 20]))
        path = file.relative_to(root).as_posix()
        began = time.perf_counter(), time.process_time()
        view.search(words, limit=10, exclude=[path])
        seconds.append((time.perf_counter() - began[0], time.process_time() - began[1]))
    view.close()
    return seconds


def updates(root: Path, folder: Path) -> list[tuple[float, float]]:
    """Change one file at a time by a line and bring the index up to date; return as `queries` does."""
    chance, indexer = random.Random(4), Indexer(root, folder=folder, workers=0)
    files = [file for file in sorted(root.rglob("*.*")) if file.suffix != ".json"]
    seconds = []
    for number in range(UPDATES):
        file = chance.choice(files)
        file.write_text(
            file.read_text() + f"\n// changed {number}\n".replace("//", "#" if file.suffix == ".py" else "//")
        )
        path = file.relative_to(root).as_posix()
        began = time.perf_counter(), time.process_time()
        changed = indexer.update([path])
        seconds.append((time.perf_counter() - began[0], time.process_time() - began[1]))
        if changed != 1:
            raise RuntimeError(f"{path} was not updated")
    return seconds


def measure(lines: int, rounds: int) -> dict[str, Any]:
    """Return all figures; builds are repeated `rounds` times, the median counts."""
    with tempfile.TemporaryDirectory(prefix="aigc-bench-") as name:
        root, folder = Path(name) / "workspace", Path(name) / "index"
        write_workspace(root, lines)
        rates, peaks = [], []
        for number in range(rounds):
            report, peak = build(root, folder / str(number), 1)
            rates.append(report.lines / report.seconds)
            peaks.append(peak)
        last = folder / str(rounds - 1)
        again = Indexer(root, folder=last).build()
        asked = queries(root, last)
        size = sum(file.stat().st_size for file in last.iterdir())
        changed = updates(root, last)
        typing = overhead(root, Path(name) / "home")
    return {
        "files": report.files,
        "lines": report.lines,
        "chunks": report.chunks,
        "symbols": report.symbols,
        "lines_per_s": round(statistics.median(rates)),
        "build_s": round(report.lines / statistics.median(rates), 1),
        "unchanged_s": round(again.seconds, 3),
        "builder_rss_mib": round(max(peaks)),
        "database_mib": round(size / 2**20),
        "query_p50_ms": p(asked, 0.5),
        "query_p95_ms": p(asked, 0.95),
        "query_cpu_p95_ms": p(asked, 0.95, 1),
        "update_p50_ms": p(changed, 0.5),
        "update_p95_ms": p(changed, 0.95),
        "update_cpu_p95_ms": p(changed, 0.95, 1),
        **typing,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    figures = measure(options.lines, options.rounds)
    load = os.getloadavg()[0]
    for name, value in figures.items():
        target = TARGETS.get(name)
        shown = "" if target is None else f"   {target[1]} {target[0]:g}: {'met' if met(name, value) else 'NOT MET'}"
        print(f"{name:28} {value:>12,}{shown}")
    write(options.json, "index", {"figures": figures, "targets": {k: v[0] for k, v in TARGETS.items()}, "load": load})
    return 0


def met(name: str, value: float) -> bool:
    """Tell whether a figure reaches its target."""
    target, kind = TARGETS[name]
    return value >= target if kind == "at least" else value <= target


if __name__ == "__main__":
    sys.exit(main())
