"""Suggestions off for a language, for some minutes, or altogether: no ghost text, and the status says so."""

from __future__ import annotations

import json

import pytest

from tests.e2e.vscode.harness.home import Home
from tests.e2e.vscode.harness.server import SETTINGS
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY, STATS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def nothing_is_suggested(home: Home, window: Window) -> None:
    """Type where there would be a suggestion."""
    asked = home.engine()["details"]["requests"]
    window.type("return ")
    window.wait_for_text("stats.py", STATS + "return ")
    assert home.engine()["details"]["requests"] == asked
    assert not window.ghost_text()


def it_is_suggested_again(window: Window) -> None:
    """Type the last key anew: that is where the suggestion was missing."""
    window.press("Backspace")
    window.type(" ")
    assert window.wait_for_ghost_text()


def test_off_for_a_language_and_on_again(home: Home, stats: Window) -> None:
    stats.run_command("AIGC: Turn Suggestions On or Off for This Language")
    status = stats.wait_for_status("off for python")
    assert "circle-slash" in status.icons
    nothing_is_suggested(home, stats)
    stats.run_command("AIGC: Turn Suggestions On or Off for This Language")
    stats.wait_for_status(READY)
    it_is_suggested_again(stats)


def test_snoozed_and_awake_again(home: Home, stats: Window) -> None:
    stats.run_command("AIGC: Snooze Suggestions")
    stats.pick("5 minutes")
    status = stats.wait_for_status("snoozed until")
    assert "bell-slash" in status.icons
    nothing_is_suggested(home, stats)
    stats.run_command("AIGC: End Snooze")
    stats.wait_for_status(READY)
    it_is_suggested_again(stats)


def test_snoozed_still_answers_an_explicit_request(stats: Window) -> None:
    stats.run_command("AIGC: Snooze Suggestions")
    stats.pick("5 minutes")
    stats.wait_for_status("snoozed until")
    stats.type("return ")
    stats.press("Alt+\\")
    assert stats.wait_for_ghost_text()


def test_off_in_the_settings_and_on_again(home: Home, stats: Window) -> None:
    stats.write_settings(json.dumps({**SETTINGS, "aigc.completion.enabled": False}))
    status = stats.wait_for_status("switched off in the settings")
    assert "circle-slash" in status.icons
    nothing_is_suggested(home, stats)
    stats.write_settings(json.dumps(SETTINGS))
    stats.wait_for_status(READY)
    it_is_suggested_again(stats)


def test_the_menu_of_the_status_item_turns_them_off(stats: Window) -> None:
    stats.status_item().click()
    until("the menu", lambda: "Turn Suggestions Off" in stats.picks())
    stats.pick("Turn Suggestions Off")
    stats.wait_for_status("switched off in the settings")
