"""Asked by hand, a place may have several suggestions; what is on screen stays the first of them."""

from __future__ import annotations

import asyncio

from aigc_lsp.completion import Outcome
from aigc_plugins.api import Suggestion
from lsp_helpers.inprocess import Session

URI = "file:///a.py"
AUTOMATIC, INVOKED = 2, 1


class Service:
    """Knows one suggestion for automatic requests, and more for those made by hand."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def suggest(self, snapshot, offset, *, trigger, **_):
        self.asked.append(trigger)
        best, *others = (
            Suggestion(text, offset, offset)
            for text in (("one",) if trigger == "automatic" else ("two", "one", "three"))
        )
        return Outcome(best, alternatives=tuple(others))


def play(steps) -> tuple[list[list[str]], list[str]]:
    """Return what each step is offered: `(kind, text typed before)`; and the requests that the model got."""

    async def script():
        session, service = Session(prefetch="never", debounce_ms=0), Service()
        await session.start()
        session.notify(
            "textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "python", "version": 1, "text": ""}}
        )
        await session.server.backend.ready.wait()
        session.server.backend.service = service
        offered, column, version = [], 0, 1
        for kind, typed in steps:
            if typed:
                version += 1
                place = {"line": 0, "character": column}
                change = {"range": {"start": place, "end": place}, "text": typed}
                document = {"uri": URI, "version": version}
                session.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
                column += len(typed)
            params = {
                "textDocument": {"uri": URI},
                "position": {"line": 0, "character": column},
                "context": {"triggerKind": kind},
            }
            answer = await session.request("textDocument/inlineCompletion", params)
            offered.append([item["insertText"] for item in answer["result"]["items"]])
        return offered, service.asked

    return asyncio.run(script())


def test_an_explicit_request_offers_all_an_automatic_one_the_first():
    assert play([(INVOKED, "")]) == ([["two", "one", "three"]], ["invoked"])
    assert play([(AUTOMATIC, "")]) == ([["one"]], ["automatic"])


def test_what_is_on_screen_stays_first_when_more_are_asked_for():
    offered, asked = play([(AUTOMATIC, ""), (INVOKED, "")])
    assert offered == [["one"], ["one", "two", "three"]]
    assert asked == ["automatic", "invoked"]


def test_what_was_asked_by_hand_is_not_asked_again():
    offered, asked = play([(INVOKED, ""), (INVOKED, ""), (AUTOMATIC, "")])
    assert offered == [["two", "one", "three"], ["two", "one", "three"], ["two"]]
    assert asked == ["invoked"]


def test_any_of_them_can_be_typed_through():
    offered, asked = play([(INVOKED, ""), (AUTOMATIC, "t"), (AUTOMATIC, "h"), (INVOKED, "r")])
    assert offered == [["two", "one", "three"], ["wo"], ["ree"], ["ee"]]
    assert asked == ["invoked"]
