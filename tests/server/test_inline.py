"""Ghost text over the wire: items, reuse, cancellation, supersession."""

from __future__ import annotations

import threading
import time

import pytest

from lsp_helpers.raw import (
    FAKE,
    RawClient,
    environment,
    frame,
    inline_params,
    open_document,
    start_session,
    type_text,
)

INLINE = "textDocument/inlineCompletion"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def fast(home):
    with RawClient([*FAKE, "answer=return 12345"], environment(home)) as client:
        start_session(client)
        yield client


@pytest.fixture(scope="module")
def slow(home):
    """The model needs 30 ms a character, 15 s for all."""
    with RawClient([*FAKE, "answer=" + "abcdefghij" * 50, "delay=0.03"], environment(home)) as client:
        start_session(client)
        yield client


def counters(client):
    return client.request("test/counters")["result"]


def items(response):
    return response["result"]["items"]


def wait_for(condition, timeout=5.0):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_suggestion_replaces_nothing_at_the_cursor_and_carries_its_command(fast):
    uri = open_document(fast, "def f():\n    \n", "file:///item.py")
    (item,) = items(fast.request(INLINE, inline_params(uri, 1, 4)))
    assert item["insertText"] == "return 12345"
    assert item["range"] == {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 4}}
    assert item["command"]["command"] == "aigc.accepted"


@pytest.mark.parametrize("kind", [0, 1, 2, None])
def test_every_trigger_kind_in_use_is_served(fast, kind):
    uri = open_document(fast, f"# {kind}\n", f"file:///kind{kind}.py")
    assert items(fast.request(INLINE, inline_params(uri, 1, 0, kind)))


def test_extra_fields_of_other_clients_are_accepted(fast):
    uri = open_document(fast, "x\n", "file:///copilot.py", version=7)
    params = inline_params(uri, 1, 0)
    params["textDocument"]["version"] = 7
    params["formattingOptions"] = {"tabSize": 4, "insertSpaces": True}
    assert items(fast.request(INLINE, params))
    params["textDocument"]["version"] = 6
    assert items(fast.request(INLINE, params)) == []


def test_typing_through_a_suggestion_asks_the_engine_for_nothing(fast):
    uri = open_document(fast, "a\n", "file:///typing.py")
    assert items(fast.request(INLINE, inline_params(uri, 1, 0)))[0]["insertText"] == "return 12345"
    opened = counters(fast)["opened"]
    times = []
    for count, character in enumerate("retu"):
        type_text(fast, uri, 2 + count, 1, count, character)
        start = time.perf_counter()
        (item,) = items(fast.request(INLINE, inline_params(uri, 1, count + 1, 2)))
        times.append(time.perf_counter() - start)
        assert item["insertText"] == "return 12345"[count + 1 :]
        assert item["range"]["start"] == {"line": 1, "character": count + 1}
    assert counters(fast)["opened"] == opened
    assert min(times) < 0.02
    type_text(fast, uri, 9, 1, 4, "x")
    fast.request(INLINE, inline_params(uri, 1, 5, 2))
    assert counters(fast)["opened"] == opened + 1


def test_an_automatic_request_for_what_was_refused_before_does_not_ask_again(home):
    with RawClient([*FAKE, "answer="], environment(home)) as client:
        start_session(client)
        uri = open_document(client, "nothing\n")
        for kind, opened in ((2, 1), (2, 1), (1, 3)):  # asked for by the user, it gets a second try
            assert items(client.request(INLINE, inline_params(uri, 1, 0, kind))) == []
            assert counters(client)["opened"] == opened


def test_a_cancelled_request_is_answered_within_100_ms_and_decoding_stops(slow):
    uri = open_document(slow, "b\n", "file:///cancel.py")
    before = counters(slow)
    times = []
    for _ in range(3):  # a busy machine may stop us in any one of them
        tokens = counters(slow)["tokens"]
        request = slow.start(INLINE, inline_params(uri, 1, 0))
        wait_for(lambda tokens=tokens: counters(slow)["tokens"] > tokens)
        start = time.perf_counter()
        slow.notify("$/cancelRequest", {"id": request})
        response = slow.response(request)
        times.append(time.perf_counter() - start)
        assert response["error"]["code"] == -32800
    assert min(times) < 0.1
    wait_for(lambda: counters(slow)["closed"] == counters(slow)["opened"])
    tokens = counters(slow)["tokens"]
    time.sleep(0.2)
    assert counters(slow)["tokens"] == tokens
    assert counters(slow)["finished"] == before["finished"]


