"""The record of suggestions in a session: what the wire tells becomes one entry for each suggestion."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aigc_lsp.completion import Outcome
from aigc_lsp.stats.features import NAMES
from aigc_lsp.stats.gate import EXPLORED, Gate, default_path
from aigc_lsp.stats.making import Makings
from aigc_lsp.stats.store import Store
from aigc_plugins.api import Suggestion
from lsp_helpers.inprocess import Session
from lsp_helpers.raw import FAKE, RawClient, environment, inline_params, open_document, shut_down, start_session
from lsp_helpers.raw import type_text as type_raw

URI = "file:///secret_project/secret_file.py"
INLINE = "textDocument/inlineCompletion"
ANSWER = "return compute_secret(12345)"
BEFORE = "def f():\n    "


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def database(home: Path) -> Path:
    return home / "data" / "suggestions.db"


def entries(home):
    store = Store(database(home))
    try:
        return store.read()
    finally:
        store.close()


class Editor:
    """An editor with one document and a cursor at its end."""

    def __init__(self, **session) -> None:
        session.setdefault("stats", {})
        self.session = Session(answer=ANSWER, debounce_ms=0, **session)
        self.text = BEFORE
        self.version = 1

    async def __aenter__(self):
        await self.session.start()
        await self.session.server.backend.ready.wait()
        document = {"uri": URI, "languageId": "python", "version": 1, "text": self.text}
        self.session.notify("textDocument/didOpen", {"textDocument": document})
        return self

    async def __aexit__(self, *_):
        await self.session.server.aclose()

    def _place(self):
        lines = self.text.split("\n")
        return {"line": len(lines) - 1, "character": len(lines[-1])}

    async def ask(self, kind=2):
        """Return the items that the server offers at the cursor."""
        params = {"textDocument": {"uri": URI}, "position": self._place(), "context": {"triggerKind": kind}}
        return (await self.session.request(INLINE, params))["result"]["items"]

    def show(self, item):
        self.session.notify("textDocument/didShowCompletion", {"item": item})

    def type(self, text):
        place = self._place()
        self.text += text
        self.version += 1
        self.session.notify("textDocument/didChange", {
            "textDocument": {"uri": URI, "version": self.version},
            "contentChanges": [{"range": {"start": place, "end": place}, "text": text}],
        })  # fmt: skip

    def partly(self, item, length):
        self.session.notify("textDocument/didPartiallyAcceptCompletion", {"item": item, "acceptedLength": length})

    async def accept(self, item):
        self.type(item["insertText"])
        await self.session.request("workspace/executeCommand", item["command"])


def played(play, **session):
    """Let `play` use an editor, to the end of its session."""

    async def run():
        async with Editor(**session) as editor:
            return await play(editor)

    return asyncio.run(run())


def test_shown_and_accepted_is_one_entry_with_its_facts(home):
    async def play(editor):
        editor.type(" ")
        (item,) = await editor.ask()
        editor.show(item)
        await editor.accept(item)

    played(play)
    (entry,) = entries(home)
    assert (entry.outcome, entry.told, entry.trigger, entry.language) == ("accepted", True, "automatic", "python")
    assert (entry.model, entry.adapter, entry.source) == ("fake", None, "engine")
    assert (entry.length_chars, entry.lines, entry.accepted_chars) == (len(ANSWER), 1, len(ANSWER))
    assert (entry.fresh_line, entry.right_empty, entry.column_bucket) == (True, True, 2)
    assert 0 <= entry.pause_ms < 5000
    assert 0 < entry.latency_ms < 5000
    assert entry.offered_at <= entry.shown_at <= entry.ended_at
    assert abs(entry.shown_at - time.time()) < 60


def test_how_it_was_made_is_part_of_the_entry(home):
    async def play(editor):
        makings = editor.session.server.stats._makings
        editor.session.server.suggester.made(URI, Outcome(Suggestion("if x:\n    ", 0, 0)), False)  # another one
        (item,) = await editor.ask()
        editor.show(item)
        editor.type("x")
        return makings.find(URI, "12345)")

    async def replay(editor):
        stream = editor.session.link.client.complete

        async def with_logprobs(request):
            async for chunk in stream(request):
                yield replace(chunk, logprobs=(-0.5,) if chunk.text else ())

        editor.session.link.client.complete = with_logprobs
        return await play(editor)

    features, source = played(replay)
    assert (source, features.length_chars, features.tokens) == ("cache", 6, len(ANSWER))
    (entry,) = entries(home)
    assert (entry.mean_logprob, entry.min_logprob, entry.first_logprob) == (-0.5, -0.5, -0.5)
    assert (entry.tokens, entry.source, entry.context_kinds) == (len(ANSWER), "engine", "")


def test_what_was_asked_ahead_says_so_and_what_comes_again_comes_from_the_cache():
    makings = Makings()
    makings.made(URI, ["one", "two"], [-1.0], ["sibling"], ahead=True)
    makings.made(URI, ["three"], [-2.0], [], ahead=False)
    assert [makings.find(URI, text)[1] for text in ("one", "one", "ree", "four", "")] == [
        "prefetch", "cache", "engine", "cache", "cache",
    ]  # fmt: skip
    first, other = makings.find(URI, "one")[0], makings.find(URI, "two")[0]
    assert (first.mean_logprob, first.context_kinds) == (-1.0, ("sibling",))
    assert math.isnan(other.mean_logprob)
    assert other.context_kinds == ("sibling",)
    assert makings.find("file:///b.py", "one") == (None, "cache")


def test_something_else_typed_is_a_dismissal(home):
    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        editor.type("x")

    played(play)
    assert [entry.outcome for entry in entries(home)] == ["dismissed"]


def test_typing_through_is_one_entry_and_one_count(home):
    async def play(editor):
        for character in "retu":
            (item,) = await editor.ask()
            editor.show(item)
            editor.type(character)
        (item,) = await editor.ask()
        editor.show(item)
        await editor.accept(item)
        return dict(editor.session.server.feedback.counts)

    assert played(play) == {"shown": 1, "accepted": 1, "partiallyAccepted": 0}
    (entry,) = entries(home)
    assert (entry.outcome, entry.accepted_chars) == ("accepted", len(ANSWER) - 4)


def test_a_suggestion_typed_to_its_end_is_no_dismissal(home):
    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        for character in ANSWER:
            editor.type(character)

    played(play)
    assert [entry.outcome for entry in entries(home)] == ["typed"]


def test_a_part_is_counted_in_characters(home):
    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        editor.type("return")
        editor.partly(item, 6)
        editor.type("!")

    played(play)
    (entry,) = entries(home)
    assert (entry.outcome, entry.accepted_chars) == ("partial", 6)


def test_a_question_asked_elsewhere_is_a_dismissal(home):
    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 0}, "context": {"triggerKind": 2}}
        await editor.session.request(INLINE, params)
        editor.session.server.stats._writer.close(5)
        return [entry.outcome for entry in entries(home)]

    assert played(play) == ["dismissed"]


def test_going_to_another_document_is_a_dismissal(home):
    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        for odd in (None, {"textDocument": 3}, {"uri": URI}):
            editor.session.notify("textDocument/didFocus", odd)
        editor.session.notify("textDocument/didFocus", {"textDocument": {"uri": URI}})
        record = editor.session.server.stats._ledger._items[1][0]
        before = record.entry.outcome
        editor.session.notify("textDocument/didFocus", {"textDocument": {"uri": "file:///b.py"}})
        return before, record.entry.outcome

    assert played(play) == ("shown", "dismissed")


def test_what_is_left_of_an_accepted_suggestion_is_counted_later(home, monkeypatch):
    monkeypatch.setattr("aigc_lsp.lsp.stats.KEPT_AFTER_S", 0.05)

    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        await editor.accept(item)
        change = {"range": {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 11}}, "text": ""}
        editor.session.notify(
            "textDocument/didChange", {"textDocument": {"uri": URI, "version": 9}, "contentChanges": [change]}
        )
        await asyncio.sleep(0.2)

    played(play)
    (entry,) = entries(home)
    assert (entry.accepted_chars, entry.kept_chars) == (len(ANSWER), len(ANSWER) - len("return "))


def test_switched_off_nothing_is_written_and_no_file_is_made(home):
    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        await editor.accept(item)

    played(play, stats={"enabled": False})
    assert not home.exists()


def test_no_code_no_name_and_no_path_is_in_the_file(home):
    async def play(editor):
        (item,) = await editor.ask()
        editor.show(item)
        await editor.accept(item)

    played(play)
    assert len(entries(home)) == 1
    content = b"".join(file.read_bytes() for file in database(home).parent.iterdir())
    assert b"python" in content  # what is looked at is the record
    for word in (b"secret", b"return", b"compute", b"12345", b"def"):
        assert word not in content


@pytest.mark.parametrize("broken", ["folder", "damaged"])
def test_a_record_that_cannot_be_written_costs_one_warning(home, broken, caplog):
    home.mkdir()
    if broken == "folder":
        (home / "data").write_text("in the way")
    else:
        (home / "data").mkdir()
        database(home).write_bytes(b"no database " * 400)

    async def play(editor):
        for _ in range(3):
            (item,) = await editor.ask()
            editor.show(item)
            editor.type("x")
        (item,) = await editor.ask()
        await editor.accept(item)
        return item["insertText"], editor.session.messages()

    with caplog.at_level(logging.WARNING, "aigc_lsp"):
        assert played(play) == (ANSWER, [])
    assert len([record for record in caplog.records if "not recorded" in record.message]) == 1


def a_gate(threshold, model="fake", weight=0.0):
    """Save a model that gives each suggestion one half, and shows those above `threshold`."""
    count = len(NAMES)
    gate = Gate(NAMES, (0.0,) * count, (1.0,) * count, (weight,) * count, 0.0, threshold, model)
    gate.save(default_path())


async def ask_and_show(editor, kind):
    items = await editor.ask(kind)
    for item in items:
        editor.show(item)
    return len(items)


def drawing(editor, number):
    editor.session.server.stats._draw = lambda: number


def test_the_gate_hides_an_automatic_suggestion_and_never_one_asked_for(home):
    a_gate(0.9)

    async def play(editor):
        drawing(editor, EXPLORED)
        counts = [await ask_and_show(editor, 2)]
        editor.type("return")
        counts.append(await ask_and_show(editor, 2))  # the rest of what is hidden stays hidden
        counts.append(await ask_and_show(editor, 1))
        return counts

    counts = played(play)
    assert counts[:2] == [0, 0]
    assert counts[2] >= 1  # with alternatives
    assert {(entry.outcome, entry.trigger) for entry in entries(home)} == {("dismissed", "invoked")}


def test_what_is_hidden_is_recorded_as_hidden(home):
    a_gate(0.9)

    async def play(editor):
        drawing(editor, EXPLORED)
        return await ask_and_show(editor, 2)

    assert played(play) == 0
    (entry,) = entries(home)
    assert (entry.outcome, entry.shown_at, entry.explored) == ("hidden", None, False)


def test_some_of_what_should_be_hidden_is_shown_to_learn_from(home):
    a_gate(0.9)

    async def play(editor):
        drawing(editor, EXPLORED - 0.001)
        return await ask_and_show(editor, 2)

    assert played(play) == 1
    (entry,) = entries(home)
    assert (entry.outcome, entry.explored) == ("dismissed", True)


@pytest.mark.parametrize(
    ("gate", "stats"), [(0.9, {"gate": False}), (0.4, {}), (None, {})], ids=["switched off", "shows", "untrained"]
)
def test_nothing_is_hidden_otherwise(gate, stats):
    if gate is not None:
        a_gate(gate)

    async def play(editor):
        drawing(editor, EXPLORED)
        return await ask_and_show(editor, 2)

    assert played(play, stats=stats) == 1


def test_a_gate_of_another_model_hides_nothing():
    a_gate(0.9, model="other")

    async def play(editor):
        drawing(editor, EXPLORED)
        return await ask_and_show(editor, 2)

    assert played(play) == 1


def test_a_gate_trained_or_removed_meanwhile_is_heeded():
    async def play(editor):
        drawing(editor, EXPLORED)
        counts = [await ask_and_show(editor, 2)]
        a_gate(0.9)
        editor.type("x")
        counts.append(await ask_and_show(editor, 2))
        default_path().unlink()
        editor.type("y")
        counts.append(await ask_and_show(editor, 2))
        return counts

    assert played(play) == [1, 0, 1]


def test_in_a_completion_menu_only_what_is_accepted_is_recorded(home):
    async def play(editor):
        params = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 4}}
        answer = await editor.session.request("textDocument/completion", params)
        (item,) = answer["result"]["items"]
        editor.type(ANSWER)
        await editor.session.request("workspace/executeCommand", item["command"])
        editor.type("\n    ")
        await editor.session.request("textDocument/completion", params)  # another one, which nobody takes

    played(play)
    (entry,) = entries(home)
    assert (entry.outcome, entry.told, entry.shown_at, entry.accepted_chars) == ("accepted", False, None, len(ANSWER))


def test_a_killed_server_leaves_what_it_had_written(home):
    with RawClient([*FAKE, f"answer={ANSWER}", "stats=1"], environment(home)) as client:
        start_session(client)
        uri = open_document(client, BEFORE, URI)
        (item,) = client.request(INLINE, inline_params(uri, 1, 4, 2))["result"]["items"]
        client.notify("textDocument/didShowCompletion", {"item": item})
        deadline = time.monotonic() + 20
        while not database(home).exists() or not entries(home):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        client.process.kill()
        client.wait(5)
    assert [entry.outcome for entry in entries(home)] == ["shown"]


def test_over_the_wire_two_servers_write_one_record_and_leave_in_time(home):
    server = [*FAKE, f"answer={ANSWER}", "stats=1"]
    with RawClient(server, environment(home)) as one, RawClient(server, environment(home)) as two:
        for client in (one, two):
            start_session(client)
            uri = open_document(client, BEFORE, URI)
            (item,) = client.request(INLINE, inline_params(uri, 1, 4, 2))["result"]["items"]
            client.notify("textDocument/didShowCompletion", {"item": item})
            type_raw(client, uri, 2, 1, 4, item["insertText"])
            client.request("workspace/executeCommand", item["command"])
        start = time.monotonic()
        assert shut_down(one) == 0
        assert shut_down(two) == 0
        assert time.monotonic() - start < 4
    assert [entry.outcome for entry in entries(home)] == ["accepted", "accepted"]
    assert len({entry.session for entry in entries(home)}) == 2
