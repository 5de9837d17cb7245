"""A workspace to index, and a home of its own so that the user's rules and cache are out of reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_plugins.index import IndexedWorkspace, Indexer


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "aigc"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an empty workspace folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def write(root: Path) -> Callable[..., Path]:
    """Return a function that writes a file of the workspace."""

    def _write(path: str, text: str | bytes = "x = 1\n") -> Path:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return file

    return _write


@pytest.fixture
def indexer(root: Path) -> Indexer:
    """Return the indexer of the workspace, without worker processes."""
    return Indexer(root, workers=0)


@pytest.fixture
def workspace(root: Path) -> IndexedWorkspace:
    """Return the view of the workspace."""
    return IndexedWorkspace([root])
