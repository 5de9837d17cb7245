"""The server ends when it should not, or does not start: restarts, and what the user is told."""

from __future__ import annotations

import os
import signal

import pytest

pytestmark = pytest.mark.e2e

SCENARIO = {"completions": [{"text": "result = 1"}], "capabilities": {"inlineCompletionProvider": {}}}


@pytest.fixture
def editor(start, stub, code):
    stub.script(**SCENARIO)
    editor = start(stub.setup(), code("\n"))
    editor.wait_attached()
    return editor


def client(editor):
    return editor.lua("local c = vim.lsp.get_clients({ name = 'aigc' })[1]; return c and c.id")


def test_killed_it_is_started_again_and_suggests(editor, stub):
    editor.insert()
    editor.keys("r")
    editor.wait_ghost("esult = 1")
    first = client(editor)
    os.kill(stub.pid(), signal.SIGKILL)
    editor.until(lambda: (now := client(editor)) and now != first, "not started again")
    editor.wait_attached()
    editor.keys("e")
    editor.wait_ghost("sult = 1")
    assert editor.messages().count("aigc: the server ended") == 1


def test_one_that_keeps_dying_is_told_of_once_and_tried_later_each_time(editor, stub):
    stub.script(**SCENARIO, die_on="textDocument/didOpen")
    os.kill(stub.pid(), signal.SIGKILL)
    editor.until(lambda: len(stub.received("initialize")) == 4, "not tried again", 40)
    assert editor.messages().count("aigc: the server ended") == 1
    stub.script(**SCENARIO)
    editor.until(lambda: client(editor), "not there", 40)
    editor.wait_attached()
    editor.insert()
    editor.keys("r")
    editor.wait_ghost("esult = 1")


def test_typing_goes_on_while_it_is_gone(editor, stub):
    stub.script(**SCENARIO, die_on="initialize")
    os.kill(stub.pid(), signal.SIGKILL)
    editor.insert()
    editor.keys("while it is gone")
    editor.wait_line("while it is gone")


def test_stopped_on_purpose_it_stays_away(editor, stub):
    editor.lua("vim.lsp.enable('aigc', false)")
    editor.until(lambda: not client(editor), "still there")
    editor.lua("vim.wait(1500)")
    assert len(stub.received("initialize")) == 1
    assert "aigc: the server ended" not in editor.messages()
    assert editor.lua("return require('aigc').statusline()") == ""


def test_restarted_by_command(editor, stub):
    first = client(editor)
    editor.keys(":Aigc restart")
    editor.press("Enter")
    editor.until(lambda: (now := client(editor)) and now != first, "not restarted")
    editor.wait_attached()
    assert "aigc: the server ended" not in editor.messages()
    editor.insert()
    editor.keys("r")
    editor.wait_ghost("esult = 1")


def test_a_command_that_is_not_there_is_told_after_the_start(start, code):
    editor = start("require('aigc').setup({ cmd = { 'no-such-aigc' } })", code("\n"))
    editor.until(lambda: "no-such-aigc is not on the PATH" in editor.messages(), "nothing said")
    editor.insert()
    editor.keys("x")
    editor.wait_line("x")
