"""What evaluations need of the machine: a home of their own, and the packages for the engines that they start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cli_helpers import BUILTIN, ROOT, distribution


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a fresh home, and the built-in plugins as installed ones."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AIGC_LSP_HOME", str(folder))
    site = distribution(tmp_path / "site", "aigc-lsp", BUILTIN)
    monkeypatch.syspath_prepend(str(site))
    sources = [str(ROOT / name) for name in ("models", "plugins", "server", "finetune")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *sources]))
    return folder
