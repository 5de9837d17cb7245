"""The extension's package: built when there is none, or when a source is newer than it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

EXTENSION = Path(__file__).parents[4] / "editors" / "vscode"
_MADE = {"node_modules", "dist", "out", "images", ".vscode-test"}


def build() -> Path:
    """Return an up-to-date .vsix, which `npm ci` and `npm run package` make; AIGC_E2E_VSIX names another one."""
    if given := os.environ.get("AIGC_E2E_VSIX"):
        return Path(given).absolute()
    made = _newest()
    if made is None or made.stat().st_mtime < _last_change():
        if not _dependencies_are_current():
            _npm("ci")
        _npm("run", "package")
        made = _newest()
    assert made is not None, f"`npm run package` left no .vsix in {EXTENSION}"
    return made


def _newest() -> Path | None:
    return max(EXTENSION.glob("*.vsix"), key=lambda path: path.stat().st_mtime, default=None)


def _last_change() -> float:
    newest = 0.0
    for folder, folders, files in os.walk(EXTENSION):
        folders[:] = [name for name in folders if name not in _MADE]
        for name in files:
            if not name.endswith(".vsix"):
                newest = max(newest, (Path(folder) / name).stat().st_mtime)
    return newest


def _dependencies_are_current() -> bool:
    """Tell whether `npm ci` would change nothing: it deletes what is there, which costs half a minute."""
    installed = EXTENSION / "node_modules" / ".package-lock.json"
    wanted = EXTENSION / "package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= wanted.stat().st_mtime


def _npm(*arguments: str) -> None:
    done = subprocess.run(
        ["npm", *arguments], cwd=EXTENSION, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
