"""A real Emacs with the settings that `aigc-lsp init` writes and docs/editors.md shows: keys typed, screen read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.others.conftest import OpenTerminal, Place
from tests.e2e.others.terminal import Terminal
from tests.e2e.vscode.harness.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
ANSWER = "Pick an action|No code actions"
SOURCE = "def f():\n    \n"
# Emacs compiles packages to machine code in the background and tells of it in a window. A user has that behind them.
QUIET = "(setq native-comp-deferred-compilation nil native-comp-jit-compilation nil)\n"


@pytest.fixture
def file(place: Place) -> Path:
    """Give a Python file with an empty function body."""
    early = place.user / ".emacs.d" / "early-init.el"
    early.parent.mkdir()
    early.write_text(QUIET)
    source = place.project / "a.py"
    source.write_text(SOURCE)
    return source


def tasks_block() -> str:
    """Return what the page has for tasks in Emacs."""
    page = (ROOT / "docs" / "editors.md").read_text("utf-8")
    below = page.split("\n## Tasks\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```elisp\n(.*?)^```$", below, re.MULTILINE | re.DOTALL)
    return str(block)


def emacs(terminal: OpenTerminal, file: Path) -> Terminal:
    """Open the file in Emacs."""
    return terminal(["emacs", "-nw", file.name])


def complete_until(opened: Terminal, text: str, times: int = 1) -> None:
    """Type the beginning of a statement, and ask for completion until the model is loaded and the text is there."""
    opened.type("re")
    opened.wait_for(" re")

    def asked() -> bool:
        opened.press("M-Tab")
        return opened.screen().count(text) == times

    until(f"{text!r} after M-Tab", asked, pause=1.0)


def saved(opened: Terminal, file: Path) -> str:
    """Save the buffer and return the file's text."""
    opened.press("C-x", "C-s")
    return until("the file to be saved", lambda: file.read_text() if file.read_text() != SOURCE else "")


def test_eglot_completes_with_the_suggestion(place: Place, terminal: OpenTerminal, file: Path) -> None:
    place.aigc_lsp("init", "emacs-eglot", "--write")
    opened = emacs(terminal, file)
    opened.wait_for("[eglot] Connected! Server `aigc-lsp'")
    opened.press("M-<", "C-n", "C-e")
    complete_until(opened, "return 12345")
    assert saved(opened, file) == "def f():\n    return 12345\n"


def test_eglot_inserts_all_lines_of_a_suggestion(place: Place, terminal: OpenTerminal, file: Path) -> None:
    place.says("turn [%0A        12345,%0A    ]")
    place.aigc_lsp("init", "emacs-eglot", "--write")
    opened = emacs(terminal, file)
    opened.wait_for("[eglot] Connected!")
    opened.press("M-<", "C-n", "C-e")
    complete_until(opened, "12345,")
    assert saved(opened, file) == "def f():\n    return [\n        12345,\n    ]\n"


def test_lsp_mode_completes_with_the_suggestion(place: Place, terminal: OpenTerminal, file: Path) -> None:
    """Debian's lsp-mode has no inline completion: the same settings give the completion menu there."""
    place.aigc_lsp("init", "emacs-lsp-mode", "--write")
    opened = emacs(terminal, file)
    opened.wait_for("Import project")
    opened.press("i")
    opened.wait_for("initialized successfully")
    opened.press("M-<", "C-n", "C-e")
    complete_until(opened, "return 12345")
    assert saved(opened, file) == "def f():\n    return 12345\n"


def test_emacs_goes_on_when_the_engine_ends_and_the_next_completion_starts_it_again(
    place: Place, terminal: OpenTerminal, file: Path
) -> None:
    place.aigc_lsp("init", "emacs-eglot", "--write")
    opened = emacs(terminal, file)
    opened.wait_for("[eglot] Connected!")
    opened.press("M-<", "C-n", "C-e")
    complete_until(opened, "return 12345")
    place.aigc_lsp("engine", "stop")
    opened.press("Enter", "Enter")
    opened.type("def g():")
    opened.press("Enter")
    opened.wait_for("def g():")
    complete_until(opened, "return 12345", times=2)
    assert saved(opened, file) == "def f():\n    return 12345\n\ndef g():\n    return 12345\n"


def actions(opened: Terminal) -> str:
    """Ask for code actions, and return the screen with eglot's answer."""
    opened.press("M-x")
    opened.wait_for("M-x")
    opened.type("eglot-code-actions")
    opened.press("Enter")
    return until("an answer", lambda: screen if re.search(ANSWER, screen := opened.screen()) else "")


def test_eglot_lists_the_tasks_and_applies_the_edit_of_one(place: Place, terminal: OpenTerminal, file: Path) -> None:
    before = "def f(x):\n    return g(x + 1)\n"
    file.write_text(before)
    place.aigc_lsp("init", "emacs-eglot", "--write")
    init = place.user / ".emacs.d" / "init.el"
    init.write_text(init.read_text() + tasks_block())
    opened = emacs(terminal, file)
    opened.wait_for("[eglot] Connected!")
    opened.press("M-<", "C-n", "C-e", "C-b")
    until("the tasks", lambda: "Pick an action" in actions(opened), pause=1.0)
    opened.press("C-g", "C-Space", *["C-b"] * len("x + 1"))
    actions(opened)
    opened.type("Extract to v")
    opened.press("Enter")
    opened.wait_for("Proceed?")
    opened.press("y")
    opened.wait_for("Edit successful!")
    opened.press("C-x", "C-s")
    text = until("the edit", lambda: now if (now := file.read_text()) != before else "")
    assert re.fullmatch(r"def f\(x\):\n    (\w+) = x \+ 1\n    return g\(\1\)\n", text), text
    opened.press("C-/", "C-x", "C-s")
    until("the undone edit", lambda: file.read_text() == before)
