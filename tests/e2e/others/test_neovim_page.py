"""The Neovim part of docs/editors.md, followed to the letter in a fresh home: its commands run, its keys pressed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.others.conftest import OpenTerminal, Place
from tests.e2e.others.terminal import Terminal
from tests.e2e.vscode.harness.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "editors.md").read_text("utf-8")
SUGGESTED = "sum(values) / len(values)"


def blocks(title: str, language: str) -> Sequence[str]:
    """Return the fenced blocks of a language below a heading of the page."""
    below = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", below, re.MULTILINE | re.DOTALL)


def start(place: Place, terminal: OpenTerminal, text: str) -> Terminal:
    """Open a Python file with that text."""
    place.says(SUGGESTED)
    (place.project / "a.py").write_text(text)
    opened = terminal(["nvim", "a.py"])
    opened.wait_for("a.py")
    return opened


def saved(opened: Terminal, place: Place) -> str:
    """Leave insert mode, save, and return the file's text."""
    before = (place.project / "a.py").read_text()
    opened.press("Escape")
    opened.type(":w")
    opened.press("Enter")

    def changed() -> str:
        text = (place.project / "a.py").read_text()
        return text if text != before else ""

    return until("the file to be saved", changed)


def test_the_plugin_is_installed_and_suggests_as_the_page_says(place: Place, terminal: OpenTerminal) -> None:
    install, *_ = blocks("Neovim 0.11 and newer", "sh")
    subprocess.run(["sh", "-eu", "-c", install], cwd=ROOT, env=place.env, check=True)
    place.aigc_lsp("init", "neovim", "--write")
    settings, *_ = blocks("Neovim 0.11 and newer", "lua")
    assert (place.user / ".config/nvim/plugin/aigc.lua").read_text() == settings
    opened = start(place, terminal, '"""Numbers."""\n')

    def ready() -> bool:
        opened.type(":Aigc status")
        opened.press("Enter")
        screen = opened.wait_for("aigc: ")
        opened.press("Enter")
        return "aigc: ready" in screen

    until("the model to be ready", ready, pause=1.0)
    opened.press("o")
    opened.type("def mean(values):")
    opened.press("Enter")
    opened.type("return ")
    opened.wait_for(f"return {SUGGESTED}")
    opened.press("Tab")
    assert saved(opened, place) == f'"""Numbers."""\ndef mean(values):\n    return {SUGGESTED}\n'


def test_without_the_plugin_0_11_inserts_the_first_word_of_the_suggestion(place: Place, terminal: OpenTerminal) -> None:
    """Neovim 0.11 cuts a plain text edit at its first space; the page says so."""
    settings = blocks("Another client", "lua")[-1]
    init = place.user / ".config" / "nvim" / "init.lua"
    init.parent.mkdir(parents=True)
    init.write_text(settings)
    opened = start(place, terminal, "def mean(values):\n")
    opened.press("o")
    opened.type("return ")
    first = SUGGESTED.split()[0]

    def asked() -> bool:
        opened.press("C-x", "C-o")
        return first in opened.screen()

    until("the suggestion after <C-x><C-o>", asked, pause=1.0)
    opened.press("C-y")
    assert saved(opened, place) == f"def mean(values):\n    return {first}\n"
