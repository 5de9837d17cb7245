"""Another language server's completion menu beside ghost text."""

from __future__ import annotations

import pytest

from tests.e2e.neovim.conftest import Stub

pytestmark = pytest.mark.e2e


@pytest.fixture
def other(short):
    """Give a second server, which only has a completion menu."""
    other = Stub(short / "other")
    other.script(menu=["compute_all", "compute_one"], capabilities={"completionProvider": {}})
    return other


@pytest.fixture
def opened(start, stub, other, code):
    def begin(options=""):
        stub.script(completions=[{"text": "compute_all(values)"}], capabilities={"inlineCompletionProvider": {}})
        command = ", ".join(repr(part) for part in other.command)
        lua = f"""
        vim.o.completeopt = "menuone,noselect"
        vim.lsp.config("other", {{ cmd = {{ {command} }}, filetypes = {{ "python" }} }})
        vim.lsp.enable("other")
        {stub.setup(options)}
        """
        editor = start(lua, code("\n"))
        editor.wait_attached()
        editor.wait_attached("other")
        editor.insert()
        return editor

    return begin


def menu_open(editor):
    return editor.lua("return vim.fn.pumvisible()") == 1


def test_ghost_text_hides_while_the_menu_is_open_and_comes_back(opened, stub):
    editor = opened()
    editor.keys("comp")
    editor.wait_ghost("ute_all(values)")
    editor.press("C-x", "C-o")
    editor.until(lambda: menu_open(editor), "no menu")
    editor.until(lambda: not editor.ghost(), "ghost text behind the menu")
    screen = editor.shot("menu")
    assert "compute_one" in screen
    assert "(values)" not in screen
    asked = len(stub.received("textDocument/inlineCompletion"))
    editor.press("C-e")
    editor.wait_ghost("ute_all(values)")
    assert len(stub.received("textDocument/inlineCompletion")) == asked, "it was known"
    editor.press("Tab")
    editor.wait_line("compute_all(values)")


def test_an_entry_of_the_menu_is_chosen_and_ghost_text_goes_on(opened):
    editor = opened()
    editor.keys("comp")
    editor.wait_ghost()
    editor.press("C-x", "C-o")
    editor.until(lambda: menu_open(editor), "no menu")
    editor.press("C-n", "C-y")
    editor.wait_line("compute_all")
    editor.wait_ghost("(values)")


def test_both_are_seen_where_the_user_wants_it(opened):
    editor = opened("ghost_text = { show_with_menu = true }")
    editor.keys("comp")
    editor.wait_ghost()
    editor.press("C-x", "C-o")
    editor.until(lambda: menu_open(editor), "no menu")
    editor.wait_ghost("ute_all(values)")
    screen = editor.shot("both")
    assert "compute_one" in screen
    assert "compute_all(values)" in screen


MENUS = {
    "nvim-cmp": """
        local event = { on = function(self, name, callback) self[name] = callback end }
        package.loaded["cmp"] = { visible = function() return vim.g.open == true end, event = event }
        function _G.menu(open) vim.g.open = open; event[open and "menu_opened" or "menu_closed"]() end
    """,
    "blink.cmp": """
        package.loaded["blink.cmp"] = { is_menu_visible = function() return vim.g.open == true end }
        function _G.menu(open)
          vim.g.open = open
          vim.api.nvim_exec_autocmds("User", { pattern = open and "BlinkCmpMenuOpen" or "BlinkCmpMenuClose" })
        end
    """,
}


@pytest.mark.parametrize("plugin", MENUS)
def test_the_menu_of_a_completion_plugin_hides_it_too(start, stub, code, plugin):
    """What these plugins tell of their menu is imitated here; neither can be installed without GitHub."""
    stub.script(completions=[{"text": "compute_all(values)"}], capabilities={"inlineCompletionProvider": {}})
    editor = start(MENUS[plugin] + stub.setup(), code("\n"))
    editor.wait_attached()
    editor.insert()
    editor.keys("comp")
    editor.wait_ghost("ute_all(values)")
    editor.lua("_G.menu(true)")
    editor.until(lambda: not editor.ghost(), "ghost text behind the menu")
    assert not editor.lua("return require('aigc').visible()")
    editor.lua("_G.menu(false)")
    editor.wait_ghost("ute_all(values)")
