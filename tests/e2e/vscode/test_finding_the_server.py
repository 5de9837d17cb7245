"""Where the server comes from: the setting, the project's environment, or an installation of the extension's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from cli_helpers import ROOT
from tests.e2e.vscode.harness.home import AIGC_LSP, Home
from tests.e2e.vscode.harness.server import CodeServer
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY, STATS, STATS_END

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
OpenWindow = Callable[..., Window]
INSTALLING = 400.0  # seconds; pip downloads some hundred megabytes on a machine that has not had them before


@pytest.fixture
def folder(workspace: Callable[..., Path]) -> Path:
    """Give a workspace in whose own environment there is a server."""
    folder = workspace(stats__py=STATS)
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(AIGC_LSP, folder / ".venv" / "bin")
    return folder


def test_a_wrong_path_in_the_settings_is_said(
    vscode: CodeServer, open_window: OpenWindow, workspace: Callable[..., Path], artifacts: Path
) -> None:
    vscode.write_settings(aigc__server__path="/nowhere/aigc-lsp")
    window = open_window(workspace(stats__py=STATS))
    status = window.wait_for_status("/nowhere/aigc-lsp")
    assert status.is_error
    window.screenshot(artifacts / "wrong-path.png")


def test_the_projects_environment_is_used(
    home: Home, vscode: CodeServer, open_window: OpenWindow, folder: Path
) -> None:
    vscode.write_settings(aigc__server__path="")
    window = open_window(folder)
    window.open("stats.py")
    window.wait_for_status(READY)
    assert home.server_commands() == [str(folder / ".venv" / "bin" / "aigc-lsp")]


def test_that_of_an_untrusted_project_is_not(
    home: Home, vscode: CodeServer, open_window: OpenWindow, folder: Path
) -> None:
    vscode.write_settings(
        aigc__server__path="",
        security__workspace__trust__enabled=True,
        security__workspace__trust__startupPrompt="never",
    )
    window = open_window(folder)
    window.open("stats.py")
    window.wait_for_status("not installed")
    assert home.server_commands() == []


def test_it_installs_one_of_its_own(
    home: Home, vscode: CodeServer, open_window: OpenWindow, workspace: Callable[..., Path], artifacts: Path
) -> None:
    vscode.write_settings(aigc__server__path="", aigc__server__installSource=str(ROOT))
    window = open_window(workspace(stats__py=STATS))
    window.open("stats.py")
    window.wait_for_status("not installed")
    until("the offer", window.notifications)
    window.screenshot(artifacts / "offer.png")
    home.stop_engine()  # the new one has to start its own
    window.answer_message("can be installed", "Install")
    window.wait_for_status("being installed")
    until("the server", home.servers, timeout=INSTALLING)
    window.wait_for_status(READY)
    assert all(Path(command).is_relative_to(vscode.storage) for command in home.server_commands())
    window.go_to(*STATS_END)
    window.type_and_see("return ")
