"""Tasks that the user starts: offered as code actions, asked about, run, and kept from doing harm."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from aigc_models.types import AigcError
from aigc_plugins.api import ActionTask, Argument, Edit, Page
from lsp_helpers.inprocess import Session

URI = "file:///a.py"
TEXT = "x = '😀'; y = 2\n"
EVERYTHING = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 15}}


class Task(ActionTask):
    """A task whose behaviour a test gives."""

    name = "stamp"
    title = "Stamp it"

    def __init__(self, run, arguments=(), applies=lambda place: True, **attributes):
        self.arguments = arguments
        self.applies = applies
        self._run = run
        self.seen = []
        self.__dict__.update(attributes)

    def run(self, place, job):
        self.seen.append((place.selected, dict(job.arguments)))
        return self._run(place, job)


def play(
    task,
    script,
    *,
    extras=("ask", "document"),
    versioned=True,
    applied=True,
    text=TEXT,
    client=None,
    initialize=None,
    **settings,
):
    """Run `script(session)` in a session that has `task`; the editor applies every edit unless `applied` is False."""
    assert isinstance(task, ActionTask)

    async def session_with_it():
        session = Session(actions=[task], **settings)
        send = session.send

        def editor(body, *, droppable=False):
            done = send(body, droppable=droppable)
            message = session.sent[-1]
            if message.get("method") == "workspace/applyEdit":
                result = {"applied": applied}
                asyncio.get_running_loop().call_soon(session.receive, {"id": message["id"], "result": result})
            return done

        session.send = editor
        capabilities = {
            "experimental": {"aigc": dict.fromkeys(extras, True)},
            "workspace": {"workspaceEdit": {"documentChanges": versioned}},
        }
        await session.start(capabilities=merged(capabilities, client or {}), **(initialize or {}))
        document = {"uri": URI, "languageId": "python", "version": 5, "text": text}
        session.notify("textDocument/didOpen", {"textDocument": document})
        await session.server.backend.ready.wait()
        result = await script(session)
        await session.server.aclose()
        return result

    return asyncio.run(session_with_it())


def merged(one, other):
    """Return both dictionaries in one, theirs within too."""
    both = {key: merged(one[key], other[key]) for key in one.keys() & other.keys() if isinstance(one[key], dict)}
    return {**one, **other, **both}


def actions(session, **context):
    params = {"textDocument": {"uri": URI}, "range": EVERYTHING, "context": context}
    return session.request("textDocument/codeAction", params)


def run(session, **argument):
    params = {"command": "aigc.runTask", "arguments": [{"task": "stamp", "uri": URI, "range": EVERYTHING, **argument}]}
    return session.request("workspace/executeCommand", params)


def edits(session):
    return [message["params"] for message in session.sent if message.get("method") == "workspace/applyEdit"]


COLOUR = Argument("colour", "Which colour?", choices=("red", "blue"))
WORD = Argument("word", "Which word?", placeholder="a noun")


def test_a_task_is_a_code_action_that_carries_its_questions():
    async def script(session):
        return (await actions(session))["result"], (await actions(session, only=["quickfix"]))["result"]

    found, others = play(Task(lambda *_: [], [COLOUR, WORD]), script)
    (action,) = found
    assert (action["title"], action["kind"]) == ("Stamp it", "refactor.rewrite.aigc")
    argument = action["command"]["arguments"][0]
    assert (argument["task"], argument["uri"], argument["version"]) == ("stamp", URI, 5)
    assert [one["kind"] for one in argument["ask"]] == ["choice", "text"]
    assert argument["ask"][0]["choices"] == ["red", "blue"]
    assert others == []


def test_the_answers_reach_the_task_and_its_edit_the_editor():
    task = Task(lambda place, job: [Edit(5, 6, job.arguments["word"])], [COLOUR, WORD])

    async def script(session):
        answer = await run(session, version=5, arguments={"colour": "red", "word": "sun"})
        return answer, edits(session)

    answer, (edit,) = play(task, script)
    assert answer["result"] is None
    assert task.seen == [("x = '😀'; y = 2", {"colour": "red", "word": "sun"})]
    (change,) = edit["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": URI, "version": 5}
    where = {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 7}}  # UTF-16
    assert change["edits"] == [{"range": where, "newText": "sun"}]


def test_an_editor_without_versioned_edits_gets_plain_ones():
    async def script(session):
        await run(session)
        return edits(session)

    (edit,) = play(Task(lambda *_: [Edit(0, 1, "z")]), script, versioned=False)
    assert list(edit["edit"]["changes"]) == [URI]


@pytest.mark.parametrize(
    ("given", "code"),
    [({"colour": "green", "word": "a"}, -32602), ({"colour": "red"}, -32803), ({"colour": "red", "word": 3}, -32602)],
)
def test_a_wrong_or_missing_answer_is_refused_before_the_task_runs(given, code):
    task = Task(lambda *_: [], [COLOUR, WORD])

    async def script(session):
        return (await run(session, arguments=given))["error"]["code"]

    assert play(task, script) == code
    assert task.seen == []


def test_an_editor_that_cannot_ask_is_offered_what_has_defaults():
    async def script(session):
        listed = await session.request("workspace/executeCommand", {"command": "aigc.getTasks"})
        return len((await actions(session))["result"]), len(listed["result"]["tasks"])

    assert play(Task(lambda *_: [], [WORD]), script, extras=()) == (0, 0)
    assert play(Task(lambda *_: [], [Argument("word", "?", default="a")]), script, extras=()) == (1, 1)


def test_tasks_are_listed_for_a_place_and_for_all():
    task = Task(lambda *_: [], [WORD], applies=lambda place: place.end > 3)

    async def script(session):
        short = {**EVERYTHING, "end": {"line": 0, "character": 1}}
        found = []
        for argument in ({"uri": URI, "range": EVERYTHING}, {"uri": URI, "range": short}, {}):
            params = {"command": "aigc.getTasks", "arguments": [argument]}
            found.append((await session.request("workspace/executeCommand", params))["result"]["tasks"])
        return found

    here, too_short, everywhere = play(task, script)
    assert [one["name"] for one in here] == ["stamp"]
    assert here[0]["arguments"][0]["placeholder"] == "a noun"
    assert too_short == []
    assert len(everywhere) == 1


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ([Edit(0, 99, "")], "outside"),
        ([Edit(0, 3, "a"), Edit(2, 4, "b")], "overlap"),
        ([Edit(0, 0, "def (:\n")], "syntax errors"),
        ("text", "no list of edits"),
        ([{"start": 0}], "no list of edits"),
    ],
)
def test_a_bad_edit_is_not_sent(result, says):
    async def script(session):
        return (await run(session))["error"], edits(session)

    error, sent = play(Task(lambda *_: result), script)
    assert error["code"] == -32803
    assert says in error["message"]
    assert sent == []


def test_a_text_that_changed_is_left_alone():
    def slow(place, job):
        import time

        time.sleep(0.2)
        return [Edit(0, 1, "z")]

    async def script(session):
        old = await run(session, version=4)
        running = asyncio.ensure_future(run(session, version=5))
        await asyncio.sleep(0.05)
        change = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "#"}
        identifier = {"uri": URI, "version": 6}
        session.notify("textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]})
        return old["error"]["code"], (await running)["error"]["code"], edits(session)

    assert play(Task(slow), script) == (-32801, -32801, [])


def test_an_editor_that_refuses_the_edit_is_an_error_that_names_the_task():
    async def script(session):
        return (await run(session))["error"]["message"]

    assert "Stamp it" in play(Task(lambda *_: [Edit(0, 1, "z")]), script, applied=False)


@pytest.mark.parametrize(("error", "says"), [(AigcError("plant a tree"), "plant a tree"), (KeyError("x"), "KeyError")])
def test_a_task_that_raises_costs_only_itself(error, says):
    def fail(*_):
        raise error

    async def script(session):
        return (await run(session))["error"], (await actions(session))["result"]

    message, still = play(Task(fail), script)
    assert (message["code"], says in message["message"]) == (-32803, True)
    assert len(still) == 1


def test_a_task_that_cannot_say_where_it_applies_is_not_offered():
    def fail(*_):
        raise ValueError

    async def script(session):
        return (await actions(session))["result"]

    assert play(Task(lambda *_: [], applies=fail), script) == []


@pytest.mark.parametrize("extras", [("document",), ()])
def test_a_page_goes_to_who_can_show_it_and_else_into_a_message(extras):
    async def script(session):
        return (await run(session))["result"], session.messages()

    result, messages = play(Task(lambda *_: Page("Why", "Because.")), script, extras=extras)
    shown = {"document": {"title": "Why", "languageId": "markdown", "text": "Because."}}
    assert (result, messages) == ((shown, []) if extras else (None, ["Because."]))


def test_unknown_tasks_and_documents_are_named():
    async def script(session):
        return (await run(session, task="nap"))["error"], (await run(session, uri="file:///b.py"))["error"]

    task, document = play(Task(lambda *_: []), script)
    assert "nap" in task["message"]
    assert "file:///b.py" in document["message"]


def test_a_file_too_large_for_suggestions_gets_no_tasks_either():
    async def script(session):
        return (await actions(session))["result"]

    assert len(play(Task(lambda *_: []), script, max_file_kb=1)) == 1
    assert play(Task(lambda *_: []), script, text=TEXT + "#" * 2000, max_file_kb=1) == []


def test_the_task_of_the_documentation_works():
    page = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "class AddOwner" in block]
    names = {}
    exec(code, names)
    (task,) = names["aigc_tasks"]()

    async def script(session):
        (action,) = (await actions(session))["result"]
        argument = action["command"]["arguments"][0]
        asked = [one["title"] for one in argument.pop("ask")]
        argument["arguments"] = {"team": "red", "mail": "a@b.example"}
        params = {"command": action["command"]["command"], "arguments": [argument]}
        await session.request("workspace/executeCommand", params)
        return asked, edits(session)[0]["edit"]["documentChanges"][0]["edits"][0]["newText"]

    assert play(task, script) == (["Which team?", "Whom to write to?"], "# Owned by team red <a@b.example>\n")
