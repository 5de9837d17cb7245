"""TCP and WebSocket: a session for each connection, and nobody from outside."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from aigc_lsp.lsp.websocket import allowed
from lsp_helpers.raw import environment, frame, initialize_params


@contextmanager
def serving(transport, home):
    """Run the real server on a free port and give the port."""
    command = [sys.executable, "-m", "aigc_lsp", transport, "127.0.0.1:0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, env=environment(home))
    try:
        line = process.stderr.readline().decode()
        assert "listening on" in line
        yield int(line.rsplit(":", 1)[1])
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with serving("--tcp", tmp_path_factory.mktemp("home")) as port:
        yield port


@pytest.fixture(scope="module")
def ws_port(tmp_path_factory):
    with serving("--ws", tmp_path_factory.mktemp("home")) as port:
        yield port


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.file = self.socket.makefile("rb")

    def request(self, message_id, method, params=None):
        self.socket.sendall(frame({"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}))

    def next(self):
        header = self.file.readline()
        if not header:
            return None
        assert self.file.readline() == b"\r\n"
        return json.loads(self.file.read(int(header.split(b":")[1])))

    def close(self):
        self.file.close()
        self.socket.close()


def test_two_tcp_clients_have_sessions_of_their_own(port):
    first, second = Connection(port), Connection(port)
    first.request(1, "initialize", initialize_params(processId=None))
    assert first.next()["id"] == 1
    second.request("two", "shutdown")
    answer = second.next()
    assert (answer["id"], answer["error"]["code"]) == ("two", -32002)
    second.request("init", "initialize", initialize_params(processId=None))
    assert second.next()["id"] == "init"
    second.close()
    first.request(2, "shutdown")
    assert first.next() == {"jsonrpc": "2.0", "id": 2, "result": None}
    first.socket.sendall(frame({"jsonrpc": "2.0", "method": "exit"}))
    assert first.next() is None
    first.close()


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
    ],
)
def test_who_does_not_speak_lsp_is_hung_up_on(port, data):
    connection = Connection(port)
    connection.socket.sendall(data)
    assert connection.file.read() == b""
    connection.close()


def test_a_vanished_client_leaves_the_others_alone(port):
    gone = Connection(port)
    gone.request(1, "initialize", initialize_params(processId=None))
    gone.close()
    connection = Connection(port)
    connection.request(1, "initialize", initialize_params(processId=None))
    assert connection.next()["result"]["serverInfo"]["name"] == "aigc-lsp"
    connection.close()


def test_a_websocket_session_and_its_end(ws_port):
    from websockets.asyncio.client import connect

    async def talk():
        async with connect(f"ws://127.0.0.1:{ws_port}") as one, connect(f"ws://localhost:{ws_port}") as two:
            message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": initialize_params(processId=None)}
            await one.send(json.dumps(message))
            assert json.loads(await one.recv())["id"] == 1
            await two.send(json.dumps({"jsonrpc": "2.0", "id": "x", "method": "shutdown"}))
            assert json.loads(await two.recv())["error"]["code"] == -32002
            await one.send(b"\xff{")
            assert json.loads(await one.recv())["error"]["code"] == -32700
            await one.send(json.dumps({"jsonrpc": "2.0", "method": "exit"}))
            await asyncio.wait_for(one.wait_closed(), 5)

    asyncio.run(talk())


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_a_foreign_origin_is_refused(ws_port, origin):
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus

    async def talk():
        async with connect(f"ws://127.0.0.1:{ws_port}", origin=origin):
            pass

    with pytest.raises(InvalidStatus, match="403"):
        asyncio.run(talk())


@pytest.mark.parametrize(
    ("hosts", "origins", "expected"),
    [
        (["127.0.0.1:80"], [], True),
        (["localhost:80"], ["http://localhost:3000"], True),
        (["[::1]:80"], ["http://127.0.0.1"], True),
        (["box:80"], [], True),
        (["rebound.example:80"], [], False),
        (["127.0.0.1"], ["https://evil.example"], False),
        (["127.0.0.1"], ["null"], False),
        (["127.0.0.1"], ["file://"], False),
        (["127.0.0.1"], ["http://127.0.0.1", "http://evil.example"], False),
        (["127.0.0.1", "evil"], [], False),
        ([], [], False),
        (["[bad"], [], False),
        (["127.0.0.1"], ["http://[bad"], False),
        (["127.0.0.1.evil.example"], [], False),
    ],
)
def test_the_handshake_table(hosts, origins, expected):
    assert allowed(hosts, origins, "box") is expected
