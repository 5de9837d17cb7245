"""VS Code for the tests of this folder: one code-server with the extension, a fresh window and folder per test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from cli_helpers import distribution
from tests.e2e.conftest import FAILED
from tests.e2e.setup import code_server
from tests.e2e.vscode.harness import packing, vsix
from tests.e2e.vscode.harness.home import Home
from tests.e2e.vscode.harness.server import CodeServer
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY, STATS, STATS_END

CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

HERE = Path(__file__).parent
OpenWindow = Callable[..., Window]


@pytest.fixture(scope="package")
def home() -> Iterator[Home]:
    """Give the run's own home; ends whatever runs there."""
    made = Home.create()
    distribution(made.site, "e2e-tasks", {"e2e-tasks": "e2e_tasks"})
    shutil.copy(HERE / "plugin" / "e2e_tasks.py", made.site)
    yield made
    made.remove()


@pytest.fixture(scope="package")
def vscode(home: Home) -> Iterator[CodeServer]:
    """Give a running code-server that has the extension from its .vsix."""
    assert code_server.is_complete(), "VS Code is not set up: run `python -m tests.e2e.setup`"
    server = CodeServer(home)
    try:
        server.install(vsix.build())
        server.install(packing.pack(HERE / "menu_extension", home.root / "menu.vsix"))
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Give a headless Chromium."""
    path = shutil.which("chromium")
    assert path, "there is no chromium: run `python -m tests.e2e.setup`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def workspace(home: Home) -> Callable[..., Path]:
    """Give a function that makes a workspace folder with files in it; `__` in a name stands for a dot."""

    def make(**files: str) -> Path:
        folder = Path(tempfile.mkdtemp(dir=home.workspaces)) / "project"
        folder.mkdir()
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def open_window(
    vscode: CodeServer, browser: Browser, artifacts: Path, request: pytest.FixtureRequest
) -> Iterator[OpenWindow]:
    """Give a function that opens a window on a folder; each has a fresh browser profile."""
    opened: list[Window] = []

    def open_(folder: Path, width: int = 1200, height: int = 760, scale: float = 1) -> Window:
        size: ViewportSize = {"width": width, "height": height}
        context = browser.new_context(viewport=size, device_scale_factor=scale)
        window = Window(context, vscode.url(folder), folder)
        opened.append(window)
        return window

    yield open_
    if request.node.stash.get(FAILED, False):
        _keep_evidence(opened, vscode, artifacts)
    for window in opened:
        window.close()
        window.page.context.close()
    vscode.write_settings()


@pytest.fixture
def stats(open_window: OpenWindow, workspace: Callable[..., Path]) -> Window:
    """Give a window on `stats.py` in which the model is ready and the cursor stands where a statement is wanted."""
    window = open_window(workspace(stats__py=STATS))
    window.open("stats.py")
    window.wait_for_status(READY)
    window.go_to(*STATS_END)
    return window


def _keep_evidence(windows: list[Window], vscode: CodeServer, artifacts: Path) -> None:
    for number, window in enumerate(windows):
        window.screenshot(artifacts / f"failed-{number}.png")
        (artifacts / f"failed-{number}-console.log").write_text("\n".join(window.console), encoding="utf-8")
    for log in vscode.logs:
        name = "-".join(log.relative_to(vscode.home.root).parts)
        shutil.copyfile(log, artifacts / name)
