"""What the user sees of the engine: progress while it loads, one message when it fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from lsp_helpers.inprocess import Session, settle


async def answer_create(session):
    request = await session.method("window/workDoneProgress/create")
    session.receive({"id": request["id"], "result": None})
    return request["params"]["token"]


def test_loading_is_shown_from_begin_to_end():
    async def play():
        session = Session(state="starting")
        await session.start()
        token = await answer_create(session)
        begin = await session.method("$/progress")
        session.link.become("loading", progress=0.25, message="SmolLM2")
        report = await session.method("$/progress")
        session.link.become("ready")
        end = await session.method("$/progress")
        await session.server.aclose()
        return token, [begin, report, end]

    token, notes = asyncio.run(play())
    assert [note["params"]["token"] for note in notes] == [token] * 3
    assert [note["params"]["value"]["kind"] for note in notes] == ["begin", "report", "end"]
    assert notes[1]["params"]["value"] == {"kind": "report", "percentage": 25, "message": "SmolLM2"}


def test_a_client_without_progress_gets_none():
    async def play():
        session = Session(state="loading")
        await session.start(capabilities={})
        await session.server.backend.ready.wait()
        session.link.become("loading", progress=0.5)
        await settle()
        await session.server.aclose()
        return [message.get("method") for message in session.sent]

    assert "window/workDoneProgress/create" not in asyncio.run(play())


def test_a_client_that_refuses_progress_is_not_asked_again():
    async def play():
        session = Session(state="loading")
        await session.start()
        request = await session.method("window/workDoneProgress/create")
        session.receive({"id": request["id"], "error": {"code": -32603, "message": "no"}})
        session.link.become("loading", progress=0.5)
        session.link.become("ready")
        await settle()
        await session.server.aclose()
        return [message.get("method") for message in session.sent]

    methods = asyncio.run(play())
    assert "$/progress" not in methods
    assert "window/workDoneProgress/create" not in methods


def test_ten_crashes_in_a_row_are_one_message():
    async def play():
        session = Session()
        await session.start()
        await session.server.backend.ready.wait()
        for number in range(10):
            session.link.become("failed", message=f"out of memory {number}")
            session.link.become("starting")
            await answer_create(session)
            session.link.become("ready")
            await settle()
        await session.server.aclose()
        return session.messages()

    (message,) = asyncio.run(play())
    assert "out of memory 0" in message


def test_the_engine_link_is_made_after_initialized_and_not_before():
    async def play():
        session = Session()
        await session.request("initialize", {"processId": None, "capabilities": {}})
        await settle()
        before = session.counters.links
        session.notify("initialized", {})
        await session.server.backend.ready.wait()
        await session.server.aclose()
        return before, session.counters.links, session.link.closed

    assert asyncio.run(play()) == (0, 1, True)


def test_a_request_to_an_engine_that_sleeps_wakes_it():
    async def play():
        session = Session(state="unloaded")
        await session.start()
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}
        session.notify("textDocument/didOpen", {"textDocument": document})
        params = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0}}
        answer = await session.request("textDocument/inlineCompletion", params)
        await settle()
        await session.server.aclose()
        return answer["result"], session.link.woken

    assert asyncio.run(play()) == ({"items": []}, 1)


def asked(session):
    """Ask for ghost text as an editor does at a pause."""
    params = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0}}
    return session.request("textDocument/inlineCompletion", params)


def test_a_missing_model_is_tried_again_once_it_is_here_and_not_before(tmp_path, monkeypatch):
    monkeypatch.setattr("aigc_lsp.lsp.backend._MISSING_PAUSE_S", 0.0)
    model = tmp_path / "model.gguf"

    async def play():
        session = Session(state="starting")
        await session.start()
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}
        session.notify("textDocument/didOpen", {"textDocument": document})
        await answer_create(session)
        session.link.become("failed", message=f"{model} is not here", pid=7)
        session.link.status = replace(session.link.status, model=str(model))
        for _ in range(3):
            await asked(session)
            await asyncio.sleep(0.1)
        before = session.link.woken
        model.write_bytes(b"GGUF")
        for _ in range(3):  # what cannot be loaded is not loaded again at each key
            await asked(session)
            await asyncio.sleep(0.1)
        await session.server.aclose()
        return before, session.link.woken, session.messages()

    before, after, messages = asyncio.run(play())
    assert (before, after) == (0, 1)
    assert messages == [f"aigc-lsp cannot load the model: {model} is not here"]


def test_a_crash_after_a_model_that_was_missing_is_told_too():
    async def play():
        session = Session()
        await session.start()
        await session.server.backend.ready.wait()
        session.link.become("failed", message="no such model", pid=7)
        session.link.become("ready")
        session.link.become("failed", message="it ended")
        async with asyncio.timeout(30):
            while len(session.messages()) < 2:
                await settle()
        await session.server.aclose()
        return session.messages()

    missing, crash = asyncio.run(play())
    assert "started again" not in missing
    assert "started again" in crash


def test_the_engine_starts_before_the_plugins_are_loaded():
    async def play():
        session = Session()
        starts = []
        loaders = session.server._loaders
        plugins = lambda disabled: starts.append(session.link.started) or loaders.plugins(disabled)  # noqa: E731
        session.server._loaders = replace(loaders, plugins=plugins)
        await session.start()
        await session.server.backend.ready.wait()
        await session.server.aclose()
        return starts

    assert asyncio.run(play()) == [1]


def test_a_link_is_let_go_where_plugins_cannot_be_loaded():
    async def play():
        session = Session()

        def broken(disabled):
            raise LookupError("no plugin offers one")

        session.server._loaders = replace(session.server._loaders, plugins=broken)
        await session.start()
        await session.server.backend.ready.wait()
        await settle()
        await session.server.aclose()
        return session.link.closed, session.messages()

    closed, messages = asyncio.run(play())
    assert closed
    assert "no plugin offers one" in messages[0]
