"""The keys: what they fall back on, how they are changed, and options that are none."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.e2e


@pytest.fixture
def opened(start, stub, code):
    def begin(before="", after="", options=""):
        stub.script(completions=[{"text": "result = compute()"}], capabilities={"inlineCompletionProvider": {}})
        editor = start(f"{before}\n{stub.setup(options)}\n{after}", code("\n"))
        editor.wait_attached()
        editor.insert()
        return editor

    return begin


MAPPINGS = {
    "an expression": "vim.keymap.set('i', '<Tab>', function() return 'EX' end, { expr = true })",
    "a function that changes the text": (
        "vim.keymap.set('i', '<Tab>', function() vim.api.nvim_put({ 'FN' }, 'c', false, true) end)"
    ),
    "keys": "vim.cmd('inoremap <Tab> KEYS')",
    "keys that are mapped again": "vim.cmd('inoremap <Plug>(x) PLUG')\nvim.cmd('imap <Tab> <Plug>(x)')",
    "an expression that is mapped again": (
        "vim.cmd('inoremap <Plug>(x) EPLUG')\n"
        "vim.keymap.set('i', '<Tab>', function() return '<Plug>(x)' end, { expr = true, remap = true })"
    ),
    "a vim expression": "vim.cmd([[inoremap <expr> <Tab> 'VIM']])",
}
TYPED = dict(zip(MAPPINGS, ["EX", "FN", "KEYS", "PLUG", "EPLUG", "VIM"], strict=True))


@pytest.mark.parametrize("kind", MAPPINGS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_tab_is_what_it_was_mapped_to_where_there_is_no_ghost_text(opened, kind, when):
    editor = opened(**{when: MAPPINGS[kind]})
    editor.press("Tab")
    editor.wait_line(TYPED[kind])
    editor.press("BSpace")
    editor.press("C-u")
    editor.keys("re")
    editor.wait_ghost("sult = compute()")
    editor.press("Tab")
    editor.wait_line("result = compute()")


def test_a_buffers_own_mapping_is_kept_too(opened):
    own = "vim.cmd('autocmd FileType python inoremap <buffer> <Tab> OWN')"
    editor = opened(before=own)
    editor.press("Tab")
    editor.wait_line("OWN")


def test_a_mapping_on_top_falls_back_on_ours(opened):
    """nvim-cmp and blink.cmp map the key in the buffer again, and go on with the mapping that they found."""
    editor = opened()
    editor.lua(
        """
        local found = vim.fn.maparg('<Tab>', 'i', false, true)
        vim.keymap.set('i', '<Tab>', function()
          if vim.g.menu_open then return 'MENU' end
          return found.callback()
        end, { buffer = true, expr = true, replace_keycodes = false })
        """
    )
    editor.lua("vim.g.menu_open = true")
    editor.keys("re")
    editor.wait_ghost()
    editor.press("Tab")
    editor.wait_line("reMENU")
    editor.press("BSpace", "BSpace", "BSpace", "BSpace")
    editor.wait_ghost("sult = compute()")
    editor.lua("vim.g.menu_open = false")
    editor.press("Tab")
    editor.wait_line("result = compute()")


def test_a_snippet_is_jumped_through(opened):
    editor = opened()
    editor.lua("vim.snippet.expand('f(${1:a}, ${2:b})')")
    editor.until(lambda: editor.mode() == "s", "no snippet")
    editor.keys("x")
    editor.press("Tab")
    editor.keys("y")
    editor.wait_line("f(x, y)")


def test_other_keys_do_what_they_did(opened):
    editor = opened()
    editor.keys("a bc de")
    editor.press("Home", "C-Right")
    editor.keys("_")
    editor.wait_line("a _bc de")


def test_keys_are_changed_and_left_out(opened):
    editor = opened(options="keymaps = { accept = '<C-y>', accept_word = false }")
    editor.keys("re")
    editor.wait_ghost()
    editor.press("C-Right")
    editor.keys(".")
    editor.wait_line("re.")
    editor.press("BSpace")
    editor.wait_ghost()
    editor.press("C-y")
    editor.wait_line("result = compute()")


def test_no_keys_at_all_and_mappings_of_ones_own(opened):
    editor = opened(after="vim.keymap.set('i', '<C-j>', '<Plug>(aigc-accept-word)')", options="keymaps = false")
    editor.keys("re")
    editor.wait_ghost()
    editor.press("C-j")
    editor.wait_line("result")
    editor.press("Tab")
    editor.until(lambda: editor.line() != "result", "no tab")
    assert "compute" not in editor.line()


def test_options_that_are_none_are_named(opened):
    editor = opened(options="keymap = {}, ghost_text = { debounce = 3, mode = 'both' }, settings = 7")
    said = editor.until(lambda: "aigc:" in editor.messages() and editor.messages(), "no warning")
    assert "there is no option `keymap`" in said
    assert "there is no option `ghost_text.debounce`" in said
    assert '`ghost_text.mode` must be "auto", "builtin" or "extmarks"' in said
    assert "`settings` must be a table" in said
