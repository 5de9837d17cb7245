"""The embedded model in Neovim, by keys typed: ghost text, Tab, a word, a line, typing through, and the status."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.real_model]


@pytest.fixture
def stats(examples, code):
    """Give a copy of an example whose last line is a def that waits for its body."""
    text = (examples / "python" / "stats.py").read_text()
    before = "    average = mean(values)\n"
    end = text.index(before) + len(before)
    return code(text[:end], "stats.py")


def test_ghost_text_appears_while_typing_and_tab_accepts_it(start, stats, real_home):
    editor = start('require("aigc").setup()', stats, env=real_home)
    editor.wait_attached()
    editor.keys("G")
    editor.until(lambda: editor.lua("return require('aigc').status().state") == "ready", "not ready", 90)
    editor.keys("oreturn ")
    ghost = editor.wait_ghost(timeout=60)
    editor.shot("ghost-text")
    before = editor.lines()
    assert before[-1] == "    return "
    editor.press("Tab")
    editor.until(lambda: editor.lines() != before, "Tab did not accept")
    editor.shot("accepted")
    assert "\n".join(editor.lines()) == "\n".join(before) + ghost
