"""What the tests of all editors share: where they leave pictures and logs, and an end to everything on each signal."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

FAILED = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def artifacts_root() -> Path:
    """Return the folder that keeps screenshots, and logs of failed tests, after the run."""
    chosen = os.environ.get("AIGC_E2E_ARTIFACTS")
    folder = Path(chosen).absolute() if chosen else Path(__file__).parent / ".artifacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def artifacts(artifacts_root: Path, request: pytest.FixtureRequest) -> Path:
    """Return this test's own folder for pictures and logs."""
    name = re.sub(r"[^\w.-]+", "-", request.node.name)
    folder = artifacts_root / request.path.parent.name / request.path.stem / name
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.is_file():
            old.unlink()
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note whether a test failed, so that fixtures know it when they clear up."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session", autouse=True)
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does, so that fixtures end what they started."""
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    yield
    signal.signal(signal.SIGTERM, previous)
