"""Adapters as an editor's user meets them: chosen for a workspace, followed at once, two windows on one engine."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from importlib.util import find_spec

import httpx
import pytest

from adapter_helpers import write_adapter
from lsp_helpers.raw import REAL, RawClient, environment, inline_params, open_document, shut_down, start_session

NEEDS = ("uvicorn", "starlette", "tokenizers", "numpy", "gguf", "jinja2")
pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDS), reason="the engine's packages are not installed"
)
CAPABILITIES = {
    "textDocument": {"inlineCompletion": {}},
    "window": {"workDoneProgress": True},
    "experimental": {"aigc": {"status": True}},
}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with two adapters; what this process binds is bound in it."""
    place = tmp_path / "home"
    monkeypatch.setenv("AIGC_LSP_HOME", str(place))
    for name in ("alpha", "beta"):
        put(place, name)
    return place


def put(place, name, **figures):
    root = place / "data" / "adapters"
    return write_adapter(root / name, name, figures={"says": f"{name}_says()\n", **figures})


def bind(*arguments):
    from aigc_models.store.bindings import bind as bound

    bound(*arguments)


def editor(home, folder=None, **engine):
    client = RawClient(REAL, environment(home))
    options = {
        "engine": {"model": "fake?text=base_says()%0A", "idle_exit_s": 2, **engine},
        "completion": {"debounce_ms": 0},
    }
    fields = {"workspaceFolders": [{"uri": folder.as_uri(), "name": folder.name}]} if folder is not None else {}
    start_session(client, capabilities=CAPABILITIES, initializationOptions=options, **fields)
    return client


def command(client, name, **argument):
    return client.request("workspace/executeCommand", {"command": name, "arguments": [argument]}, timeout=30)


def status(client):
    return command(client, "aigc.getStatus")["result"]


def until(client, wanted, within=60):
    deadline = time.monotonic() + within
    while not wanted(now := status(client)):
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    return now


def suggestion(client, uri, wanted, within=60):
    """Ask until the wanted text is suggested; return what was suggested before."""
    deadline, before = time.monotonic() + within, []
    while True:
        items = client.request("textDocument/inlineCompletion", inline_params(uri, 1, 4))["result"]["items"]
        text = items[0]["insertText"] if items else ""
        if wanted in text:
            return before
        before.append(text)
        assert time.monotonic() < deadline, before
        time.sleep(0.05)


def shown(client):
    return [m["params"]["message"] for m in client.seen if m.get("method") == "window/showMessage"]


def engine_of(home):
    (socket,) = home.joinpath("run").glob("*.sock")
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://engine") as http:
        return http.get("/health").json()


