"""The life cycle and the error codes of the protocol, over the wire."""

from __future__ import annotations

import time

import pytest

from lsp_helpers.raw import (
    FAKE,
    RawClient,
    environment,
    initialize_params,
    inline_params,
    open_document,
    shut_down,
    start_session,
)


@pytest.fixture
def client(tmp_path):
    with RawClient(FAKE, environment(tmp_path)) as client:
        yield client


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """One session for the tests that leave it as it was."""
    with RawClient(FAKE, environment(tmp_path_factory.mktemp("home"))) as client:
        start_session(client)
        uri = open_document(client, "a = \n")
        client.request("textDocument/inlineCompletion", inline_params(uri, 0, 4))  # everything is loaded by now
        yield client


def code(response):
    return response["error"]["code"]


def assert_quick(session, method, params, expected):
    """The best of three: a busy machine may stop us at any one of them."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        assert code(session.request(method, params)) == expected
        times.append(time.perf_counter() - start)
    assert min(times) < 0.1


def test_each_stage_of_the_session_answers_with_its_own_code(client):
    assert code(client.request("textDocument/inlineCompletion", {})) == -32002
    assert code(client.request("shutdown")) == -32002
    assert code(client.request("no/such")) == -32002
    client.notify("textDocument/didOpen", {"textDocument": {"uri": "file:///early", "text": ""}})
    assert code(client.request("initialize", {"processId": "mine", "capabilities": {}})) == -32602
    assert client.request("initialize", initialize_params())["result"]["serverInfo"]["name"] == "aigc-lsp"
    assert code(client.request("initialize", initialize_params())) == -32600
    client.notify("initialized", {})
    assert client.request("shutdown")["result"] is None
    assert code(client.request("shutdown")) == -32600
    assert code(client.request("textDocument/inlineCompletion", {})) == -32600
    client.notify("exit")
    assert client.wait(5) == 0


def test_exit_without_shutdown_is_status_one(client):
    start_session(client)
    client.notify("exit")
    assert client.wait(5) == 1


def test_exit_before_initialize_is_status_one(client):
    client.notify("exit")
    assert client.wait(5) == 1


def test_shutdown_then_exit_is_status_zero_and_prints_nothing(client):
    start_session(client)
    assert shut_down(client) == 0
    assert client.stderr == b""


@pytest.mark.parametrize("method", ["no/such", "$/no/such", "textDocument/hover", "notebookDocument/didOpen"])
def test_an_unknown_method_is_answered_within_100_ms(session, method):
    assert_quick(session, method, {}, -32601)


def test_an_unknown_notification_is_ignored(session):
    for method in ("no/such", "$/no/such", "textDocument/didFocus", "textDocument/didShowCompletion"):
        session.notify(method, {"item": {}})
    assert code(session.request("no/such")) == -32601  # and nothing came before this answer
    assert [message for message in session.seen if message.get("method") == "window/showMessage"] == []


AT = {"textDocument": {"uri": "file:///a.py"}, "position": {"line": 0, "character": 0}}
BAD_AT = [
    None,
    [],
    {},
    {**AT, "textDocument": None},
    {**AT, "textDocument": {"uri": 5}},
    {**AT, "textDocument": {"uri": "file:///a.py", "version": "1"}},
    {**AT, "position": {"line": -1, "character": 0}},
    {**AT, "position": {"line": 0.5, "character": 0}},
    {**AT, "position": {"line": True, "character": 0}},
    {**AT, "context": 7},
    {**AT, "context": {"triggerKind": "1"}},
    {**AT, "context": {"triggerKind": 1, "selectedCompletionInfo": {"text": "x"}}},
]
BAD_COMMAND = [None, {}, {"command": 1}, {"command": "aigc.accepted", "arguments": 4}, {"command": "rm -rf"}]
BAD = [
    *[("textDocument/inlineCompletion", params) for params in BAD_AT],
    *[("textDocument/completion", params) for params in BAD_AT],
    *[("workspace/executeCommand", params) for params in BAD_COMMAND],
]


@pytest.mark.parametrize(("method", "params"), BAD)
def test_invalid_params_are_answered_within_100_ms(session, method, params):
    assert_quick(session, method, params, -32602)


@pytest.mark.parametrize(
    "method",
    [
        "$/setTrace",
        "textDocument/didOpen",
        "textDocument/didClose",
        "workspace/didChangeWorkspaceFolders",
        "workspace/didChangeConfiguration",
        "window/workDoneProgress/cancel",
        "$/cancelRequest",
    ],
)
def test_a_notification_with_bad_params_changes_nothing(session, method):
    for params in (None, [], {"textDocument": 3}, {"id": {}}):
        session.notify(method, params)
    assert code(session.request("no/such")) == -32601


def test_a_request_sent_as_a_notification_does_nothing(session):
    session.notify("initialize", initialize_params(capabilities={}))
    session.notify("shutdown")
    params = inline_params("file:///a.py", 0, 4)
    session.notify("textDocument/inlineCompletion", params)
    assert session.request("textDocument/inlineCompletion", params)["result"]["items"]


@pytest.mark.parametrize("method", ["textDocument/didOpen", "initialized", "$/cancelRequest", "$/progress"])
def test_a_notification_sent_as_a_request_is_an_unknown_method(session, method):
    assert code(session.request(method, {})) == -32601


def test_the_accepted_command_is_served(session):
    params = {"command": "aigc.accepted", "arguments": [{"uri": "file:///a.py"}]}
    assert session.request("workspace/executeCommand", params)["result"] is None