def test_200_superseded_requests_leave_one_engine_stream(slow):
    uri = open_document(slow, "c\n", "file:///flood.py")
    before = counters(slow)
    requests = []
    for number in range(200):
        type_text(slow, uri, 2 + number, 0, 1 + number, "z")
        requests.append(slow.start(INLINE, inline_params(uri, 0, 2 + number, 2)))
    for request in requests[:-1]:
        assert slow.response(request)["error"]["code"] == -32800
    after = counters(slow)
    assert after["most_at_once"] == 1
    assert after["opened"] - after["closed"] <= 1
    assert after["opened"] - before["opened"] < 200
    slow.notify("$/cancelRequest", {"id": requests[-1]})
    slow.response(requests[-1])


def test_the_last_of_a_flood_in_one_write_is_answered(fast):
    uri = open_document(fast, "d\n", "file:///burst.py")
    calls = [
        {"jsonrpc": "2.0", "id": f"b{n}", "method": INLINE, "params": inline_params(uri, 1, 0)} for n in range(500)
    ]
    fast.write(b"".join(frame(call) for call in calls))
    answers = [fast.response(call["id"]) for call in calls]
    assert all(answer["error"]["code"] == -32800 for answer in answers[:-1] if "error" in answer)
    assert items(answers[-1])
    assert counters(fast)["most_at_once"] == 1


def test_a_late_answer_that_still_fits_is_trimmed(home):
    with RawClient([*FAKE, "answer=return 12345", "delay=0.03"], environment(home)) as client:
        start_session(client)
        uri = open_document(client, "e\n")
        first = client.start(INLINE, inline_params(uri, 1, 0))
        wait_for(lambda: counters(client)["tokens"] >= 2)
        type_text(client, uri, 2, 1, 0, "ret")
        second = client.start(INLINE, inline_params(uri, 1, 3))
        assert client.response(first)["error"]["code"] == -32800
        assert items(client.response(second))[0]["insertText"] == "urn 12345"
        assert counters(client)["opened"] == 1
        third = client.start(INLINE, inline_params(open_document(client, "", "file:///g.py"), 0, 0))
        type_text(client, "file:///g.py", 2, 0, 0, "re")
        (item,) = items(client.response(third))
        assert (item["insertText"], item["range"]["start"]["character"]) == ("turn 12345", 2)


def test_an_answer_to_other_text_is_dropped_at_once(slow):
    uri = open_document(slow, "f\n", "file:///other.py")
    request = slow.start(INLINE, inline_params(uri, 1, 0))
    wait_for(lambda: counters(slow)["opened"] > counters(slow)["closed"])
    type_text(slow, uri, 2, 0, 0, "import os\n")
    assert items(slow.response(request, timeout=5)) == []  # the whole answer takes 15 s
    assert counters(slow)["opened"] == counters(slow)["closed"]


def test_while_the_model_loads_the_answer_is_empty_and_at_once(home):
    with RawClient([*FAKE, "state=loading"], environment(home)) as client:
        start_session(client)
        uri = open_document(client, "g\n")
        client.request(INLINE, inline_params(uri, 1, 0))
        times = []
        for _ in range(3):
            start = time.perf_counter()
            assert items(client.request(INLINE, inline_params(uri, 1, 0))) == []
            times.append(time.perf_counter() - start)
        assert min(times) < 0.1


def test_what_a_plugin_prints_to_descriptor_1_breaks_no_frame(home):
    with RawClient([*FAKE, "pollute=1"], environment(home)) as client:
        start_session(client)
        uri = open_document(client, "h\n")
        for line in range(2):
            assert items(client.request(INLINE, inline_params(uri, line, 0)))
        wait_for(lambda: client.stderr.count(b"printed by a C library") == 2)
        wait_for(lambda: client.stderr.count(b"printed by a plugin") == 2)


def test_a_client_that_stops_reading_blocks_nothing_and_may_come_back(home):
    with RawClient([*FAKE, "flood=100000"], environment(home)) as client:
        start_session(client)
        client.reading.clear()
        sent = [client.start("test/flood") for _ in range(400)]  # 40 MB, more than the limit
        writer = threading.Thread(target=lambda: sent.append(client.start("test/counters")), daemon=True)
        writer.start()
        time.sleep(1.0)
        assert client.process.poll() is None
        client.reading.set()
        for request in sent[:400]:
            assert len(client.response(request)["result"]) == 100_000
        writer.join(5)
        assert client.response(sent[400])["result"]["opened"] == 0
