"""`:Aigc …`, the status, models, and tasks of a scripted server that ask for something."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.e2e

STATUS = {
    "kind": "Normal",
    "busy": False,
    "message": "Suggestions are on.",
    "state": "ready",
    "percentage": None,
    "model": "tiny",
    "runtime": "fake",
    "missingModel": None,
    "snoozedUntil": None,
}
MODELS = {
    "models": [
        {"name": "tiny", "title": "Tiny", "summary": "small", "kind": "model", "installed": True, "active": True},
        {"name": "huge", "title": "Huge", "summary": "large", "kind": "model", "installed": False, "active": False},
    ],
    "adapters": [
        {"name": "team", "title": "Team", "summary": "", "kind": "adapter", "installed": True, "active": False}
    ],
}
ASK = [
    {"name": "style", "title": "Style", "kind": "choice", "choices": ["short", "long"], "default": "short"},
    {"name": "subject", "title": "Subject", "kind": "text", "choices": [], "default": None, "placeholder": "a word"},
]
RESULTS = {
    "aigc.getStatus": {**STATUS, "feedback": {"shown": 3, "accepted": 2, "partiallyAccepted": 1}},
    "aigc.getModels": MODELS,
    "aigc.useModel": {"message": "It is in use."},
    "aigc.pullModel": {"message": "It is here."},
    "aigc.snooze": None,
    "aigc.restartEngine": None,
    "aigc.getTasks": {
        "tasks": [
            {"name": "haiku", "title": "Write a haiku", "kind": "refactor", "arguments": ASK},
            {"name": "plain", "title": "Plain", "kind": "refactor", "arguments": []},
        ]
    },
    "aigc.runTask": {"document": {"title": "Haiku", "languageId": "markdown", "text": "# Snow\nfalls\n"}},
}


@pytest.fixture
def editor(start, stub, code):
    script(stub)
    editor = start(stub.setup(), code("x = 1\ny = 2\n"))
    editor.wait_attached()
    return editor


def script(stub, **more):
    scenario = {
        "capabilities": {"inlineCompletionProvider": {}, "codeActionProvider": True},
        "results": RESULTS,
        "status": STATUS,
        "actions": [
            {
                "title": "Write a haiku",
                "kind": "refactor",
                "command": {
                    "title": "Write a haiku",
                    "command": "aigc.runTask",
                    "arguments": [{"task": "haiku", "uri": "file:///x", "range": None, "arguments": {}, "ask": ASK}],
                },
            }
        ],
    }
    stub.script(**{**scenario, **more})


def run(editor, command):
    editor.keys(f":Aigc {command}")
    editor.press("Enter")


def executed(editor, stub, command):
    """Wait for a command and return the argument of its last call."""
    calls = lambda: [one for one in stub.params("workspace/executeCommand") if one["command"] == command]  # noqa: E731
    return editor.until(calls, f"{command} was not sent")[-1].get("arguments", [None])[0]


def said(editor, text):
    editor.until(lambda: text in editor.messages(), f"not said: {text}")


def test_subcommands_and_their_arguments_are_completed(editor):
    complete = lambda line: editor.lua("return vim.fn.getcompletion(..., 'cmdline')", line)  # noqa: E731
    assert complete("Aigc res") == ["restart", "restart-engine", "resume"]
    assert complete("Aigc model ") == ["tiny", "huge", "team"]
    assert complete("Aigc pull h") == ["huge"]
    assert complete("Aigc task ") == ["haiku", "plain"]
    assert complete("Aigc toggle ") == ["buffer", "global", "filetype"]
    assert "python" in complete("Aigc disable py")
    assert complete("Aigc status ") == []
    run(editor, "nonsense")
    said(editor, "there is no :Aigc nonsense")


def test_status_says_what_goes_on(editor):
    run(editor, "status")
    said(editor, "model: tiny")
    said(editor, "this session: 3 shown, 2 accepted, 1 in part")
    editor.shot("status")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "ready"),
        ({"state": "loading", "busy": True, "percentage": 42}, "loading 42 %"),
        ({"state": "downloading", "busy": True, "percentage": 7}, "downloading 7 %"),
        ({"state": "failed", "kind": "Error", "message": "No memory."}, "error"),
        ({"state": "snoozed", "kind": "Inactive"}, "snoozed"),
        ({"state": "off", "kind": "Inactive"}, "off"),
        ({"state": "unloaded"}, "resting"),
    ],
)
def test_the_statusline_follows_the_server(editor, stub, change, line):
    editor.lua(
        """
        vim.g.seen = 0
        vim.o.statusline = "[%{v:lua.require'aigc'.statusline()}]"
        vim.api.nvim_create_autocmd("User", {
          pattern = "AigcStatusChanged",
          callback = function(args) vim.g.seen, vim.g.state = vim.g.seen + 1, args.data.state end,
        })
        """
    )
    script(stub, status={**STATUS, **change})
    editor.lua("require('aigc.client').execute('stub.status')")
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == line, f"not {line!r}")
    editor.until(lambda: f"[{line}]" in editor.screen(), "the statusline was not drawn again")
    assert editor.lua("return vim.g.seen") >= 1
    assert editor.lua("return vim.g.state") == {**STATUS, **change}["state"]
    assert editor.lua("return require('aigc').status().message") == {**STATUS, **change}["message"]


def test_a_missing_model_is_told_once_with_what_to_do(editor, stub):
    script(stub, status={**STATUS, "state": "failed", "kind": "Error", "missingModel": "tiny"})
    for _ in range(3):
        editor.lua("require('aigc.client').execute('stub.status')")
    said(editor, "the model tiny is not on this machine. :Aigc pull downloads it.")
    editor.until(lambda: editor.lua("return require('aigc').status().missingModel") == "tiny", "not in the status")
    assert editor.messages().count("not on this machine") == 1
    run(editor, "pull")
    assert executed(editor, stub, "aigc.pullModel") == {}
    said(editor, "It is here.")


def test_a_model_is_picked_from_the_list(editor, stub):
    run(editor, "model")
    editor.until(lambda: "3: Team" in editor.screen(), "no list")
    screen = editor.shot("models")
    assert "Tiny  small  (in use)" in screen
    assert "Huge  large  (not downloaded)" in screen
    editor.keys("3")
    editor.press("Enter")
    assert executed(editor, stub, "aigc.useModel") == {"adapter": "team"}
    said(editor, "It is in use.")


def test_a_model_that_is_not_here_is_downloaded_first(editor, stub):
    run(editor, "model huge")
    editor.until(lambda: "Huge is not on this machine" in editor.screen(), "no offer")
    editor.keys("1")
    editor.press("Enter")
    assert executed(editor, stub, "aigc.useModel") == {"model": "huge"}
    assert executed(editor, stub, "aigc.pullModel") == {"model": "huge"}


def test_a_model_of_any_name_is_used(editor, stub):
    run(editor, "model hf:some/thing")
    assert executed(editor, stub, "aigc.useModel") == {"model": "hf:some/thing"}


def test_snooze_resume_and_restart_of_the_engine(editor, stub):
    run(editor, "snooze 5")
    assert executed(editor, stub, "aigc.snooze") == {"seconds": 300}
    run(editor, "resume")
    editor.until(lambda: executed(editor, stub, "aigc.snooze") == {"seconds": 0}, "not resumed")
    run(editor, "snooze soon")
    said(editor, "takes a number of minutes")
    run(editor, "restart-engine")
    executed(editor, stub, "aigc.restartEngine")


def answer_the_questions(editor):
    editor.until(lambda: "1: short" in editor.screen(), "the choice was not asked")
    editor.shot("choice")
    editor.keys("2")
    editor.press("Enter")
    editor.until(lambda: "Subject (a word):" in editor.screen(), "the text was not asked")
    editor.shot("text")
    editor.keys("snow")
    editor.press("Enter")


def test_a_code_action_asks_and_its_text_opens_in_a_split(editor, stub):
    editor.keys(":lua vim.lsp.buf.code_action()")
    editor.press("Enter")
    editor.until(lambda: "1: Write a haiku" in editor.screen(), "no code action")
    editor.keys("1")
    editor.press("Enter")
    answer_the_questions(editor)
    sent = executed(editor, stub, "aigc.runTask")
    assert sent["arguments"] == {"style": "long", "subject": "snow"}
    assert "ask" not in sent
    editor.until(lambda: editor.lines() == ["# Snow", "falls"], "no split")
    assert editor.lua("return { vim.bo.filetype, vim.bo.buftype, vim.bo.modifiable }") == ["markdown", "nofile", False]
    editor.shot("document")
    editor.keys("q")
    editor.until(lambda: editor.lines() == ["x = 1", "y = 2"], "q did not close it")


def test_a_question_that_is_not_answered_ends_the_task(editor, stub):
    run(editor, "task haiku")
    editor.until(lambda: "1: short" in editor.screen(), "the choice was not asked")
    editor.press("Enter")
    run(editor, "task plain")
    assert executed(editor, stub, "aigc.runTask")["task"] == "plain"
    assert len([one for one in stub.params("workspace/executeCommand") if one["command"] == "aigc.runTask"]) == 1


def test_a_task_runs_on_the_selected_lines(editor, stub):
    editor.keys(":1,2Aigc task")
    editor.press("Enter")
    editor.until(lambda: "2: Plain" in editor.screen(), "no list")
    assert executed(editor, stub, "aigc.getTasks")["range"] == {
        "start": {"line": 0, "character": 0},
        "end": {"line": 1, "character": 5},
    }
    editor.keys("1")
    editor.press("Enter")
    answer_the_questions(editor)
    sent = executed(editor, stub, "aigc.runTask")
    assert sent["task"] == "haiku"
    assert isinstance(sent["version"], int)


def test_the_log_opens(editor):
    run(editor, "log")
    editor.until(lambda: str(editor.nvim.api.buf_get_name(0)).endswith("lsp.log"), "no log")
