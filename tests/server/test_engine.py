"""The server with the real engine service in a process of its own, and the fake model inside that."""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import contextmanager
from importlib.util import find_spec

import httpx
import pytest

from lsp_helpers.raw import REAL, RawClient, environment, inline_params, open_document, shut_down, start_session

INLINE = "textDocument/inlineCompletion"
NEEDS = ("uvicorn", "starlette", "tokenizers", "numpy", "gguf", "jinja2")
pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDS), reason="the engine's packages are not installed"
)
CAPABILITIES = {"textDocument": {"inlineCompletion": {}}, "window": {"workDoneProgress": True}}


@contextmanager
def editor(home, model="fake"):
    with RawClient(REAL, environment(home)) as client:
        start_session(
            client,
            capabilities=CAPABILITIES,
            initializationOptions={"engine": {"model": model, "idle_exit_s": 2}, "completion": {"debounce_ms": 0}},
        )
        yield client


def suggestion(client, uri, within, line=1, character=4):
    """Ask until there is a suggestion; return it and the seconds that it took."""
    start = time.monotonic()
    while time.monotonic() - start < within:
        items = client.request(INLINE, inline_params(uri, line, character))["result"]["items"]
        if items:
            return items[0]["insertText"], time.monotonic() - start
        time.sleep(0.05)
    raise AssertionError(f"no suggestion within {within} s; stderr: {client.stderr.decode()}")


def health(home):
    transport = httpx.HTTPTransport(uds=str(next(home.joinpath("run").glob("*.sock"))))
    with httpx.Client(transport=transport, base_url="http://engine") as http:
        return http.get("/health").json()


def shown(client):
    return [m["params"]["message"] for m in client.seen if m.get("method") == "window/showMessage"]


def test_two_servers_use_one_engine_that_ends_after_them(tmp_path):
    with editor(tmp_path) as one, editor(tmp_path) as two:
        for client in (one, two):
            suggestion(client, open_document(client, "def f():\n    \n"), 10)
        found = health(tmp_path)
        assert found["details"]["clients"] == 2
        pid = found["pid"]
        assert shut_down(one) == 0
        os.kill(pid, 0)
        assert shut_down(two) == 0
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("the engine did not end")


def test_after_a_kill_of_the_engine_suggestions_come_back_with_one_message(tmp_path):
    with editor(tmp_path) as client:
        server = client.process.pid
        uri = open_document(client, "def f():\n    \n")
        suggestion(client, uri, 10)
        for number in range(2):
            os.kill(health(tmp_path)["pid"], signal.SIGKILL)
            time.sleep(0.2)
            other = open_document(client, f"def g{number}():\n    \n", f"file:///b{number}.py")
            _, seconds = suggestion(client, other, 10)
            assert seconds < 10
        assert client.process.pid == server
        assert client.process.poll() is None
        assert len(shown(client)) == 1, json.dumps(shown(client))
        os.kill(health(tmp_path)["pid"], signal.SIGKILL)


SLOW = "fake?step_ms=30&text=" + "a" * 400


def load(home, **wanted):
    """Wait until the engine's counters are what is wanted, and return them."""
    deadline = time.monotonic() + 5
    while True:
        details = health(home)["details"]
        if all(details.get(name) == value for name, value in wanted.items()):
            return details
        assert time.monotonic() < deadline, details
        time.sleep(0.02)


def test_a_cancel_stops_the_engine_within_one_token(tmp_path):
    with editor(tmp_path, SLOW) as client:
        uri = open_document(client, "def f():\n    \n")
        warm_up(client, tmp_path)
        request = client.start(INLINE, inline_params(uri, 1, 4))
        load(tmp_path, running=1)
        client.notify("$/cancelRequest", {"id": request})
        assert client.response(request)["error"]["code"] == -32800
        details = load(tmp_path, running=0, waiting=0)
        assert details["cancelled"] == 1
        assert details["max_decoded_after_cancel"] <= 1


def test_a_flood_of_superseded_requests_leaves_one_for_the_engine(tmp_path):
    with editor(tmp_path, SLOW) as client:
        uri = open_document(client, "def f():\n    \n")
        warm_up(client, tmp_path)
        requests = []
        for number in range(200):
            change = {"range": None, "text": f"def f{number}():\n    \n"}
            client.notify(
                "textDocument/didChange",
                {"textDocument": {"uri": uri, "version": 2 + number}, "contentChanges": [change]},
            )
            requests.append(client.start(INLINE, inline_params(uri, 1, 4, 2)))
        for request in requests[:-1]:
            answer = client.response(request)
            assert answer.get("error", {}).get("code") == -32800 or answer["result"]["items"] == []
        details = load(tmp_path, running=1, waiting=0)
        assert details["max_waiting"] <= 1
        client.notify("$/cancelRequest", {"id": requests[-1]})
        client.response(requests[-1])


def warm_up(client, home, within=10):
    """Wait until the engine is ready, without asking it for anything that takes long."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if list(home.joinpath("run").glob("*.sock")) and health(home)["state"] == "ready":
            client.request("test/unknown")  # what the engine told the server before is known to it by now
            time.sleep(0.2)
            return
        time.sleep(0.05)
    raise AssertionError(f"the engine is not ready; stderr: {client.stderr.decode()}")
