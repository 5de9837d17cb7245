"""Changing the model, fetching one and starting the engine anew, through the commands that editors send."""

from __future__ import annotations

import json
import os
import time
from importlib.util import find_spec

import httpx
import psutil
import pytest

from lsp_helpers.raw import REAL, RawClient, environment, inline_params, open_document, start_session

NEEDS = ("uvicorn", "starlette", "tokenizers", "numpy", "gguf", "jinja2")
pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDS), reason="the engine's packages are not installed"
)
CAPABILITIES = {
    "textDocument": {"inlineCompletion": {}},
    "window": {"workDoneProgress": True},
    "experimental": {"aigc": {"status": True, "downloads": True}},
}


def editor(home, **engine):
    client = RawClient(REAL, environment(home))
    options = {"engine": {"model": "fake", "idle_exit_s": 1, **engine}, "completion": {"debounce_ms": 0}}
    start_session(client, capabilities=CAPABILITIES, initializationOptions=options)
    return client


def command(client, name, **argument):
    return client.request("workspace/executeCommand", {"command": name, "arguments": [argument]}, timeout=30)


def state(client, wanted, model=None, within=20):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        now = command(client, "aigc.getStatus")["result"]
        if now["state"] == wanted and model in (None, now["model"]):
            return now
        time.sleep(0.05)
    raise AssertionError(f"not {wanted} {model or ''} within {within} s, but {now}")


def engine_of(home):
    (socket,) = home.joinpath("run").glob("*.sock")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://engine") as http:
        return http.get("/health").json()


def test_another_model_is_loaded_for_every_window(tmp_path):
    with editor(tmp_path) as one, editor(tmp_path) as two:
        state(one, "ready", "fake")
        state(two, "ready", "fake")
        first = engine_of(tmp_path)["pid"]
        answer = command(one, "aigc.useModel", model="fake?answer=other")
        assert "fake?answer=other" in answer["result"]["message"]
        state(one, "ready", "fake?answer=other")
        assert engine_of(tmp_path)["pid"] != first
        uri = open_document(two, "def f():\n    \n")
        deadline = time.monotonic() + 20
        while not two.request("textDocument/inlineCompletion", inline_params(uri, 1, 4))["result"]["items"]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert state(two, "ready")["model"] == "fake?answer=other"
        assert engine_of(tmp_path)["model"] == "fake?answer=other"


def test_a_model_named_in_changed_settings_replaces_the_engine_that_only_we_use(tmp_path):
    with editor(tmp_path) as client:
        state(client, "ready", "fake")
        changed = {"aigc": {"engine": {"model": "fake?answer=new", "idle_exit_s": 1}}}
        client.notify("workspace/didChangeConfiguration", {"settings": changed})
        state(client, "ready", "fake?answer=new")
        assert engine_of(tmp_path)["model"] == "fake?answer=new"


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ({"model": "smollm2-135m"}, "aigc-lsp models pull"),
        ({"model": "no such thing"}, "no such thing"),
        ({"adapter": "team"}, "no adapter 'team'"),
        ({}, "Name the model"),
        ({"model": 3}, "Name the model"),
    ],
)
def test_what_cannot_be_used_is_said_and_changes_nothing(tmp_path, argument, says):
    with editor(tmp_path) as client:
        state(client, "ready", "fake")
        answer = command(client, "aigc.useModel", **argument)
        assert answer["error"]["code"] == -32803
        assert says in answer["error"]["message"]
        assert state(client, "ready")["model"] == "fake"


def test_models_are_listed_with_the_one_in_use_and_the_catalog(tmp_path):
    with editor(tmp_path) as client:
        state(client, "ready")
        answer = command(client, "aigc.getModels")["result"]
    models = {one["name"]: one for one in answer["models"]}
    assert models["fake"]["active"]
    assert not models["smollm2-135m"]["installed"]
    assert "135M" in models["smollm2-135m"]["summary"]
    assert {one["kind"] for one in answer["models"]} == {"model"}
    assert answer["adapters"] == []


def test_a_restarted_engine_is_another_process_and_works(tmp_path):
    with editor(tmp_path) as client:
        state(client, "ready")
        first = engine_of(tmp_path)["pid"]
        assert command(client, "aigc.restartEngine")["result"] is None
        state(client, "ready")
        second = engine_of(tmp_path)["pid"]
        assert first != second
        assert not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE


def test_an_engine_somewhere_else_is_left_alone(tmp_path):
    with editor(tmp_path, url="http://127.0.0.1:9") as client:
        for name, argument in (("aigc.restartEngine", {}), ("aigc.useModel", {"model": "fake"})):
            message = command(client, name, **argument)["error"]["message"]
            assert "http://127.0.0.1:9" in message


def test_a_download_is_shown_and_can_be_taken_back(tmp_path):
    """The index is one that never answers: only its user ends this download."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        extra = {"PIP_INDEX_URL": index, "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_NO_INDEX": ""}
        with RawClient(REAL, environment(tmp_path, **extra)) as client:
            options = {"engine": {"model": "smollm2-135m", "idle_exit_s": 1}}
            start_session(client, capabilities=CAPABILITIES, initializationOptions=options)
            assert state(client, "failed")["missingModel"] == "smollm2-135m"
            params = {"command": "aigc.pullModel", "arguments": [{}]}
            pull = client.start("workspace/executeCommand", params)
            begin = client.until("$/progress")["params"]
            while "downloading" not in json.dumps(begin):
                begin = client.until("$/progress")["params"]
            assert begin["value"]["cancellable"] is True
            again = command(client, "aigc.pullModel")["result"]
            assert "already" in again["message"]
            assert state(client, "downloading")["busy"]
            client.notify("window/workDoneProgress/cancel", {"token": begin["token"]})
            answer = client.response(pull, 20)
            assert "stopped" in answer["error"]["message"]
            state(client, "failed")
            assert [m for m in client.seen if m.get("method") == "window/showMessage"] == []


def test_a_model_that_is_here_is_pulled_at_once(tmp_path):
    with editor(tmp_path) as client:
        state(client, "ready")
        assert command(client, "aigc.pullModel", model="fake")["result"]["message"] == "fake is here."
