"""What the editor's status item is told, and by which commands its user changes that."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from lsp_helpers.inprocess import Session, settle

EXTRAS = {"experimental": {"aigc": {"status": True}}, "textDocument": {"inlineCompletion": {}}}
ITEM = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0}}


def told(session):
    return [message["params"] for message in session.sent if message.get("method") == "didChangeStatus"]


async def begin(session, **extras):
    aigc = {"status": True, **extras}
    await session.start(capabilities={**EXTRAS, "experimental": {"aigc": aigc}})
    await session.server.backend.ready.wait()
    await settle()


async def command(session, name, argument=None):
    params = {"command": name, "arguments": [] if argument is None else [argument]}
    return await session.request("workspace/executeCommand", params)


def test_from_loading_to_ready_and_failed_each_state_is_told_once():
    async def play():
        session = Session(state="loading")
        await begin(session)
        for fraction in (0.25, 0.25, 0.5):
            session.link.become("loading", progress=fraction, message="reading weights")
            await settle()
        session.link.become("ready", runtime="fast")
        await settle()
        session.link.become("failed", message="out of memory")
        await settle()
        await session.server.aclose()
        return told(session)

    states = asyncio.run(play())
    assert [(one["state"], one["percentage"]) for one in states] == [
        ("loading", None), ("loading", 25), ("loading", 50), ("ready", None), ("failed", None),
    ]  # fmt: skip
    assert [one["busy"] for one in states] == [True, True, True, False, False]
    assert [one["kind"] for one in states[-2:]] == ["Normal", "Error"]
    assert (states[3]["model"], states[3]["runtime"]) == ("fake", "fast")
    assert states[-1]["message"] == "out of memory"
    assert states[-1]["missingModel"] is None


def test_after_a_crash_the_error_stays_until_the_engine_is_ready_again():
    async def play():
        session = Session()
        await begin(session)
        for state, fields in (
            ("failed", {"message": "it ended"}),
            ("starting", {}),
            ("loading", {"progress": 0.5, "message": "reading weights"}),
            ("ready", {}),
            ("loading", {"progress": 0.1}),
            ("failed", {"pid": 7, "message": "no such model"}),
            ("loading", {"progress": 0.2, "pid": 7}),
        ):
            session.link.become(state, **fields)
            await settle()
        await session.server.aclose()
        return [(one["state"], one["kind"], one["message"]) for one in told(session)]

    crash, starting, loading, *after = asyncio.run(play())[1:]
    assert crash == ("failed", "Error", "it ended")
    assert [starting[:2], loading[:2]] == [("starting", "Error"), ("loading", "Error")]
    assert "started again" in starting[2]
    assert "reading weights" in loading[2]
    assert [one[:2] for one in after] == [
        ("ready", "Normal"), ("loading", "Normal"), ("failed", "Error"), ("loading", "Normal"),
    ]  # fmt: skip


def test_an_editor_that_did_not_ask_is_told_nothing():
    async def play():
        session = Session(state="loading")
        await session.start()
        await session.server.backend.ready.wait()
        session.link.become("ready")
        await settle()
        await session.server.aclose()
        return told(session)

    assert asyncio.run(play()) == []


@pytest.mark.parametrize("offers", [True, False])
def test_a_missing_model_is_named_and_left_to_an_editor_that_offers_to_fetch_it(tmp_path, offers):
    model = tmp_path / "model.gguf"

    async def play():
        session = Session()
        await begin(session, downloads=offers)
        session.link.status = replace(session.link.status, state="failed", pid=7, model=str(model), message="not here")
        for watcher in session.link._watchers:
            watcher.put_nowait(session.link.status)
        await session.find(lambda message: message.get("params", {}).get("missingModel") == str(model))
        await settle()
        await session.server.aclose()
        return session.messages()

    assert len(asyncio.run(play())) == (0 if offers else 1)


def test_switched_off_in_the_settings_is_a_state_of_its_own():
    async def play():
        session = Session(enabled=False)
        await begin(session)
        answer = await command(session, "aigc.getStatus")
        await session.server.aclose()
        return answer["result"]

    status = asyncio.run(play())
    assert (status["state"], status["kind"]) == ("off", "Inactive")


def test_snoozed_means_no_automatic_suggestion_until_it_is_over():
    async def play():
        session = Session()
        await begin(session)
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}
        session.notify("textDocument/didOpen", {"textDocument": document})
        automatic = {**ITEM, "context": {"triggerKind": 2}}

        async def offered(params):
            answer = await session.request("textDocument/inlineCompletion", params)
            return len(answer["result"]["items"])

        before = await offered(automatic)
        await command(session, "aigc.snooze", {"seconds": 0.5})
        during = await offered(automatic), await offered({**ITEM, "context": {"triggerKind": 1}})
        await session.find(lambda message: message.get("params", {}).get("state") == "snoozed")
        session.sent.clear()
        await session.find(lambda message: message.get("params", {}).get("state") == "ready")
        after = await offered(automatic)
        await command(session, "aigc.snooze", {"seconds": 600})
        until = (await command(session, "aigc.getStatus"))["result"]["snoozedUntil"]
        await command(session, "aigc.snooze", {"seconds": 0})
        ended = await offered(automatic)
        await session.server.aclose()
        return before, during, after, until - time.time(), ended

    before, during, after, left, ended = asyncio.run(play())
    assert (before, during, after, ended) == (1, (0, 1), 1, 1)
    assert 500 < left <= 600


@pytest.mark.parametrize("seconds", [-1, "10", True, None, 1e9])
def test_a_snooze_of_no_sensible_length_is_refused(seconds):
    async def play():
        session = Session()
        await begin(session)
        answer = await command(session, "aigc.snooze", {"seconds": seconds})
        await session.server.aclose()
        return answer["error"]["code"], session.server.status.snoozed

    assert asyncio.run(play()) == (-32602, False)


def test_what_the_editor_tells_of_suggestions_is_counted_once_for_each():
    async def play():
        session = Session()
        await begin(session)
        document = {"uri": "file:///a.py", "languageId": "python", "version": 1, "text": ""}
        session.notify("textDocument/didOpen", {"textDocument": document})
        items = []
        for _ in range(2):
            answer = await session.request("textDocument/inlineCompletion", ITEM)
            items.append(answer["result"]["items"][0])
        for item in (*items, items[0]):
            session.notify("textDocument/didShowCompletion", {"item": item})
        for length in (2, 4):
            session.notify("textDocument/didPartiallyAcceptCompletion", {"item": items[1], "acceptedLength": length})
        for odd in (None, [], {"item": 3}, {"item": {"command": {"arguments": [{"uri": 1}]}}}):
            session.notify("textDocument/didShowCompletion", odd)
            session.notify("textDocument/didPartiallyAcceptCompletion", odd)
        events = []
        session.server.feedback.hooks.append(events.append)
        await session.request("workspace/executeCommand", items[0]["command"])
        status = (await command(session, "aigc.getStatus"))["result"]
        await session.server.aclose()
        return status["feedback"], events, items

    counts, events, items = asyncio.run(play())
    # Both items offer the same suggestion.
    assert counts == {"shown": 1, "accepted": 1, "partiallyAccepted": 1}
    assert [(event.kind, event.uri) for event in events] == [("accepted", "file:///a.py")]
    assert items[0]["command"]["arguments"][0]["id"] != items[1]["command"]["arguments"][0]["id"]


def test_an_unknown_command_and_an_argument_that_is_none_are_refused():
    async def play():
        session = Session()
        await begin(session)
        unknown = await command(session, "aigc.explode")
        odd = await command(session, "aigc.getStatus", "now")
        await session.server.aclose()
        return unknown["error"]["code"], odd["error"]["code"]

    assert asyncio.run(play()) == (-32602, -32602)
