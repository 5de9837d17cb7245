"""The engine as the status bar shows it: it loads, fails, comes back, stalls, and is shared by the windows."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.home import Home
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY, STATS, STATS_END

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OpenWindow = Callable[..., Window]
Workspace = Callable[..., Path]


def test_status_goes_from_loading_to_ready(
    home: Home, open_window: OpenWindow, workspace: Workspace, artifacts: Path
) -> None:
    home.stop_engine()
    window = open_window(workspace(stats__py=STATS))
    window.open("stats.py")
    ready = window.wait_for_status(READY)
    window.screenshot(artifacts / "ready.png")
    seen = window.statuses()
    loading = [status for status in seen if re.search(r"\d+%", status.text)]
    assert loading, seen
    assert seen.index(loading[-1]) < seen.index(ready)
    assert "loading" in loading[0].icons, seen
    assert "loading" not in ready.icons
    assert not any(status.is_error for status in seen), seen
    assert home.engine()["state"] == "ready"


def test_a_killed_engine_is_shown_and_comes_back(home: Home, stats: Window, artifacts: Path) -> None:
    killed = home.engine()["pid"]
    before = len(stats.statuses())
    os.kill(killed, signal.SIGKILL)
    until("the error state", lambda: any(status.is_error for status in stats.statuses()[before:]))
    stats.screenshot(artifacts / "killed.png")
    until("a message", lambda: any("engine" in text for text in stats.notifications()))
    stats.wait_for_status(READY)
    assert not stats.statuses()[-1].is_error
    assert home.engine()["pid"] not in (killed, None)
    line = stats.type_and_see("return ")
    stats.press("Tab")
    stats.wait_for_text("stats.py", STATS + line)


def test_keys_arrive_in_order_while_the_engine_is_stalled(home: Home, stats: Window) -> None:
    words = " ".join(f"word{number}" for number in range(40))[:200].ljust(200, "x")
    stalled = home.engine()["pid"]
    os.kill(stalled, signal.SIGSTOP)
    try:
        stats.type(words)
        stats.wait_for_text("stats.py", STATS + words)
        assert not stats.ghost_text()
    finally:
        os.kill(stalled, signal.SIGCONT)
    stats.wait_for_status(READY)
    assert home.engine()["pid"] == stalled


def test_two_windows_share_one_engine(home: Home, open_window: OpenWindow, workspace: Workspace) -> None:
    home.stop_engine()
    windows = [open_window(workspace(stats__py=STATS)) for _ in range(2)]
    for window in windows:
        window.open("stats.py")
        window.wait_for_status(READY)
        window.go_to(*STATS_END)
        assert window.type_and_see("return ") != "return "
    assert home.engine_processes() == [home.engine()["pid"]]
    assert len(home.servers()) == 2
