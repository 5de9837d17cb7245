"""The pictures in the extension's README: taken anew in each run, copied there by AIGC_E2E_UPDATE_SCREENSHOTS=1."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.server import CodeServer
from tests.e2e.vscode.harness.vsix import EXTENSION
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY, STATS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
MOST_BYTES = 150_000  # of one picture: the package has to stay small


@pytest.fixture
def window(vscode: CodeServer, open_window: Callable[..., Window], workspace: Callable[..., Path]) -> Window:
    """Give a small window with nothing but the editor and the status bar."""
    vscode.write_settings(
        breadcrumbs__enabled=False,
        window__commandCenter=False,
        window__menuBarVisibility="hidden",
        workbench__activityBar__location="hidden",
        workbench__layoutControl__enabled=False,
        editor__scrollBeyondLastLine=False,
        editor__scrollbar__vertical="hidden",
        editor__hideCursorInOverviewRuler=True,
        editor__overviewRulerBorder=False,
    )
    window = open_window(workspace(stats__py=STATS), width=760, height=340, scale=2)
    window.open("stats.py")
    window.run_command("View: Toggle Primary Side Bar Visibility")
    window.page.locator(".part.sidebar").wait_for(state="hidden")
    window.wait_for_status(READY)
    window.press("Control+End")
    return window


def keep(picture: Path) -> None:
    """Check a picture for the README, and put it there where that is wanted."""
    assert 5_000 < picture.stat().st_size < MOST_BYTES
    assert picture.name in pictures_of_the_readme()
    if os.environ.get("AIGC_E2E_UPDATE_SCREENSHOTS"):
        shutil.copyfile(picture, EXTENSION / "images" / picture.name)


def pictures_of_the_readme() -> set[str]:
    readme = (EXTENSION / "README.md").read_text(encoding="utf-8")
    return set(re.findall(r"\(images/([\w-]+\.png)\)", readme))


def test_ghost_text(window: Window, artifacts: Path) -> None:
    window.type_and_see("return ")
    window.page.locator(".statusbar-item .codicon-loading").wait_for(state="detached")
    keep(window.screenshot(artifacts / "ghost-text.png"))


def test_the_menu_of_the_status_item(window: Window, artifacts: Path) -> None:
    window.page.set_viewport_size({"width": 760, "height": 900})  # the menu takes less than half of it
    window.status_item().click()
    until("the whole menu", lambda: "Open Walkthrough" in window.picks())
    window.page.mouse.move(380, 800)
    window.page.locator(".monaco-hover:visible").wait_for(state="detached")
    keep(window.screenshot(artifacts / "status-menu.png", height=420))


def test_each_picture_of_the_readme_is_taken_here() -> None:
    assert pictures_of_the_readme() == {"ghost-text.png", "status-menu.png"}
    assert all((EXTENSION / "images" / name).is_file() for name in pictures_of_the_readme())
