"""Ghost text of the embedded model in a Python file: it appears, and is accepted, typed through or dismissed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.home import Home
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import STATS, STATS_END

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture
def window(open_window: Callable[..., Window], workspace: Callable[..., Path]) -> Window:
    """Give a window in which the cursor stands where a statement is wanted."""
    window = open_window(workspace(stats__py=STATS))
    window.open("stats.py")
    window.go_to(*STATS_END)
    return window


def suggested(window: Window) -> str:
    """Type the beginning of a statement, and return the line as it would be after Tab."""
    window.type("return ")
    return "return " + window.wait_for_ghost_text()


def test_tab_accepts_the_suggestion(window: Window, artifacts: Path) -> None:
    line = suggested(window)
    window.screenshot(artifacts / "ghost-text.png")
    window.wait_for_text("stats.py", STATS + "return ")
    window.press("Tab")
    window.wait_for_text("stats.py", STATS + line)
    assert "(" in line


def test_one_word_is_accepted_alone(window: Window, artifacts: Path) -> None:
    line = suggested(window)
    window.press("Control+ArrowRight")
    before = STATS + "return "
    text = window.wait_for_text("stats.py", lambda text: text.startswith(before) and text != before)
    taken = text.removeprefix(STATS)
    assert taken != line
    assert line.startswith(taken)
    rest = line.removeprefix(taken)
    until("the rest of the suggestion", lambda: window.ghost_text() == rest)
    window.screenshot(artifacts / "one-word.png")


def test_typing_through_keeps_the_rest_and_asks_the_engine_nothing(home: Home, window: Window, artifacts: Path) -> None:
    line = suggested(window)
    before = home.engine()["details"]["requests"]
    typed = line.removeprefix("return ")[:5]
    assert typed.isprintable()
    for number, key in enumerate(typed, start=1):
        window.type(key)
        rest = line.removeprefix("return ")[number:]
        until(f"the rest {rest!r}", lambda rest=rest: window.ghost_text() == rest)
    window.screenshot(artifacts / "typed-through.png")
    window.wait_for_text("stats.py", STATS + "return " + typed)
    assert home.engine()["details"]["requests"] == before


def test_escape_dismisses_it(window: Window) -> None:
    suggested(window)
    window.press("Escape")
    until("the ghost text to go", lambda: not window.ghost_text())
    window.type("average")
    window.wait_for_text("stats.py", STATS + "return average")
