"""The real server and its engine with the fake model: status, a crash, a stalled engine, and two windows."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from tests.e2e.neovim.conftest import aigc

pytestmark = pytest.mark.e2e

READY = "return require('aigc').statusline()"


def engine(env):
    """Return the engine's process id, or None."""
    done = aigc(env, "engine", "status", "--json")
    return json.loads(done.stdout).get("pid") if done.stdout.strip() else None


def ready(editor):
    editor.until(lambda: editor.lua(READY) == "ready", "the engine is not ready", 60)


@pytest.mark.parametrize("fake_home", ["?load_ms=1500"], indirect=True)
def test_the_status_goes_from_loading_to_ready(start, code, fake_home):
    lua = """
    vim.g.lines = {}
    vim.api.nvim_create_autocmd("User", {
      pattern = "AigcStatusChanged",
      callback = function() vim.g.lines = vim.list_extend(vim.g.lines, { require("aigc").statusline() }) end,
    })
    require("aigc").setup()
    """
    editor = start(lua, code("x = 1\n"), env=fake_home)
    ready(editor)
    lines = editor.lua("return vim.g.lines")
    loading = [line for line in lines if line.startswith("loading")]
    assert loading, lines
    assert any("%" in line for line in loading), lines
    assert lines.index("ready") > lines.index(loading[-1])


def test_a_killed_engine_is_seen_and_comes_back(start, code, fake_home):
    lua = """
    vim.g.states = {}
    vim.api.nvim_create_autocmd("User", {
      pattern = "AigcStatusChanged",
      callback = function(args) vim.g.states = vim.list_extend(vim.g.states, { args.data.state }) end,
    })
    require("aigc").setup()
    """
    editor = start(lua, code("x = \n"), env=fake_home)
    ready(editor)
    first = engine(fake_home)
    os.kill(first, signal.SIGKILL)
    editor.until(lambda: "failed" in editor.lua("return vim.g.states"), "the failure was not shown", 30)
    ready(editor)
    assert engine(fake_home) != first
    editor.insert()
    editor.wait_ghost()
    editor.shot("after-the-crash")


@pytest.mark.parametrize("fake_home", ["?text=abcdefghij&step_ms=20"], indirect=True)
def test_typing_is_never_blocked_by_a_stalled_engine(start, code, fake_home):
    editor = start("require('aigc').setup()", code("\n"), env=fake_home)
    ready(editor)
    pid = engine(fake_home)
    text = "".join(f"name_{number} = value{number};" for number in range(20))[:200]
    editor.insert()
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        for number, character in enumerate(text):
            time.sleep(max(0.0, began + number / 15 - time.monotonic()))
            editor.keys(character)
            assert editor.mode() == "i", "Neovim does not answer"
        editor.wait_line(text)
        editor.shot("stalled")
    finally:
        os.kill(pid, signal.SIGCONT)
    editor.press("Enter")
    editor.keys("x = ")
    editor.wait_ghost(timeout=30)


def test_two_windows_share_one_engine(start, code, fake_home):
    editors = [start("require('aigc').setup()", code("x = \n", f"{name}.py"), env=fake_home) for name in "ab"]
    servers = set()
    for editor in editors:
        ready(editor)
        editor.insert()
        editor.wait_ghost()
        servers.add(editor.lua("return vim.fn.getpid()"))
    assert len(servers) == 2
    shared = json.loads(aigc(fake_home, "engine", "status", "--json").stdout)
    assert shared["details"]["clients"] == 2
    assert shared["details"]["loads"] == 1


def test_snoozed_nothing_comes_by_itself_until_it_is_resumed(start, code, fake_home):
    editor = start("require('aigc').setup()", code("x = \n"), env=fake_home)
    ready(editor)
    editor.keys(":Aigc snooze 10")
    editor.press("Enter")
    editor.until(lambda: editor.lua(READY) == "snoozed", "not snoozed")
    editor.insert()
    editor.keys(" ")
    editor.press("M-\\")
    editor.wait_ghost()
    editor.press("Escape")
    editor.keys(":Aigc resume")
    editor.press("Enter")
    ready(editor)
    editor.insert()
    editor.wait_ghost()


def test_settings_reach_the_server(start, code, fake_home):
    editor = start(
        "require('aigc').setup({ settings = { completion = { enabled = false } } })", code("x"), env=fake_home
    )
    editor.until(lambda: editor.lua(READY) == "off", "the setting did not reach the server")