def test_two_workspaces_have_two_adapters_on_one_engine(home, tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, name in zip(folders, ("alpha", "beta"), strict=True):
        folder.mkdir()
        bind(name, folder)
    with editor(home, folders[0]) as one, editor(home, folders[1]) as two, editor(home) as three:
        assert until(one, lambda now: now["adapter"] == "alpha")["model"].startswith("fake")
        until(two, lambda now: now["adapter"] == "beta")
        uris = [open_document(client, "def f():\n    \n") for client in (one, two, three)]
        for _ in range(3):
            for client, uri, text in zip((one, two, three), uris, ("alpha", "beta", "base"), strict=True):
                suggestion(client, uri, f"{text}_says")
        assert status(three)["adapter"] is None
        health = engine_of(home)
        assert (health["details"]["clients"], health["details"]["loads"]) == (3, 1)


def test_another_adapter_is_followed_within_two_seconds_and_without_a_restart(home):
    with editor(home) as client:
        uri = open_document(client, "def f():\n    \n")
        suggestion(client, uri, "base_says")
        pid = engine_of(home)["pid"]
        for name in ("alpha", "beta", "none", "alpha"):
            bind(name)
            began = time.monotonic()
            until(client, lambda now, name=name: now["adapter"] == (None if name == "none" else name))
            suggestion(client, uri, "base_says" if name == "none" else f"{name}_says")
            assert time.monotonic() - began < 15  # far above the two seconds: this machine may be busy
        assert engine_of(home)["pid"] == pid
        assert shown(client) == []


def test_the_commands_list_and_change_adapters(home, tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    with editor(home, folder) as client:
        until(client, lambda now: now["state"] == "ready")
        listed = command(client, "aigc.getModels")["result"]["adapters"]
        assert [(one["name"], one["active"], one["kind"]) for one in listed] == [
            ("alpha", False, "adapter"), ("beta", False, "adapter"), ("none", True, "adapter"),
        ]  # fmt: skip
        assert "everywhere" in command(client, "aigc.useModel", adapter="alpha")["result"]["message"]
        until(client, lambda now: now["adapter"] == "alpha")
        assert str(folder) in command(client, "aigc.useModel", adapter="beta", workspace=True)["result"]["message"]
        until(client, lambda now: now["adapter"] == "beta")
        # The workspace has its own choice now: that is what the next one changes.
        assert str(folder) in command(client, "aigc.useModel", adapter="none")["result"]["message"]
        until(client, lambda now: now["adapter"] is None)
        listed = command(client, "aigc.getModels")["result"]["adapters"]
        assert [one["name"] for one in listed if one["active"]] == ["none"]
        assert json.loads((home / "data" / "adapters.json").read_text())["everywhere"] == "alpha"


@pytest.mark.parametrize(
    ("name", "says"), [("nobody", "no adapter 'nobody'"), ("", "Name the adapter"), (3, "Name the")]
)
def test_an_adapter_that_is_not_there_is_said_and_changes_nothing(home, name, says):
    with editor(home) as client:
        until(client, lambda now: now["state"] == "ready")
        assert says in command(client, "aigc.useModel", adapter=name)["error"]["message"]
        assert not (home / "data" / "adapters.json").exists()


def test_settings_that_name_one_leave_no_choice(home):
    with editor(home, adapter="beta") as client:
        until(client, lambda now: now["adapter"] == "beta")
        assert "engine.adapter" in command(client, "aigc.useModel", adapter="alpha")["error"]["message"]


def test_a_workspace_may_not_choose_an_adapter(home, tmp_path):
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / ".aigc-lsp.toml").write_text('[engine]\nadapter = "alpha"\n')
    with editor(home, folder) as client:
        until(client, lambda now: now["state"] == "ready")
        suggestion(client, open_document(client, "def f():\n    \n"), "base_says")
        assert status(client)["adapter"] is None
        assert any("may not set engine" in message for message in shown(client))


@pytest.mark.parametrize("fault", ["read", "adapt", "forward", "other base", "gone"])
def test_a_damaged_adapter_is_told_once_and_the_base_answers(home, fault):
    if fault == "other base":
        write_adapter(home / "data" / "adapters" / "alpha", "alpha", base="f" * 64, base_name="starcoder2-3b")
    elif fault == "gone":
        shutil.rmtree(home / "data" / "adapters" / "alpha")
    else:
        put(home, "alpha", fail=fault)
    bind("alpha")
    with editor(home) as client:
        now = until(client, lambda now: "cannot be used" in now["message"] or fault == "gone")
        assert (now["kind"], now["adapter"]) == ("Normal", None)
        uri = open_document(client, "def f():\n    \n")
        for _ in range(3):
            suggestion(client, uri, "base_says")
            time.sleep(0.5)
        told = [message for message in shown(client) if "alpha" in message]
        assert len(told) == 1, shown(client)
        assert "The model alone answers" in told[0]


def test_the_record_of_suggestions_has_the_adapter(home):
    from aigc_lsp.stats.store import Store

    bind("alpha")
    with editor(home) as client:
        until(client, lambda now: now["adapter"] == "alpha")
        uri = open_document(client, "def f():\n    \n")
        item = client.request("textDocument/inlineCompletion", inline_params(uri, 1, 4))["result"]["items"][0]
        client.notify("textDocument/didShowCompletion", {"item": item})
        client.request("workspace/executeCommand", item["command"])
        shut_down(client, 30)
    with contextlib.closing(Store(home / "data" / "suggestions.db")) as store:
        assert [entry.adapter for entry in store.read()] == ["alpha"]
