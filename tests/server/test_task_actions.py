"""Code actions that are resolved, files that tasks make, progress, previews, lenses: what an editor sees of a task."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace

import pytest
from tests.server.test_tasks import EVERYTHING, TEXT, URI, Task, actions, edits, play, run

from aigc_models.types import CompletionRequest
from aigc_plugins.api import Change, Edit, FileEdit, ModelTask, NewFile, Page, RenamedFile, WithheldError
from lsp_helpers.inprocess import Session

RESOLVES = {
    "textDocument": {"codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit", "command"]}}}
}
FILES = {"workspace": {"workspaceEdit": {"resourceOperations": ["create", "rename", "delete"]}}}
NOTES = {"workspace": {"workspaceEdit": {"changeAnnotationSupport": {}}}}
SHOWS = {"window": {"showDocument": {"support": True}}}
STAMP = [Edit(0, 1, "z")]


async def resolved(session, change=lambda action: action, **context):
    (action,) = (await actions(session, **context))["result"]
    return await session.request("codeAction/resolve", change(action))


def insert(session, version):
    change = {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "#"}
    params = {"textDocument": {"uri": URI, "version": version}, "contentChanges": [change]}
    session.notify("textDocument/didChange", params)


def test_an_action_is_resolved_to_a_versioned_edit_and_nothing_is_applied_behind_the_editors_back():
    async def script(session):
        (action,) = (await actions(session))["result"]
        assert "edit" not in action
        assert "command" not in action
        assert "isPreferred" not in action
        return (await session.request("codeAction/resolve", action))["result"], edits(session)

    action, sent = play(Task(lambda *_: STAMP), script, client=RESOLVES)
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": URI, "version": 5}
    assert [edit["newText"] for edit in change["edits"]] == ["z"]
    assert sent == []


def test_helix_which_would_hold_still_gets_a_command_and_a_message_that_says_why_it_came_to_nothing():
    async def script(session):
        (action,) = (await actions(session))["result"]
        assert "data" not in action
        error = (await session.request("workspace/executeCommand", action["command"]))["error"]
        shown = [one["params"]["message"] for one in session.sent if one.get("method") == "window/showMessage"]
        return error["code"], shown

    def withhold(*_):
        raise WithheldError("nothing to do")

    helix = {"clientInfo": {"name": "helix", "version": "25.07"}}
    assert play(Task(withhold), script, client=RESOLVES, initialize=helix) == (-32803, ["aigc-lsp: nothing to do"])
    assert play(Task(withhold), script, client={}) == (-32803, [])


def test_a_task_that_asks_or_gives_a_page_is_a_command_even_there():
    async def script(session):
        return (await actions(session))["result"][0]["command"]["command"]

    assert play(Task(lambda *_: Page("t", "x"), gives="page"), script, client=RESOLVES) == "aigc.runTask"


def test_an_action_for_an_older_text_is_refused_before_and_after_the_work():
    def slow(place, job):
        time.sleep(0.2)
        return STAMP

    task = Task(slow)

    async def script(session):
        (action,) = (await actions(session))["result"]
        running = asyncio.ensure_future(session.request("codeAction/resolve", action))
        await asyncio.sleep(0.05)
        insert(session, 6)
        during = (await running)["error"]["code"]
        return during, (await session.request("codeAction/resolve", action))["error"]["code"]

    assert play(task, script, client=RESOLVES) == (-32801, -32801)
    assert len(task.seen) == 1


def test_a_text_to_read_comes_though_its_user_typed_on():
    def slow(place, job):
        time.sleep(0.2)
        return Page("t", "x")

    async def script(session):
        running = asyncio.ensure_future(run(session, version=5))
        await asyncio.sleep(0.05)
        insert(session, 6)
        return (await running)["result"]["document"]["text"]

    assert play(Task(slow, gives="page"), script) == "x"


def test_the_reason_why_nothing_is_offered_reaches_the_user():
    async def script(session):
        return (await resolved(session))["error"]

    error = play(Task(lambda *_: [Edit(0, 0, "def (:\n")]), script, client=RESOLVES)
    assert error["code"] == -32803
    assert "syntax errors" in error["message"]


@pytest.mark.parametrize(
    ("kind", "context", "offered"),
    [
        ("source.stamp.aigc", {"triggerKind": 2, "only": ["source.stamp"]}, False),
        ("source.stamp.aigc", {"triggerKind": 2}, False),
        ("source.stamp.aigc", {"triggerKind": 1, "only": ["source"]}, True),
        ("refactor.rewrite.aigc", {"only": ["refactor"]}, True),
        ("refactor.rewrite.aigc", {"only": ["refactor.rewrite.aigc"]}, True),
        ("refactor.rewrite.aigc", {"only": ["refactor.extract"]}, False),
        ("quickfix.aigc", {"triggerKind": 2, "only": ["quickfix"]}, True),
    ],
)
def test_kinds_are_honoured_and_source_actions_never_run_on_save(kind, context, offered):
    async def script(session):
        return bool((await actions(session, **context))["result"])

    assert play(Task(lambda *_: STAMP, kind=kind), script) is offered


def test_a_title_may_depend_on_the_place_and_a_language_on_the_document():
    async def script(session):
        return [action["title"] for action in (await actions(session))["result"]]

    assert play(Task(lambda *_: STAMP, applies=lambda place: "Stamp `x`"), script) == ["Stamp `x`"]
    assert play(Task(lambda *_: STAMP, languages=("go",)), script) == []


def test_diagnostics_reach_the_task_with_their_places():
    seen = []

    def applies(place):
        seen.extend(place.diagnostics)
        return bool(place.diagnostics)

    where = {"start": {"line": 0, "character": 10}, "end": {"line": 0, "character": 11}}
    faults = [{"range": where, "message": "unused", "code": 7, "source": "Ruff", "severity": 2}, {"message": 3}, "x"]

    async def script(session):
        return await resolved(session, diagnostics=faults)

    assert (
        "edit" in play(Task(lambda *_: STAMP, applies=applies, kind="quickfix.aigc"), script, client=RESOLVES)["result"]
    )
    assert {(one.start, one.end, one.message, one.code, one.source, one.severity) for one in seen} == {
        (9, 10, "unused", "7", "Ruff", 2)  # code points: the emoji before is one
    }


def test_a_change_says_what_it_is_where_the_editor_shows_that():
    change = Change(tuple(STAMP), note="checked twice", confirm=True)
    both = {**RESOLVES, **NOTES}

    async def script(session):
        return (await resolved(session))["result"]["edit"]

    edit = play(Task(lambda *_: change), script, client=both)
    ((key, note),) = edit["changeAnnotations"].items()
    assert note == {"label": "Stamp it", "description": "checked twice", "needsConfirmation": True}
    assert edit["documentChanges"][0]["edits"][0]["annotationId"] == key
    assert "changeAnnotations" not in play(Task(lambda *_: change), script, client=RESOLVES)


def in_folder(tmp_path, task, script, client):
    """Play in a workspace at `tmp_path`."""
    return play(task, script, client=client, initialize={"rootUri": tmp_path.as_uri()})


def test_files_are_created_edited_and_renamed_through_the_editor(tmp_path):
    (tmp_path / "b.py").write_text("b = 1\n")
    (tmp_path / "old.py").write_text("")
    files = (
        NewFile(tmp_path / "test_a.py", "def test():\n    pass\n"),
        FileEdit(tmp_path / "b.py", "b = 1\n", (Edit(4, 5, "2"),)),
        RenamedFile(tmp_path / "old.py", tmp_path / "new.py"),
    )

    async def script(session):
        return (await resolved(session))["result"]

    action = in_folder(tmp_path, Task(lambda *_: Change(files=files)), script, {**RESOLVES, **FILES})
    create, fill, edit, rename = action["edit"]["documentChanges"]
    assert (create["kind"], create["options"]["overwrite"]) == ("create", False)
    assert fill["edits"][0]["newText"].startswith("def test")
    assert edit["textDocument"] == {"uri": (tmp_path / "b.py").as_uri(), "version": None}
    assert rename["newUri"].endswith("/new.py")
    assert action["command"]["arguments"] == [{"uri": (tmp_path / "test_a.py").as_uri()}]
    assert not (tmp_path / "test_a.py").exists()


def test_an_editor_that_lets_nobody_create_files_is_told_what_to_do_instead(tmp_path):
    async def script(session):
        return (await resolved(session))["error"]["message"]

    task = Task(lambda *_: Change(files=(NewFile(tmp_path / "c.py", "c = 1\n"),)))
    assert "command line" in in_folder(tmp_path, task, script, RESOLVES)


def test_a_new_file_is_shown_after_a_command(tmp_path):
    async def script(session):
        running = asyncio.ensure_future(run(session))
        shown = await session.method("window/showDocument")
        session.receive({"id": shown["id"], "result": {"success": True}})
        await running
        return shown["params"]["uri"]

    task = Task(lambda *_: Change(files=(NewFile(tmp_path / "c.py", "c = 1\n"),)))
    assert in_folder(tmp_path, task, script, {**FILES, **SHOWS}) == (tmp_path / "c.py").as_uri()


@pytest.mark.parametrize(
    "where",
    ["../out.py", ".git/hooks/pre-commit", ".vscode/settings.json", "link/x.py", "taken.py", ".envrc", "dangling.py"],
)
def test_files_outside_or_in_dangerous_places_are_refused(tmp_path, where):
    root = tmp_path / "root"
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / ".vscode").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "dangling.py").symlink_to(tmp_path / "nowhere")
    (root / "taken.py").write_text("x")

    async def script(session):
        return (await resolved(session))["error"]["code"]

    task = Task(lambda *_: Change(files=(NewFile(root / where, "x = 1\n"),)))
    assert in_folder(root, task, script, {**RESOLVES, **FILES}) == -32803


def test_a_file_that_changed_since_the_task_read_it_is_left_alone(tmp_path):
    (tmp_path / "b.py").write_text("b = 2\n")
    task = Task(lambda *_: Change(files=(FileEdit(tmp_path / "b.py", "b = 1\n", (Edit(0, 1, "c"),)),)))

    async def script(session):
        return (await resolved(session))["error"]["message"]

    assert "changed meanwhile" in in_folder(tmp_path, task, script, RESOLVES)


def test_of_other_files_too_nothing_is_replaced_but_what_changes_and_their_line_ends_stay(tmp_path):
    before = "b = 1\r\nc = 2\r\nd = 3\r\n"
    (tmp_path / "b.py").write_bytes(before.encode())
    whole = Edit(0, len(before), "b = 1\nx = 2\nd = 3\n")
    task = Task(lambda *_: Change(files=(FileEdit(tmp_path / "b.py", before, (whole,)),)))

    async def script(session):
        return (await resolved(session))["result"]["edit"]["documentChanges"][0]["edits"]

    (edit,) = in_folder(tmp_path, task, script, RESOLVES)
    assert edit == {"range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 1}}, "newText": "x"}


class Asking(ModelTask):
    """Asks the model, and puts its answer in place of all."""

    name = "stamp"
    title = "Stamp it"
    attempts = 1

    def ask(self, place, job):
        return CompletionRequest("say: ", max_tokens=10)

    def read(self, place, answer):
        return [Edit(place.start, place.end, answer)]


def test_a_list_of_actions_asks_no_model_and_their_resolution_does():
    async def script(session):
        for _ in range(20):
            (action,) = (await actions(session))["result"]
        listed = session.counters.opened
        edit = (await session.request("codeAction/resolve", action))["result"]["edit"]
        return listed, session.counters.opened, edit["documentChanges"][0]["edits"][0]["newText"]

    assert play(Asking(), script, client=RESOLVES, answer="w = 3") == (0, 1, "w = 3")


@pytest.mark.parametrize("by", ["request", "progress"])
def test_a_task_that_is_taken_back_stops_the_model_and_answers_at_once(by):
    async def script(session):
        (action,) = (await actions(session))["result"]
        session.receive({"id": "slow", "method": "codeAction/resolve", "params": action})
        created = await session.method("window/workDoneProgress/create")
        session.receive({"id": created["id"], "result": None})
        begun = await session.find(lambda m: m.get("method") == "$/progress")
        start = time.monotonic()
        assert begun["params"]["value"]["cancellable"]
        if by == "request":
            session.notify("$/cancelRequest", {"id": "slow"})
        else:
            session.notify("window/workDoneProgress/cancel", {"token": created["params"]["token"]})
        answer = await session.find(lambda message: message.get("id") == "slow")
        took = time.monotonic() - start
        for _ in range(50):
            await asyncio.sleep(0.02)
            if session.counters.closed == session.counters.opened == 1:
                break
        ends = [m for m in session.sent if m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end"]
        return answer["error"]["code"], session.counters.opened, session.counters.closed, len(ends), took

    code, opened, closed, ends, took = play(
        Asking(), script, client={**RESOLVES, "window": {"workDoneProgress": True}}, answer="x" * 1000, delay=0.05
    )
    assert (code, opened, closed, ends) == (-32800, 1, 1, 1)
    assert took < 1


def test_a_task_that_ignores_being_taken_back_does_not_hold_up_the_session():
    release = threading.Event()

    def stubborn(place, job):
        release.wait(30)
        return STAMP

    async def script(session):
        (action,) = (await actions(session))["result"]
        session.receive({"id": "slow", "method": "codeAction/resolve", "params": action})
        await asyncio.sleep(0.05)
        session.notify("$/cancelRequest", {"id": "slow"})
        return (await session.find(lambda message: message.get("id") == "slow"))["error"]["code"]

    try:
        assert play(Task(stubborn), script, client=RESOLVES) == -32800
    finally:
        release.set()


def test_a_task_that_takes_too_long_is_given_up():
    def slow(place, job):
        while True:
            job.check()
            time.sleep(0.01)

    async def script(session):
        limits = session.server.backend.settings.tasks.model_copy(update={"timeout_s": 0.1})
        session.server.backend.settings = session.server.backend.settings.model_copy(update={"tasks": limits})
        return (await resolved(session))["error"]["message"]

    assert "not done within" in play(Task(slow), script, client=RESOLVES)


def test_a_long_result_is_shown_while_it_is_written():
    def tell(place, job):
        job.preview("Once")
        time.sleep(0.15)
        job.preview("Once upon")
        return Page("Tale", "Once upon a time.")

    async def script(session):
        await run(session, previewToken="mine")
        shown = [m["params"] for m in session.sent if m.get("method") == "$/progress"]
        return [one["value"]["text"] for one in shown if one["token"] == "mine"]

    assert play(Task(tell, gives="page"), script) == ["Once", "Once upon"]


def test_a_page_is_a_file_for_editors_that_show_only_these(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path))

    async def script(session):
        running = asyncio.ensure_future(run(session))
        shown = await session.method("window/showDocument")
        session.receive({"id": shown["id"], "result": {"success": True}})
        return (await running)["result"], shown["params"]["uri"]

    result, uri = play(Task(lambda *_: Page("Why", "Because."), gives="page"), script, extras=(), client=SHOWS)
    assert result is None
    (page,) = (tmp_path / "cache" / "pages").iterdir()
    assert page.as_uri() == uri
    assert (page.suffix, page.read_text()) == (".md", "Because.")


FUNCTIONS = "def f():\n    pass\n\n\nclass A:\n    def g(self):\n        pass\n"


@pytest.mark.parametrize(("on", "lens", "found"), [(False, True, 0), (True, True, 3), (True, False, 0)])
def test_lenses_are_off_until_they_are_wanted(on, lens, found):
    async def script(session):
        tasks = session.server.backend.settings.tasks.model_copy(update={"lens": on})
        session.server.backend.settings = session.server.backend.settings.model_copy(update={"tasks": tasks})
        lenses = (await session.request("textDocument/codeLens", {"textDocument": {"uri": URI}}))["result"]
        for one in lenses:
            argument = one["command"]["arguments"][0]
            await session.request("workspace/executeCommand", {"command": "aigc.runTask", "arguments": [argument]})
        return lenses

    task = Task(lambda *_: STAMP, lens=lens)
    assert len(play(task, script, text=FUNCTIONS)) == found
    assert [text.split("(")[0] for text, _ in task.seen] == ["def f", "class A:\n    def g", "def g"][:found]


@pytest.mark.parametrize("setting", [{"enabled": False}, {"disabled": ["stamp"]}])
def test_tasks_can_be_switched_off(setting):
    async def script(session):
        tasks = session.server.backend.settings.tasks.model_copy(update=setting)
        session.server.backend.settings = session.server.backend.settings.model_copy(update={"tasks": tasks})
        return (await actions(session))["result"], (await run(session)).get("error", {}).get("code")

    assert play(Task(lambda *_: STAMP), script) == ([], -32803)


def test_odd_data_of_an_action_is_answered_not_believed():
    async def script(session):
        odd = ({"task": "stamp"}, {"task": 3, "uri": URI}, {"task": "stamp", "uri": URI, "range": "x"})
        asked = [session.request("codeAction/resolve", {"title": "x", "data": data}) for data in odd]
        answers = [(await one)["error"]["code"] for one in asked]
        plain = (await session.request("codeAction/resolve", {"title": "theirs"}))["result"]
        return answers, plain

    assert play(Task(lambda *_: STAMP), script) == ([-32602, -32602, -32602], {"title": "theirs"})


def test_the_edit_is_the_smallest_one():
    async def script(session):
        (change,) = (await resolved(session))["result"]["edit"]["documentChanges"]
        return change["edits"]

    (edit,) = play(Task(lambda *_: [Edit(0, len(TEXT), TEXT.replace("2", "31"))]), script, client=RESOLVES)
    assert edit["newText"] == "31"
    assert edit["range"]["start"] == {"line": 0, "character": EVERYTHING["end"]["character"] - 1}


def test_code_actions_wait_a_little_for_the_plugins_of_a_session_that_just_started():
    async def script():
        session = Session(actions=[Task(lambda *_: STAMP)])
        load = session.server._loaders.plugins

        def slowly(disabled):
            time.sleep(0.3)
            return load(disabled)

        session.server._loaders = replace(session.server._loaders, plugins=slowly)
        await session.start()
        document = {"uri": URI, "languageId": "python", "version": 5, "text": TEXT}
        session.notify("textDocument/didOpen", {"textDocument": document})
        found = (await actions(session))["result"]
        await session.server.aclose()
        return found

    assert [action["title"] for action in asyncio.run(script())] == ["Stamp it"]


def test_a_file_beside_the_document_is_written_and_shown_though_its_user_typed_on(tmp_path):
    (tmp_path / "test_it.py").write_text("a = 1\n")

    def slow(place, job):
        time.sleep(0.2)
        return Change(files=(FileEdit(tmp_path / "test_it.py", "a = 1\n", (Edit(6, 6, "b = 2\n"),)),))

    async def script(session):
        (action,) = (await actions(session))["result"]
        assert "data" not in action
        running = asyncio.ensure_future(session.request("workspace/executeCommand", action["command"]))
        await asyncio.sleep(0.05)
        insert(session, 6)
        shown = await session.method("window/showDocument")
        session.receive({"id": shown["id"], "result": {"success": True}})
        assert "error" not in await running
        return shown["params"]["uri"], edits(session)

    uri, (applied,) = in_folder(tmp_path, Task(slow, gives="files"), script, {**RESOLVES, **FILES, **SHOWS})
    assert uri == (tmp_path / "test_it.py").as_uri()
    assert "b = 2" in str(applied["edit"])


def test_neovim_announces_that_it_creates_files_and_not_the_form_in_which_it_takes_them(tmp_path):
    async def script(session):
        running = asyncio.ensure_future(run(session))
        shown = await session.method("window/showDocument")
        session.receive({"id": shown["id"], "result": {"success": True}})
        await running
        return edits(session)[0]["edit"]

    task = Task(lambda *_: Change(files=(NewFile(tmp_path / "c.py", "c = 1\n"),)))
    neovim = {"workspace": {"workspaceEdit": {"documentChanges": False, "resourceOperations": ["create"]}}, **SHOWS}
    created, changed = in_folder(tmp_path, task, script, neovim)["documentChanges"]
    assert (created["kind"], created["uri"]) == ("create", (tmp_path / "c.py").as_uri())
    assert changed["edits"][0]["newText"] == "c = 1\n"
