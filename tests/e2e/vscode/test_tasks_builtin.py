"""Built-in tasks with the embedded model: by code action, by key and by command; each edit is undone by one undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.code import (
    AVERAGE,
    BOUNDS,
    CLAMP,
    DISCOUNTED,
    INSTRUCTION,
    PRICES,
    is_documented,
    is_guarded,
    passes,
)
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY

pytestmark = [pytest.mark.e2e, pytest.mark.real_model, pytest.mark.timeout(400)]
MODEL = 150.0  # seconds that the model may take on a slow machine


@pytest.fixture
def prices(open_window: Callable[..., Window], workspace: Callable[..., Path]) -> Window:
    """Give a window on code without docstrings."""
    window = open_window(workspace(prices__py=PRICES))
    window.open("prices.py")
    window.wait_for_status(READY)
    return window


def undone_by_one_undo(window: Window) -> None:
    """Undo once, and see that the file is what it was."""
    window.press("Control+Z")
    window.wait_for_text("prices.py", PRICES)


def test_a_docstring_by_code_action_and_an_explanation_by_command(prices: Window, artifacts: Path) -> None:
    prices.go_to(DISCOUNTED, 8)
    prices.code_action("Write a docstring", artifacts / "code-actions.png")
    prices.wait_for_text("prices.py", is_documented, timeout=MODEL)
    prices.screenshot(artifacts / "documented.png")
    undone_by_one_undo(prices)
    prices.run_command("AIGC: Explain")
    page = prices.page.locator(".editor-group-container", has_text="Read off the code")
    page.first.wait_for(timeout=1000 * MODEL)
    prices.screenshot(artifacts / "explained.png")
    assert prices.page.locator(".editor-group-container").count() == 2


def test_an_edit_by_instruction_and_the_reason_where_none_can_be_offered(prices: Window, artifacts: Path) -> None:
    prices.go_to(AVERAGE)
    prices.press("Control+Shift+End")
    prices.code_action("Edit with an instruction")
    prices.answer("What to change", INSTRUCTION)
    prices.wait_for_text("prices.py", is_guarded, timeout=MODEL)
    prices.screenshot(artifacts / "edited.png")
    undone_by_one_undo(prices)
    prices.go_to(AVERAGE, 8)
    prices.press("Control+K", "Control+E")
    prices.answer("What to change", "rename average to discounted")
    until("the reason", lambda: any("There is a `discounted`" in text for text in prices.notifications()))
    prices.screenshot(artifacts / "withheld.png")
    prices.wait_for_text("prices.py", PRICES)


def test_tests_are_generated_with_progress_into_a_new_file_that_opens_and_passes(
    open_window: Callable[..., Window], workspace: Callable[..., Path], artifacts: Path
) -> None:
    window = open_window(workspace(bounds__py=BOUNDS))
    window.open("bounds.py")
    window.wait_for_status(READY)
    window.go_to(CLAMP, 6)
    window.code_action("Generate tests for `clamp`")
    running = window.page.locator(".notification-list-item", has_text="Generate tests")
    running.filter(has_text="mutants").wait_for(timeout=1000 * MODEL)
    window.screenshot(artifacts / "testing.png")
    window.page.locator(".tab.active", has_text="test_bounds.py").wait_for(timeout=1000 * MODEL)
    window.screenshot(artifacts / "tested.png")
    (file,) = window.folder.rglob("test_bounds.py")
    window.wait_for_text(str(file.relative_to(window.folder)), lambda text: "from bounds import clamp" in text)
    assert passes(file, window.folder)
    assert (window.folder / "bounds.py").read_text() == BOUNDS
