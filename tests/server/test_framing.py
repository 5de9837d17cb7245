"""Bytes that are no message, and messages that are no LSP."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_lsp.lsp.envelope import Notification, Request, RpcError, parse
from aigc_lsp.lsp.framing import FrameError, Framer
from lsp_helpers.raw import FAKE, RawClient, environment, frame, start_session

CALL = {"jsonrpc": "2.0", "id": "probe", "method": "no/such"}


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with RawClient(FAKE, environment(tmp_path_factory.mktemp("home"))) as client:
        start_session(client)
        yield client


def is_alive(session):
    session.send(CALL)
    assert session.response("probe")["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(b"{nope"), -32700),
        (frame(b""), -32700),
        (frame(b'{"jsonrpc": "2.0", "id": 1, "method": "\xff\xfe"}'), -32700),
        (frame(b"[" * 100_000), -32700),
        (frame(b'{"a":' * 50_000), -32700),
        (frame(b"[" * 500 + b"]" * 500), -32600),
        (frame(b"1" * 5000), -32700),
        (frame([CALL, CALL]), -32600),
        (frame([]), -32600),
        (frame(b"null"), -32600),
        (frame(b'"text"'), -32600),
        (frame({"id": 5, "method": "shutdown"}), -32600),
        (frame({"jsonrpc": "1.0", "id": 5, "method": "shutdown"}), -32600),
        (frame({"jsonrpc": "2.0", "id": 5}), -32600),
        (frame({"jsonrpc": "2.0", "id": 5, "method": 7}), -32600),
        (frame({"jsonrpc": "2.0", "id": None, "method": "shutdown"}), -32600),
        (frame({"jsonrpc": "2.0", "id": [1], "method": "shutdown"}), -32600),
        (frame({"jsonrpc": "2.0", "id": 5, "method": "shutdown", "params": 3}), -32602),
        (b"Content-Length: 99999999999\r\n\r\n" + b"x" * 1000, -32600),
        (b"Content-Length: 67108865\r\n\r\n{}", -32600),
        (b"Content-Length: -5\r\n\r\n{}", -32600),
        (b"Content-Length: ten\r\n\r\n{}", -32600),
        (b"Content-Type: text/plain\r\n\r\n{}", -32600),
        (b"\x00" * 20_000, -32600),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}", -32600),
    ],
)
def test_a_bad_message_gets_its_code_and_the_next_one_is_served(session, data, code):
    session.write(data)
    message = session.next()
    assert message["error"]["code"] == code
    assert message["id"] in (None, 5)
    is_alive(session)


@pytest.mark.parametrize("name", [b"content-length", b"CONTENT-LENGTH", b"Content-length", b"cOnTeNt-LeNgTh"])
def test_a_header_in_any_case_is_read(session, name):
    body = json.dumps(CALL).encode()
    session.write(
        b"%b:%d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n%b" % (name, len(body), body)
    )
    assert session.response("probe")["error"]["code"] == -32601


def test_a_message_that_comes_byte_by_byte_is_read(session):
    for byte in frame(CALL):
        session.write(bytes([byte]))
    assert session.response("probe")["error"]["code"] == -32601


def test_a_response_to_nothing_is_ignored(session):
    session.send({"jsonrpc": "2.0", "id": "nobody asked", "result": 1})
    session.send({"jsonrpc": "2.0", "id": 77, "error": {"code": 1, "message": "?"}})
    is_alive(session)


def test_no_protocol_noise_reaches_the_user(session):
    assert [message for message in session.seen if message.get("method") == "window/showMessage"] == []


BODY = st.binary(max_size=60).filter(lambda body: b"ontent" not in body)


@given(st.lists(BODY, max_size=6), st.integers(1, 40))
def test_bodies_survive_any_cutting_of_the_stream(bodies, size):
    stream = b"".join(frame(body) for body in bodies)
    framer = Framer()
    found = [item for start in range(0, len(stream), size) for item in framer.feed(stream[start : start + size])]
    assert found == bodies
    assert not framer.partial


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_after_any_garbage_the_second_good_message_is_found(chunks):
    """The first may be swallowed: a header in the garbage can promise a body that reaches into it."""
    framer = Framer(max_body=500)
    found = [item for chunk in chunks for item in framer.feed(chunk)]
    padding = b"\r\n" * 4 + b"#" * 600 + b"\r\n\r\n"
    found += framer.feed(padding + frame(b'{"first": 1}') + frame(b'{"second": 2}'))
    assert found[-1] == b'{"second": 2}'
    assert all(isinstance(item, (bytes, FrameError)) for item in found)


SCALARS = st.none() | st.booleans() | st.integers() | st.text()
KEYS = st.sampled_from(["jsonrpc", "id", "method", "params", "result"])
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))


def code_of(body):
    try:
        parse(body)
    except RpcError as error:
        return error.code
    return None


@given(JSON | st.fixed_dictionaries({"jsonrpc": st.just("2.0")}, optional={"id": JSON, "method": JSON, "params": JSON}))
def test_any_json_is_a_message_or_a_known_error(value):
    assert code_of(json.dumps(value)) in (None, -32700, -32600, -32602)


def test_an_id_decides_between_request_and_notification():
    assert parse('{"jsonrpc": "2.0", "id": 0, "method": "m"}') == Request(0, "m", None)
    assert parse('{"jsonrpc": "2.0", "method": "m", "params": []}') == Notification("m", [])
