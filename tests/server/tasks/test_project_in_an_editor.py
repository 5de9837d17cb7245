"""The task `project` from an editor: asked for, run, and made of new files that the editor creates."""

from __future__ import annotations

from tests.server.test_task_actions import FILES
from tests.server.test_tasks import EVERYTHING, TEXT, URI, actions, edits, play

from aigc_plugins.api import Finished
from aigc_plugins.tasks.project.task import ProjectTask

PASSED = Finished(0, "", "Ran 20 tests in 0.1s\n\nOK\n")
SAYS = {"instruction": "A library: books with title and author.", "name": "shelf", "folder": ""}


def task():
    """Return the task with tests that pass without being run: what runs them has tests of its own."""
    return ProjectTask(lambda job: lambda files, command, *, seconds: PASSED)


def ask(session, **answers):
    argument = {"task": "project", "uri": URI, "range": EVERYTHING, "version": 5, "arguments": {**SAYS, **answers}}
    return session.request("workspace/executeCommand", {"command": "aigc.runTask", "arguments": [argument]})


def test_it_asks_what_to_do_and_creates_files(tmp_path):
    async def script(session):
        (action,) = (await actions(session, only=["source"]))["result"]
        return action, await ask(session), edits(session)

    initialize = {"rootUri": tmp_path.as_uri()}
    action, answer, (edit,) = play(task(), script, client=FILES, initialize=initialize)
    assert action["kind"] == "source.aigc.project"
    asked = action["command"]["arguments"][0]["ask"]
    assert [one["name"] for one in asked] == ["instruction", "name", "folder"]
    assert "error" not in answer
    changes = edit["edit"]["documentChanges"]
    created = {one["uri"] for one in changes if one.get("kind") == "create"}
    assert (tmp_path / "src" / "shelf" / "api.py").as_uri() in created
    assert all(uri.startswith(tmp_path.as_uri()) for uri in created)
    texts = {one["textDocument"]["uri"]: one["edits"][0]["newText"] for one in changes if "textDocument" in one}
    assert "class Book" in texts[(tmp_path / "src" / "shelf" / "models.py").as_uri()]
    assert list(tmp_path.iterdir()) == []
    assert TEXT not in texts.values()


def test_a_folder_outside_of_the_workspace_is_refused(tmp_path):
    async def script(session):
        return (await ask(session, folder="../elsewhere"))["error"]["message"], edits(session)

    message, sent = play(task(), script, client=FILES, initialize={"rootUri": tmp_path.as_uri()})
    assert "outside of the workspace" in message
    assert sent == []


def test_without_a_workspace_there_is_no_folder():
    async def script(session):
        return (await ask(session))["error"]["message"]

    assert "no folder" in play(task(), script, client=FILES)


def test_an_editor_that_cannot_ask_is_not_offered_it():
    async def script(session):
        return (await actions(session))["result"]

    assert play(task(), script, extras=()) == []
