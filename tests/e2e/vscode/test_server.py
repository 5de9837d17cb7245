"""The language server under the extension: it is started again when it ends, and when the user wants that."""

from __future__ import annotations

import os
import signal

import pytest

from tests.e2e.vscode.harness.home import Home
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_a_killed_server_is_shown_and_comes_back(home: Home, stats: Window) -> None:
    killed = home.servers()
    assert len(killed) == 1
    os.kill(killed[0], signal.SIGKILL)
    until("the error state", lambda: any(status.is_error for status in stats.statuses()))
    stats.wait_for_status(READY)
    assert len(home.servers()) == 1
    assert home.servers() != killed
    stats.type_and_see("return ")


def test_the_user_restarts_it(home: Home, stats: Window) -> None:
    before = home.servers()
    assert len(before) == 1
    past = len(stats.statuses())
    stats.run_command("AIGC: Restart Server")
    new = until("another server", lambda: [pid for pid in home.servers() if pid not in before])
    stats.wait_for_status(READY, after=past)
    assert home.servers() == new
    assert not any(status.is_error for status in stats.statuses())
    stats.type_and_see("return ")


def test_the_user_restarts_the_engine(home: Home, stats: Window) -> None:
    before = home.engine()["pid"]
    past = len(stats.statuses())
    stats.run_command("AIGC: Restart Engine")
    until("another engine", lambda: home.engine()["pid"] not in (before, None))
    stats.wait_for_status(READY, after=past)
    assert not any(status.is_error for status in stats.statuses())
    stats.type_and_see("return ")
