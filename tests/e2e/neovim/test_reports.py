"""What the server hears of ghost text: shown, accepted in part, accepted, and which file is looked at."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.e2e

SHOWN = "textDocument/didShowCompletion"
PARTIAL = "textDocument/didPartiallyAcceptCompletion"


@pytest.fixture
def editor(start, stub, code):
    stub.script(completions=[{"text": "name = '🎉' + end"}], capabilities={"inlineCompletionProvider": {}})
    editor = start(stub.setup(), code("\n"), code("", "b.py"))
    editor.wait_attached()
    editor.insert()
    return editor


def accepted(stub):
    return [one for one in stub.params("workspace/executeCommand") if one["command"] == "aigc.accepted"]


def test_it_is_shown_once_however_much_of_it_is_typed(editor, stub):
    editor.keys("n")
    editor.wait_ghost("ame = '🎉' + end")
    editor.keys("am")
    editor.wait_ghost("e = '🎉' + end")
    (params,) = stub.wait(SHOWN)
    assert params["item"]["insertText"] == "ame = '🎉' + end"
    assert params["item"]["command"]["arguments"][0]["id"] == 0
    assert not accepted(stub)


def test_accepted_whole_it_is_told_by_the_command_of_the_item(editor, stub):
    editor.keys("n")
    editor.wait_ghost()
    editor.press("Tab")
    editor.wait_line("name = '🎉' + end")
    (command,) = editor.until(lambda: accepted(stub), "not reported")
    assert command["arguments"] == [{"uri": editor.lua("return vim.uri_from_bufnr(0)"), "id": 0}]
    assert not stub.params(PARTIAL)


def test_pieces_count_from_the_start_of_the_item_and_the_last_one_is_an_acceptance(editor, stub):
    editor.keys("n")
    editor.wait_ghost()
    editor.keys("am")  # typed through: it counts as there
    editor.wait_ghost("e = '🎉' + end")
    for line in ("name", "name =", "name = '", "name = '🎉"):
        editor.press("C-Right")
        editor.wait_line(line)
    lengths = [params["acceptedLength"] for params in stub.wait(PARTIAL, 4)]
    assert lengths == [3, 5, 7, 9], "UTF-16 code units, cumulative"
    assert not accepted(stub)
    editor.press("M-l")
    editor.wait_line("name = '🎉' + end")
    editor.until(lambda: len(accepted(stub)) == 1, "the last piece is an acceptance")
    assert len(stub.params(PARTIAL)) == 4


def test_the_file_that_is_looked_at_is_told(editor, stub):
    editor.press("Escape")
    editor.keys(":next")
    editor.press("Enter")
    editor.until(lambda: len(stub.params("textDocument/didOpen")) == 2, "not opened")
    editor.keys(":prev")
    editor.press("Enter")
    focused = lambda: [one["textDocument"]["uri"][-4:] for one in stub.params("textDocument/didFocus")]  # noqa: E731
    editor.until(lambda: focused()[-1:] == ["a.py"] and "b.py" in focused(), "the focus was not told")
