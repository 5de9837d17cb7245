"""Tasks of a plugin of the server, from the lightbulb, the palette and a lens: they ask, edit, show, or say why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.server import CodeServer
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


def tabs(window: Window, title: str) -> int:
    """Return how many tabs have this title."""
    return window.page.locator(".editor-group-container .tab", has_text=title).count()


def test_a_code_action_asks_and_edits(window: Window, artifacts: Path) -> None:
    window.code_action("Shout the selection", artifacts / "code-actions.png")
    window.answer("What to put at its end", "!")
    until("the choices", lambda: window.picks() == ["once", "twice"])
    window.screenshot(artifacts / "choices.png")
    window.pick("twice")
    window.wait_for_text("a.py", TEXT.replace("say hello", "SAY HELLO!!"))


def test_the_palette_lists_the_tasks_and_runs_one(window: Window, artifacts: Path) -> None:
    window.run_command("AIGC: Run Task")
    window.quick_input().fill("the")  # the list is long, and only what is seen of it can be read
    until("the tasks", lambda: {"Shout the selection", "Count the characters"} <= set(window.picks()))
    window.screenshot(artifacts / "tasks.png")
    window.pick("Shout the selection")
    window.answer("What to put at its end", "?")
    window.pick("once")
    window.wait_for_text("a.py", TEXT.replace("say hello", "SAY HELLO?"))


def test_a_page_is_opened_beside_the_file(window: Window, artifacts: Path) -> None:
    window.code_action("Count the characters")
    window.page.locator(".view-line", has_text="There are 9 characters.").wait_for()
    window.screenshot(artifacts / "page.png")
    assert tabs(window, "Characters") == 1


def test_a_long_page_is_seen_while_it_is_written_and_taken_away_where_it_is_cancelled(
    window: Window, artifacts: Path
) -> None:
    window.code_action("Recite a poem")
    first, last = (window.page.locator(".view-line", has_text=f"The {each} line") for each in ("first", "last"))
    first.wait_for()
    running = window.page.locator(".notification-list-item", has_text="Recite a poem")
    running.wait_for()
    window.screenshot(artifacts / "running.png")
    assert running.count() == 1
    running.get_by_role("button", name="Cancel").click()
    running.wait_for(state="detached")
    until("the preview to be closed", lambda: tabs(window, "Recite a poem") == 0)
    assert window.notifications() == []
    window.code_action("Recite a poem")
    first.wait_for()
    assert last.count() == 0
    window.press("End")
    window.type("!")
    window.screenshot(artifacts / "preview.png")
    window.wait_for_text("a.py", TEXT.replace("say hello", "say hello!"))
    (window.folder / "go").touch()
    last.wait_for()
    window.screenshot(artifacts / "page.png")
    assert tabs(window, "Recite a poem") == 1
    assert tabs(window, "") == 2  # the file, and the page in place of its preview


def test_a_result_that_is_withheld_or_of_an_older_text_says_why(window: Window, artifacts: Path) -> None:
    window.code_action("Refuse to do it")
    reason = "aigc-lsp: Refuse to do it: There is nothing to do here, says the test."
    until("the reason", lambda: reason in window.notifications())
    window.screenshot(artifacts / "withheld.png")
    assert len(window.notifications()) == 1
    window.code_action("Delete it slowly")
    window.page.locator(".notification-list-item", has_text="Delete it slowly").wait_for()
    window.press("End")
    window.type("!")
    (window.folder / "go").touch()
    until("a message", lambda: any("the text changed" in text for text in window.notifications()))
    window.screenshot(artifacts / "changed.png")
    window.wait_for_text("a.py", TEXT.replace("say hello", "say hello!"))


def test_a_code_lens_is_shown_once_it_is_switched_on_and_runs_its_task(
    vscode: CodeServer, open_window: Callable[..., Window], workspace: Callable[..., Path], artifacts: Path
) -> None:
    window = open_window(workspace(b__py="# tasks\ndef f():\n    return 1\n"))
    window.open("b.py")
    window.wait_for_status(READY)
    lenses = window.page.locator(".codelens-decoration a", has_text="Stamp it")
    assert lenses.count() == 0
    vscode.write_settings(aigc__tasks__lens=True)
    lenses.first.wait_for()
    window.screenshot(artifacts / "lens.png")
    lenses.first.click()
    window.wait_for_text("b.py", "# tasks\n# stamped\ndef f():\n    return 1\n")


def test_escape_at_a_question_changes_nothing(window: Window) -> None:
    window.code_action("Shout the selection")
    window.page.locator(".quick-input-message", has_text="What to put at its end").wait_for()
    window.press("Escape")
    window.quick_input().wait_for(state="hidden")
    window.press("End")
    window.type("x")
    window.wait_for_text("a.py", TEXT.replace("say hello", "say hellox"))
