"""Makes a .vsix of a small extension that needs no build."""

from __future__ import annotations

import zipfile
from pathlib import Path


def pack(folder: Path, target: Path) -> Path:
    """Zip an extension's folder as its package; VS Code reads no more than this."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                package.write(path, Path("extension") / path.relative_to(folder))
    return target
