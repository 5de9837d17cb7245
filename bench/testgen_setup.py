"""What the benchmark of test generation needs from PyPI: environments for tools, and the packages under test."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PYNGUIN = "0.48.0"
# Pynguin's own pytest; both sides' tests run under it.
MEASURING = ("pytest==8.4.2", "coverage==7.17.0", "cosmic-ray==8.7.0")


def environment(cache: Path, name: str, requirements: Sequence[str]) -> Path:
    """Return the Python of a virtual environment with the requirements, made where it is not there yet."""
    key = hashlib.sha256(f"{sys.version} {requirements}".encode()).hexdigest()[:12]
    folder = cache / f"{name}-{key}"
    python = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        _run([str(python), "-m", "pip", "install", "--quiet", *requirements])
        done.touch()
    return python


def packages(cache: Path, python: Path, wanted: dict[str, str]) -> dict[str, Path]:
    """Return for each package the folder that holds it, downloaded where it is not there yet."""
    folders = {}
    for name, version in wanted.items():
        folder = cache / "packages" / f"{name}-{version}"
        done = folder.with_name(f"{folder.name}.complete")
        if not done.exists():
            _run([str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile",
                  "--target", str(folder), "--upgrade", f"{name}=={version}"])  # fmt: skip
            done.touch()
        folders[name] = folder
    return folders


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
