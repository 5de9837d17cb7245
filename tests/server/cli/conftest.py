"""The command line under test: in this process where that suffices, in one of its own where processes matter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aigc_lsp.cli import app
from cli_helpers import BUILTIN, ROOT, Done, distribution


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a fresh home and working folder, and the built-in plugins as installed ones."""
    folder = tmp_path / "home"
    monkeypatch.setenv("AIGC_LSP_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    site = distribution(tmp_path / "site", "aigc-lsp", BUILTIN)
    monkeypatch.syspath_prepend(str(site))
    sources = [str(ROOT / name) for name in ("models", "plugins", "server", "finetune")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *sources]))
    return folder


@pytest.fixture
def aigc(home: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Give a function that runs a command line in this process."""

    def run(*args: object) -> Done:
        capfd.readouterr()
        status = app.run([str(arg) for arg in args])
        out, err = capfd.readouterr()
        return Done(int(status), out, err)

    return run


@pytest.fixture
def command(home: Path) -> Iterator[Callable[..., Done]]:
    """Give a function that runs a command line in a process of its own; the engine it starts ends with the test."""

    def run(*args: object, stdin: str = "") -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "aigc_lsp", *map(str, args)],
            input=stdin, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    yield run
    if (home / "run").exists():
        run("engine", "stop")
