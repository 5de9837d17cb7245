"""A home of its own for each test, whose engine ends with it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from aigc_models.client import control
from aigc_models.types import EngineUnavailableError
from tests.models.engine.process import environment


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give each test a home of its own, and end the engine that runs there."""
    folder = tmp_path / "home"
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    yield folder
    with suppress(EngineUnavailableError):
        pid = control.status().pid
        control.stop()
        if pid:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
