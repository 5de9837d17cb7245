"""The suggestion that follows is asked for ahead, and never in the way of one that is wanted now."""

from __future__ import annotations

import asyncio

import pytest

from aigc_lsp.lsp.prefetch import next_indent
from aigc_plugins.document import Document
from lsp_helpers.inprocess import Session, settle

URI = "file:///a.py"


class Typing:
    """A session whose model answers by what the text before the cursor ends with."""

    def __init__(self, answers: dict[str, str], **settings) -> None:
        self.session = Session(**{"prefetch": "auto", "debounce_ms": 0, **settings})
        self.session.link.client.answer = lambda request: next(
            (answer for end, answer in answers.items() if request.prefix.endswith(end)), ""
        )
        self.version = 1

    @property
    def prompts(self) -> list[str]:
        return self.session.counters.prompts

    async def open(self, text: str) -> None:
        await self.session.start()
        document = {"uri": URI, "languageId": "python", "version": 1, "text": text}
        self.session.notify("textDocument/didOpen", {"textDocument": document})

    def insert(self, line: int, character: int, text: str) -> None:
        self.version += 1
        place = {"line": line, "character": character}
        change = {"range": {"start": place, "end": place}, "text": text}
        document = {"uri": URI, "version": self.version}
        self.session.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    async def ask(self, line: int, character: int, kind: int = 2) -> list[str]:
        params = {
            "textDocument": {"uri": URI},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": kind},
        }
        answer = await self.session.request("textDocument/inlineCompletion", params)
        return [item["insertText"] for item in answer["result"]["items"]]

    async def rest(self, prompts: int) -> None:
        """Wait until so many prompts were sent and answered."""
        async with asyncio.timeout(5):
            while len(self.prompts) < prompts or self.session.counters.closed < prompts:
                await asyncio.sleep(0.01)
        await settle()


def play(script) -> None:
    asyncio.run(script())


def test_once_a_suggestion_is_taken_the_next_one_is_there():
    async def script():
        typing = Typing({"a = ": "1", "a = 1": "", "a = 1\n": "b = 2"})
        await typing.open("a = ")
        assert await typing.ask(0, 4) == ["1"]
        await typing.rest(3)
        assert typing.prompts == ["a = ", "a = 1", "a = 1\n"]
        typing.insert(0, 4, "1")
        assert await typing.ask(0, 5) == []
        typing.insert(0, 5, "\n")
        assert await typing.ask(1, 0) == ["b = 2"]
        await typing.rest(4)
        assert "a = 1\nb = 2" in typing.prompts[3], "and so on: what follows the next one is asked for"

    play(script)


def test_the_line_behind_a_block_s_head_is_asked_for_with_its_indentation():
    async def script():
        typing = Typing({"if x": ":", "if x:": "", ":\n    ": "return 1"})
        await typing.open("if x")
        assert await typing.ask(0, 4) == [":"]
        await typing.rest(3)
        typing.insert(0, 4, ":\n    ")
        assert await typing.ask(1, 4) == ["return 1"]
        assert typing.prompts[:3] == ["if x", "if x:", "if x:\n    "]

    play(script)


def test_typing_through_what_is_shown_asks_no_further():
    async def script():
        typing = Typing({"a = ": "12", "a = 12": " + 3"})
        await typing.open("a = ")
        assert await typing.ask(0, 4) == ["12"]
        await typing.rest(2)
        typing.insert(0, 4, "1")
        assert await typing.ask(0, 5) == ["2"]
        await settle()
        assert typing.prompts == ["a = ", "a = 12"]

    play(script)


def test_a_request_that_is_wanted_now_ends_the_one_ahead():
    async def script():
        typing = Typing({"a = ": "1", "b = ": "2", "a = 1": "+" * 500})
        typing.session.link.client.delay = 0.01
        await typing.open("a = ")
        assert await typing.ask(0, 4) == ["1"]
        await settle()
        assert typing.prompts == ["a = ", "a = 1"]
        typing.insert(0, 0, "b = \n")
        assert await typing.ask(0, 4) == ["2"]
        assert typing.session.counters.most_at_once == 1

    play(script)


def test_a_request_for_what_is_asked_ahead_takes_over_the_running_one():
    async def script():
        typing = Typing({"a = ": "1", "a = 1": " + 23456"})
        typing.session.link.client.delay = 0.02
        await typing.open("a = ")
        assert await typing.ask(0, 4) == ["1"]
        await settle()
        typing.insert(0, 4, "1")
        assert await typing.ask(0, 5) == [" + 23456"]
        assert typing.prompts[:2] == ["a = ", "a = 1"]
        assert typing.prompts.count("a = 1") == 1

    play(script)


@pytest.mark.parametrize("wish", ["never", "auto", "always"])
def test_an_engine_at_a_url_is_not_asked_ahead_unless_that_is_set(wish, monkeypatch):
    async def script():
        typing = Typing({"a = ": "1"}, prefetch=wish)
        await typing.open("a = ")
        await typing.ask(0, 4)
        engine = typing.session.server.backend.settings.engine.model_copy(update={"url": "http://box/v1"})
        changed = typing.session.server.backend.settings.model_copy(update={"engine": engine})
        typing.session.server.backend.settings = changed
        before = len(typing.prompts)
        typing.insert(0, 0, "a = \n")
        assert await typing.ask(0, 4) == ["1"]
        await settle()
        await settle()
        assert (len(typing.prompts) > before + 1) is (wish == "always")

    play(script)


@pytest.mark.parametrize(
    ("text", "indent"),
    [
        ("x = 1", ""),
        ("    x = 1", "    "),
        ("if x:", "    "),
        ("class A:\n  def f(self):", "    "),
        ("if x:  # why", "    "),
        ("def f():\n\tif x:", "\t\t"),
        ("  x = '#:'", "  "),
    ],
)
def test_the_next_line_is_indented_as_an_editor_does(text, indent):
    snapshot = Document(URI, "python", text, 1).snapshot()
    assert next_indent(snapshot, text.rpartition("\n")[2], len(text)) == indent
