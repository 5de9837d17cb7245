"""What the tests of the command line share."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BUILTIN = {
    "languages": "aigc_plugins.builtin.languages",
    "inline-completion": "aigc_plugins.builtin.inline_completion",
    "runtimes": "aigc_plugins.builtin.runtimes",
}
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ALL_BUILTIN: dict[str, str] = _PROJECT["entry-points"]["aigc_lsp.plugins"]


@dataclass(frozen=True)
class Done:
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return standard output, which must be one JSON document."""
        return json.loads(self.out)


def distribution(folder: Path, name: str, entry_points: dict[str, str]) -> Path:
    """Write an installed distribution's metadata with plugins in it, as pip would leave it."""
    info = folder / f"{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    lines = "".join(f"{key} = {value}\n" for key, value in entry_points.items())
    (info / "entry_points.txt").write_text(f"[aigc_lsp.plugins]\n{lines}")
    return folder
