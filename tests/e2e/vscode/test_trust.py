"""Restricted Mode: suggestions work, and the workspace's own settings are not read until it is trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.server import CodeServer
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY, STATS, STATS_END

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
SWITCHED_OFF = "switched off in the settings"


@pytest.fixture
def folder(workspace: Callable[..., Path]) -> Path:
    """Give a workspace whose own settings switch suggestions off."""
    folder = workspace(stats__py=STATS)
    (folder / ".aigc-lsp.toml").write_text("[completion]\nenabled = false\n", encoding="utf-8")
    return folder


@pytest.fixture
def untrusted(vscode: CodeServer, open_window: Callable[..., Window], folder: Path) -> Window:
    """Give a window in which the user has not trusted the workspace."""
    vscode.write_settings(
        security__workspace__trust__enabled=True,
        security__workspace__trust__startupPrompt="never",
        security__workspace__trust__banner="never",
    )
    return open_window(folder)


def test_a_trusted_workspaces_settings_are_read(open_window: Callable[..., Window], folder: Path) -> None:
    window = open_window(folder)
    window.open("stats.py")
    window.wait_for_status(SWITCHED_OFF)


def test_an_untrusted_one_has_suggestions_and_no_say(untrusted: Window, artifacts: Path) -> None:
    untrusted.open("stats.py")
    status = untrusted.wait_for_status(READY)
    assert "workspace-untrusted" in status.icons
    untrusted.go_to(*STATS_END)
    line = untrusted.type_and_see("return ")
    untrusted.screenshot(artifacts / "untrusted.png")
    untrusted.press("Tab")
    untrusted.wait_for_text("stats.py", STATS + line)


def test_its_settings_are_read_once_it_is_trusted(untrusted: Window) -> None:
    untrusted.open("stats.py")
    untrusted.wait_for_status(READY)
    untrusted.run_command("Workspaces: Manage Workspace Trust")
    untrusted.page.get_by_role("button", name="Trust", exact=True).click()
    untrusted.wait_for_status(SWITCHED_OFF)
