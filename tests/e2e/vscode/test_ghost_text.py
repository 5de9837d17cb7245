"""Ghost text of the embedded model in a Python file: it appears, and is accepted, typed through or dismissed."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.home import Home
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import OPEN_BODY, READY, STATS, TYPESCRIPT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def test_tab_accepts_the_suggestion(stats: Window, artifacts: Path) -> None:
    line = stats.type_and_see("return ")
    stats.screenshot(artifacts / "ghost-text.png")
    stats.wait_for_text("stats.py", STATS + "return ")
    stats.press("Tab")
    stats.wait_for_text("stats.py", STATS + line)
    assert "(" in line


def test_one_word_is_accepted_alone(stats: Window, artifacts: Path) -> None:
    line = stats.type_and_see("return ")
    stats.press("Control+ArrowRight")
    before = STATS + "return "
    text = stats.wait_for_text("stats.py", lambda text: text.startswith(before) and text != before)
    taken = text.removeprefix(STATS)
    assert taken != line
    assert line.startswith(taken)
    rest = line.removeprefix(taken)
    until("the rest of the suggestion", lambda: stats.ghost_text() == rest)
    stats.screenshot(artifacts / "one-word.png")


def test_typing_through_keeps_the_rest_and_asks_the_engine_nothing(home: Home, stats: Window, artifacts: Path) -> None:
    line = stats.type_and_see("return ")
    before = home.engine()["details"]["requests"]
    typed = line.removeprefix("return ")[:5]
    assert typed.isprintable()
    for number, key in enumerate(typed, start=1):
        stats.type(key)
        rest = line.removeprefix("return ")[number:]
        until(f"the rest {rest!r}", lambda rest=rest: stats.ghost_text() == rest)
    stats.screenshot(artifacts / "typed-through.png")
    stats.wait_for_text("stats.py", STATS + "return " + typed)
    assert home.engine()["details"]["requests"] == before


def test_typing_through_an_opening_bracket_leaves_no_bracket_too_many(stats: Window, artifacts: Path) -> None:
    stats.type_and_see("return ")
    stats.type("math.sqrt(")
    stats.wait_for_ghost_text()
    stats.screenshot(artifacts / "bracket.png")
    stats.press("Tab")
    begun = STATS + "return math.sqrt("
    text = stats.wait_for_text("stats.py", lambda text: text.startswith(begun) and text != begun + ")")
    ast.parse(text)


def test_several_lines_are_shown_and_accepted(
    open_window: Callable[..., Window], workspace: Callable[..., Path], artifacts: Path
) -> None:
    window = open_window(workspace(stats__py=OPEN_BODY))
    window.open("stats.py")
    window.wait_for_status(READY)
    window.press("Control+End", "Enter")
    lines = window.wait_for_ghost_text()
    window.screenshot(artifacts / "several-lines.png")
    assert "\n" in lines
    window.press("Control+Alt+ArrowRight")
    second = lines.split("\n", 1)[1]
    until("the next line alone", lambda: window.ghost_text() == second)
    window.press("Tab")  # VS Code: before an indentation it indents, and does not accept
    until("the rest of that line", lambda: window.ghost_text() == second.lstrip())
    window.press("Tab")
    window.wait_for_text("stats.py", f"{OPEN_BODY}\n    {lines}")


def test_typescript_is_completed_too(open_window: Callable[..., Window], workspace: Callable[..., Path]) -> None:
    window = open_window(workspace(queue__ts=TYPESCRIPT))
    window.open("queue.ts")
    window.wait_for_status(READY)
    window.press("Control+End")
    line = window.type_and_see("return ")
    window.press("Tab")
    window.wait_for_text("queue.ts", TYPESCRIPT + line)


def test_escape_dismisses_it(stats: Window) -> None:
    stats.type_and_see("return ")
    stats.press("Escape")
    until("the ghost text to go", lambda: not stats.ghost_text())
    stats.type("average")
    stats.wait_for_text("stats.py", STATS + "return average")


def test_what_became_of_suggestions_reaches_the_server(stats: Window) -> None:
    assert counts(stats) == (0, 0, 0)
    line = stats.type_and_see("return ")
    shown, accepted, partially = counts(stats)
    assert shown >= 1
    assert (accepted, partially) == (0, 0)
    stats.press("End", "Backspace")
    stats.type_and_see(" ")
    stats.press("Control+ArrowRight")
    stats.wait_for_text("stats.py", lambda text: text.startswith(STATS + "return ") and text != STATS + "return ")
    assert stats.wait_for_ghost_text()
    stats.press("Tab")
    stats.wait_for_text("stats.py", STATS + line)
    assert counts(stats)[1:] == (1, 1)


def counts(window: Window) -> tuple[int, ...]:
    """Return how many suggestions the server says were shown, accepted, and accepted in part."""
    window.run_command("AIGC: Show Counts of This Session")
    message = until("the counts", lambda: [text for text in window.notifications() if "this session" in text])[0]
    window.run_command("Notifications: Clear All Notifications")
    until("the message to go", lambda: not window.notifications())
    return tuple(int(number) for number in re.findall(r"\d+", message))
