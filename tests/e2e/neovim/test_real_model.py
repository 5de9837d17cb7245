"""The embedded model in Neovim, by keys typed: status, ghost text, Tab, a word, typing through, a killed engine."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.e2e.neovim.conftest import aigc

pytestmark = [pytest.mark.e2e, pytest.mark.real_model]

INIT = """
vim.g.lines, vim.g.asked = {}, 0
vim.api.nvim_create_autocmd("User", {
  pattern = "AigcStatusChanged",
  callback = function() vim.g.lines = vim.list_extend(vim.g.lines, { require("aigc").statusline() }) end,
})
vim.api.nvim_create_autocmd("LspRequest", {
  callback = function(args)
    local request = args.data.request
    if request.type == "pending" and request.method == "textDocument/inlineCompletion" then
      vim.g.asked = vim.g.asked + 1
    end
  end,
})
vim.o.laststatus = 2
vim.o.statusline = "%f %m%= %{v:lua.require'aigc'.statusline()} "
require("aigc").setup()
"""
# A file, and the line after which the rest is deleted; then what is typed below it.
PLACES = {
    "python": ("python/stats.py", "    average = mean(values)\n", "return "),
    "typescript": ("typescript/queue.ts", "  peek(): T | undefined {\n", "return "),
    "go": ("go/shapes.go", "func (r Rectangle) Area() float64 {\n", "return "),
}


@pytest.fixture
def typed(start, examples, code, real_home):
    """Give a function that opens an example and types at its end, until there is ghost text."""

    def begin(language="python"):
        path, last, text = PLACES[language]
        source = (examples / path).read_text()
        end = source.index(last) + len(last)
        editor = start(INIT, code(source[:end], path.rpartition("/")[2]), env=real_home)
        ready(editor)
        editor.keys("Go")
        editor.until(lambda: editor.mode() == "i", "not in insert mode")
        editor.keys(text)
        return editor, editor.wait_ghost(timeout=60)

    return begin


def ready(editor):
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == "ready", "not ready", 90)


def test_the_status_goes_from_loading_to_ready(start, code, real_home):
    aigc(real_home, "engine", "stop")
    editor = start(INIT, code("x = 1\n"), env=real_home)
    ready(editor)
    lines = editor.lua("return vim.g.lines")
    assert any(line.startswith("loading") for line in lines), lines
    assert lines[-1] == "ready"
    editor.shot("ready")


@pytest.mark.parametrize("language", PLACES)
def test_ghost_text_appears_while_typing_and_tab_accepts_it(typed, language):
    editor, ghost = typed(language)
    shown = editor.shot("ghost-text")
    before = editor.lines()
    assert (before[-1] + ghost.split("\n")[0]).expandtabs(8).strip() in shown
    editor.press("Tab")
    editor.until(lambda: editor.lines() != before, "Tab did not accept")
    editor.shot("accepted")
    assert "\n".join(editor.lines()).expandtabs(8) == ("\n".join(before) + ghost).expandtabs(8)


def test_a_word_is_accepted_and_typing_on_keeps_the_rest_without_asking(typed):
    editor, ghost = typed()
    line = editor.line()
    editor.press("C-Right")
    editor.until(lambda: editor.line() != line, "no word accepted")
    word = editor.line().removeprefix(line)
    assert word
    assert ghost.startswith(word)
    assert word != ghost
    rest = editor.wait_ghost(ghost.removeprefix(word))
    editor.shot("word")
    asked = editor.lua("return vim.g.asked")
    for typed_now in range(1, min(6, len(rest) - 1)):
        editor.keys(rest[typed_now - 1])
        editor.wait_ghost(rest[typed_now:])
    editor.shot("typed-through")
    assert editor.lua("return vim.g.asked") == asked


def test_dismissed_and_toggled(typed):
    editor, _ = typed()
    editor.press("C-]")
    editor.until(lambda: not editor.ghost(), "not dismissed")
    editor.press("Escape")
    editor.keys(":Aigc toggle")
    editor.press("Enter")
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == "off", "not off")
    editor.shot("off")
    editor.keys(":Aigc toggle")
    editor.press("Enter")
    ready(editor)
    editor.keys("A")
    editor.wait_ghost(timeout=60)


def test_a_killed_engine_shows_the_error_and_recovers(typed, real_home):
    editor, _ = typed()
    pid = json.loads(aigc(real_home, "engine", "status", "--json").stdout)["pid"]
    editor.lua("vim.g.lines = {}")
    os.kill(pid, signal.SIGKILL)
    editor.until(lambda: "error" in editor.lua("return vim.g.lines"), "no error was shown", 30)
    ready(editor)
    editor.press("Enter")
    editor.keys("return ")
    editor.wait_ghost(timeout=60)
    editor.shot("recovered")
