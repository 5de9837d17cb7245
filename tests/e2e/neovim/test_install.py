"""Installed as its documentation says: as a native package, with help and health."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from pynvim import NvimError

from tests.e2e.neovim.conftest import PLUGIN
from tests.e2e.neovim.editor import nvim_program

pytestmark = pytest.mark.e2e


@pytest.fixture
def package(short):
    """Copy the plugin to where native packages lie, as the README says."""
    place = short / "n" / "data" / "nvim" / "site" / "pack" / "aigc" / "start" / "aigc"
    shutil.copytree(PLUGIN, place, ignore=shutil.ignore_patterns("node_modules", "tags"))
    return place


def test_a_native_package_works_with_its_help(start, stub, code, package):
    stub.script(completions=[{"text": "result = 1"}], capabilities={"inlineCompletionProvider": {}})
    editor = start(stub.setup(), code("\n"), rtp=False, name="n")
    editor.wait_attached()
    assert editor.lua("return vim.api.nvim_get_runtime_file('lsp/aigc.lua', true)") == [
        str(package / "lsp" / "aigc.lua")
    ]
    editor.insert()
    editor.keys("r")
    editor.wait_ghost("esult = 1")
    editor.press("Escape")
    editor.keys(":helptags ALL")
    editor.press("Enter")
    editor.until((package / "doc" / "tags").exists, "no tags")
    for tag in ("aigc", ":Aigc", "aigc-options", "aigc.statusline()", "<Plug>(aigc-accept)"):
        editor.nvim.command(f"help {tag}")
        assert str(editor.nvim.api.buf_get_name(0)).endswith("/doc/aigc.txt"), tag
    editor.nvim.command("help aigc")
    editor.shot("help")
    assert "Errors" not in editor.messages()


def test_nothing_is_loaded_before_it_is_needed(start, code, package):
    editor = start("", code("\n"), rtp=False, name="n")
    loaded = editor.lua(
        "return vim.tbl_filter(function(name) return name:match('^aigc') end, vim.tbl_keys(package.loaded))"
    )
    assert loaded == []
    assert editor.lua("return vim.fn.exists(':Aigc')") == 2


def test_every_option_key_and_command_is_in_the_help():
    text = (PLUGIN / "doc" / "aigc.txt").read_text()
    code = """
    vim.opt.runtimepath:prepend(arg[1])
    local config = require("aigc.config").defaults
    local function names(options, list)
      for key, value in pairs(options) do
        if type(key) == "string" then
          table.insert(list, key)
          if type(value) == "table" then names(value, list) end
        end
      end
      return list
    end
    io.write(table.concat(names(config, {}), " "), "\\n", table.concat(require("aigc.command").subcommands(), " "))
    """
    script = subprocess.run(
        [str(nvim_program()), "--clean", "--headless", "-l", "-", str(PLUGIN)],
        input=code, capture_output=True, text=True, timeout=30, check=True,
    )  # fmt: skip
    options, subcommands = script.stdout.strip().splitlines()
    missing = [name for name in options.split() if f"{name} =" not in text]
    missing += [name for name in subcommands.split() if f":Aigc {name}" not in text and f"`{name}`" not in text]
    assert not missing


def test_health_says_what_is_there(start, code, fake_home):
    editor = start("require('aigc').setup()", code("x = 1\n"), env=fake_home)
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == "ready", "not ready", 60)
    editor.lua("vim.keymap.set('i', '<C-]>', 'taken', { buffer = true })")
    editor.keys(":checkhealth aigc")
    editor.press("Enter")
    editor.until(lambda: any("aigc: keys" in line for line in editor.lines()), "no report", 60)
    report = "\n".join(editor.lines())
    editor.shot("health")
    assert "OK Neovim 0.11" in report
    assert "Ghost text: extmarks" in report
    assert "bin/aigc-lsp (" in report
    assert "OK attached to 1 buffer, root " in report
    assert "OK engine: ready, fake" in report
    assert "socket folder:" in report, "nothing of the doctor"
    assert "OK <Tab> accept; without ghost text: vim.snippet.jump if active, otherwise <Tab>" in report
    assert "WARNING <C-]> dismiss: taken by another mapping (taken)" in report


def test_health_without_the_command_says_how_to_get_it(start, code):
    editor = start("require('aigc').setup({ cmd = { 'no-such-aigc' } })", code("x = 1\n"))
    editor.keys(":checkhealth aigc")
    editor.press("Enter")
    editor.until(lambda: any("aigc: keys" in line for line in editor.lines()), "no report")
    report = "\n".join(editor.lines())
    assert "ERROR no-such-aigc is not on the PATH" in report
    assert "pip install 'aigc-lsp[cpu]'" in report
    assert "WARNING not enabled" in report


def test_every_link_of_the_help_leads_somewhere(start, code, package):
    editor = start("", code("\n"), rtp=False, name="n")
    editor.nvim.command("helptags ALL")
    links = set(re.findall(r"\|([^|\s]+)\|", (PLUGIN / "doc" / "aigc.txt").read_text()))
    assert "aigc-options" in links
    dead = []
    for link in sorted(links):
        try:
            editor.nvim.command(f"help {link}")
        except NvimError:
            dead.append(link)
        else:
            editor.nvim.command("helpclose")
    # These come with Neovim 0.12, and the help says so.
    assert dead == ["vim.lsp.inline_completion"]
