"""What every benchmark here writes: the machine, the date, medians, and JSON for docs/benchmarks.md."""

from __future__ import annotations

import datetime
import json
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Describe where the figures were taken."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return {"processor": model, "cores": os.cpu_count(), "memory_gib": memory, "python": platform.python_version()}


def spread(values: Sequence[float], scale: float = 1.0) -> dict[str, float]:
    """Return minimum, median and maximum, scaled and rounded to three significant places after the point."""
    scaled = [value * scale for value in values]
    return {
        "min": round(min(scaled), 3),
        "median": round(statistics.median(scaled), 3),
        "max": round(max(scaled), 3),
        "runs": len(scaled),
    }


def write(path: Path | None, name: str, figures: dict[str, Any]) -> None:
    """Write the figures as JSON where a path is given."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    path.write_text(json.dumps({"benchmark": name, "date": date, "machine": machine(), **figures}, indent=2) + "\n")
