"""Open documents: in step with the editor, or marked as not to be trusted."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_lsp.lsp import params as read
from aigc_lsp.lsp.documents import Documents
from lsp_helpers.inprocess import Session, settle

URI = "file:///a.py"


def place(line, character):
    return {"line": line, "character": character}


def change(text, start=None, end=None):
    return {"text": text} if start is None else {"text": text, "range": {"start": start, "end": end or start}}


def edited(documents, *changes, version=2, uri=URI):
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": list(changes)}
    documents.change(read.changed(params))


@pytest.fixture
def documents():
    documents = Documents("utf-16")
    document = {"uri": URI, "languageId": "python", "version": 1, "text": "ab\ncd\n"}
    documents.open(read.opened({"textDocument": document}))
    return documents


def test_changes_are_applied_in_order(documents):
    edited(documents, change("x", place(0, 0)), change("y", place(0, 1)), change("", place(1, 0), place(2, 0)))
    assert documents.get(URI).text == "xyab\n"
    assert documents.get(URI).version == 2


def test_a_version_that_goes_back_is_not_trusted_until_the_text_comes_whole(documents):
    edited(documents, change("x", place(0, 0)), version=5)
    edited(documents, change("y", place(0, 0)), version=3)
    assert documents.get(URI) is None
    edited(documents, change("z", place(0, 0)), version=6)
    assert documents.get(URI) is None
    edited(documents, change("new"), change("!", place(0, 3)), version=7)
    assert documents.get(URI).text == "new!"
    assert documents.get(URI).version == 7


def test_a_reversed_range_is_not_trusted_until_the_document_is_opened_again(documents):
    edited(documents, change("", place(1, 1), place(0, 0)))
    assert documents.get(URI) is None
    document = {"uri": URI, "languageId": "python", "version": 1, "text": "again"}
    documents.open(read.opened({"textDocument": document}))
    assert documents.get(URI).text == "again"


def test_a_line_that_is_not_there_is_not_trusted(documents):
    edited(documents, change("x", place(9, 0)))
    assert documents.get(URI) is None


def test_a_change_or_a_close_of_a_document_that_is_not_open_changes_nothing(documents, caplog):
    edited(documents, change("x", place(0, 0)), uri="file:///other")
    documents.close("file:///other")
    assert documents.get("file:///other") is None
    assert documents.get(URI).text == "ab\ncd\n"
    assert len(caplog.records) == 2


def test_a_malformed_change_makes_its_document_untrusted_and_is_no_message_to_the_user():
    async def play():
        session = Session()
        await session.start()
        document = {"uri": URI, "languageId": "python", "version": 1, "text": "a"}
        session.notify("textDocument/didOpen", {"textDocument": document})
        params = {"textDocument": {"uri": URI}, "position": place(0, 0)}
        before = await session.request("textDocument/inlineCompletion", params)
        bad = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"text": "b", "range": {"start": 3}}]}
        session.notify("textDocument/didChange", bad)
        after = await session.request("textDocument/inlineCompletion", params)
        await settle()
        await session.server.aclose()
        return before, after, session.messages()

    before, after, messages = asyncio.run(play())
    assert len(before["result"]["items"]) == 1
    assert after["result"]["items"] == []
    assert messages == []


def test_a_file_above_the_limit_gets_nothing_and_one_line_in_the_log(caplog):
    async def play():
        session = Session(max_file_kb=1)
        await session.start()
        await session.server.backend.ready.wait()
        document = {"uri": URI, "languageId": "python", "version": 1, "text": "x" * 1025}
        session.notify("textDocument/didOpen", {"textDocument": document})
        params = {"textDocument": {"uri": URI}, "position": place(0, 0)}
        answers = [await session.request("textDocument/inlineCompletion", params) for _ in range(3)]
        await session.server.aclose()
        return answers, session.counters.opened

    answers, opened = asyncio.run(play())
    assert [answer["result"]["items"] for answer in answers] == [[], [], []]
    assert opened == 0
    assert len([record for record in caplog.records if "max_file_kb" in record.getMessage()]) == 1


@pytest.mark.parametrize("completion", [{"enabled": False}, {"languages": {"python": False}}])
def test_what_is_switched_off_is_not_asked_of_the_engine(completion):
    async def play():
        session = Session(**completion)
        await session.start()
        document = {"uri": URI, "languageId": "python", "version": 1, "text": "x"}
        session.notify("textDocument/didOpen", {"textDocument": document})
        answer = await session.request(
            "textDocument/inlineCompletion", {"textDocument": {"uri": URI}, "position": place(0, 1)}
        )
        await session.server.aclose()
        return answer["result"], session.counters.opened

    assert asyncio.run(play()) == ({"items": []}, 0)


TEXT = st.text(st.sampled_from("ab \n\r\f\u2028\u0085é😀\ud83d\ude00\u0301"), max_size=12)
UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
CODEC = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


def lines_of(text):
    """Split as LSP says, each line with its end: the oracle, written without the code under test."""
    lines, line = [], ""
    for index, character in enumerate(text):
        line += character
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            lines.append(line)
            line = ""
    return [*lines, line]


def position_of(text, offset, encoding):
    number, rest = 0, offset
    lines = lines_of(text)
    while number + 1 < len(lines) and rest >= len(lines[number]):
        rest -= len(lines[number])
        number += 1
    content = lines[number].rstrip("\r\n")
    head = content[: min(rest, len(content))]
    return place(number, len(head.encode(CODEC[encoding], "surrogatepass")) // UNIT[encoding]), rest <= len(content)


@settings(deadline=None)
@given(
    start=TEXT.filter(lambda text: text == text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")),
    edits=st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 20), st.text("xy\n\r😀é\f\u2028", max_size=4)), max_size=5
    ),
    encoding=st.sampled_from(["utf-8", "utf-16", "utf-32"]),
)
def test_random_edits_leave_the_text_that_the_editor_has(start, edits, encoding):
    documents = Documents(encoding)
    documents.open(read.opened({"textDocument": {"uri": URI, "languageId": "x", "version": 0, "text": start}}))
    text = documents.get(URI).text
    for version, (one, two, new) in enumerate(edits, 1):
        first, last = sorted((min(one, len(text)), min(two, len(text))))
        begin, exact_begin = position_of(text, first, encoding)
        end, exact_end = position_of(text, last, encoding)
        if not (exact_begin and exact_end):
            continue  # between CR and LF: no position says that
        edited(documents, change(new, begin, end), version=version)
        text = text[:first] + new + text[last:]
        assert documents.get(URI).text == text
