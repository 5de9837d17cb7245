"""Tasks of a plugin of the server, from the lightbulb and from the palette: it asks, and what it says is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
TEXT = "# tasks\n# say hello\nx = 1\n"


@pytest.fixture
def window(open_window: Callable[..., Window], workspace: Callable[..., Path]) -> Window:
    """Give a window in which the words of a comment are selected."""
    window = open_window(workspace(a__py=TEXT))
    window.open("a.py")
    window.wait_for_status(READY)
    window.go_to(2, 3)
    window.press("Shift+End")
    return window


def test_a_code_action_asks_and_edits(window: Window, artifacts: Path) -> None:
    window.code_action("Shout the selection", artifacts / "code-actions.png")
    window.answer("What to put at its end", "!")
    until("the choices", lambda: window.picks() == ["once", "twice"])
    window.screenshot(artifacts / "choices.png")
    window.pick("twice")
    window.wait_for_text("a.py", TEXT.replace("say hello", "SAY HELLO!!"))


def test_the_palette_lists_the_tasks_and_runs_one(window: Window, artifacts: Path) -> None:
    window.run_command("AIGC: Run Task")
    until("the tasks", lambda: window.picks() == ["Shout the selection", "Count the characters"])
    window.screenshot(artifacts / "tasks.png")
    window.pick("Shout the selection")
    window.answer("What to put at its end", "?")
    window.pick("once")
    window.wait_for_text("a.py", TEXT.replace("say hello", "SAY HELLO?"))


def test_a_page_is_opened_beside_the_file(window: Window, artifacts: Path) -> None:
    window.code_action("Count the characters")
    window.page.locator(".view-line", has_text="There are 9 characters.").wait_for()
    window.screenshot(artifacts / "page.png")
    assert window.page.locator(".editor-group-container .tab", has_text="Characters").count() == 1


def test_escape_at_a_question_changes_nothing(window: Window) -> None:
    window.code_action("Shout the selection")
    window.page.locator(".quick-input-message", has_text="What to put at its end").wait_for()
    window.press("Escape")
    window.quick_input().wait_for(state="hidden")
    window.press("End")
    window.type("x")
    window.wait_for_text("a.py", TEXT.replace("say hello", "say hellox"))
