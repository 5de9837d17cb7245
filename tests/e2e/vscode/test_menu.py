"""The completion menu of another language server works beside the ghost text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY, STATS, STATS_END

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def window(open_window: Callable[..., Window], workspace: Callable[..., Path]) -> Window:
    """Give a window on a file for which the other extension has words."""
    window = open_window(workspace(menu__py=STATS))
    window.open("menu.py")
    window.wait_for_status(READY)
    window.go_to(*STATS_END)
    return window


def test_its_items_are_shown_and_accepted(window: Window, artifacts: Path) -> None:
    window.type("qui")
    items = ["quick_select", "quick_sort", "quicken"]
    until("the menu", lambda: window.suggestions() == items)
    window.screenshot(artifacts / "menu.png")
    window.press("ArrowDown", "Enter")
    window.wait_for_text("menu.py", STATS + "quick_sort")
    until("the menu to close", lambda: not window.suggestions())


def test_ghost_text_comes_where_the_menu_has_nothing(window: Window) -> None:
    line = window.type_and_see("return ")
    assert not window.suggestions()
    window.press("Tab")
    window.wait_for_text("menu.py", STATS + line)


def test_ours_adds_no_item_to_the_menu(window: Window) -> None:
    window.type_and_see("return ")
    window.press("Control+Space")
    until("the menu", window.suggestions)
    assert {text.split()[0] for text in window.suggestions()} == {"quick_select", "quick_sort", "quicken"}
