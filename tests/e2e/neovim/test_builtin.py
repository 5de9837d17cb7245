"""Ghost text by `vim.lsp.inline_completion`, as Neovim 0.12 has it, against a stand-in for that module in 0.11."""

from __future__ import annotations

import pytest

from tests.e2e.neovim.conftest import ROOT

pytestmark = pytest.mark.e2e

STAND_IN = ROOT / "tests" / "e2e" / "neovim" / "inline_completion_012.lua"
INLINE = "textDocument/inlineCompletion"
MARKS = """
local namespace = vim.api.nvim_get_namespaces()["nvim.lsp.inline_completion"]
local mark = namespace and vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })[1]
return mark and mark[4].virt_text[1][1] or ""
"""


@pytest.fixture
def opened(start, stub, code):
    def begin(*texts, options=""):
        completions = [{"text": text} for text in texts or ["result = compute()"]]
        stub.script(completions=completions, capabilities={"inlineCompletionProvider": {}})
        editor = start(f"vim.lsp.inline_completion = dofile({str(STAND_IN)!r})\n{stub.setup(options)}", code("\n"))
        editor.wait_attached()
        editor.insert()
        return editor

    return begin


def wait_drawn(editor, text):
    editor.until(lambda: editor.lua(MARKS) == text, f"Neovim's own ghost text is not {text!r}")


def test_neovims_own_is_used_and_tab_accepts_with_it(opened, stub):
    editor = opened()
    assert editor.lua("return require('aigc.ghost').mode()") == "builtin"
    assert editor.lua("return vim.lsp.inline_completion.is_enabled({ bufnr = 0 })")
    editor.keys("re")
    wait_drawn(editor, "sult = compute()")
    assert not editor.ghost(), "drawn twice"
    editor.press("Tab")
    editor.wait_line("result = compute()")
    editor.until(lambda: stub.params("workspace/executeCommand"), "the acceptance was not told")
    assert stub.wait("textDocument/didShowCompletion")[0]["item"]["insertText"] == "sult = compute()"
    editor.lua("vim.bo.expandtab = false")
    editor.until(lambda: not editor.lua(MARKS), "still there")
    editor.press("Tab")
    editor.wait_line("result = compute()\t")


def test_a_word_and_a_line_are_accepted_and_reported(opened, stub):
    editor = opened()
    editor.keys("re")
    wait_drawn(editor, "sult = compute()")
    editor.press("C-Right")
    editor.wait_line("result")
    assert stub.wait("textDocument/didPartiallyAcceptCompletion")[0]["acceptedLength"] == 4
    wait_drawn(editor, " = compute()")
    editor.press("M-l")
    editor.wait_line("result = compute()")
    editor.until(lambda: stub.params("workspace/executeCommand"), "the last piece is an acceptance")


def test_next_previous_and_dismiss(opened):
    editor = opened("return 1", "return 2")
    editor.keys("r")
    wait_drawn(editor, "eturn 1")
    editor.press("M-]")
    wait_drawn(editor, "eturn 2")
    editor.keys("\x1b[")
    wait_drawn(editor, "eturn 1")
    editor.press("C-]")
    wait_drawn(editor, "")
    assert editor.lua("return vim.lsp.inline_completion.is_enabled({ bufnr = 0 })")


def test_asked_by_hand_the_server_hears_it(opened, stub):
    editor = opened(options="ghost_text = { auto_trigger = false }")
    editor.keys("re")
    editor.wait_line("re")
    editor.lua("vim.wait(400)")
    assert not stub.received(INLINE), "asked without being told to"
    editor.press("M-\\")
    wait_drawn(editor, "sult = compute()")
    assert [params["context"] for params in stub.params(INLINE)] == [{"triggerKind": 1}]


def test_toggled_off_neovims_own_is_off(opened):
    editor = opened()
    editor.lua("require('aigc').toggle()")
    assert not editor.lua("return vim.lsp.inline_completion.is_enabled({ bufnr = 0 })")
    editor.lua("require('aigc').toggle()")
    assert editor.lua("return vim.lsp.inline_completion.is_enabled({ bufnr = 0 })")


def test_extmarks_are_used_where_the_user_wants_them(opened):
    editor = opened(options="ghost_text = { mode = 'extmarks' }")
    editor.keys("re")
    editor.wait_ghost("sult = compute()")
    assert editor.lua("return vim.lsp.inline_completion.calls") == []
