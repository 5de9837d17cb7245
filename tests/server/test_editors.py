"""Sessions as the editors hold them: their introductions, encodings, trigger kinds, cancels and farewells."""

from __future__ import annotations

import pytest

from lsp_helpers import editors
from lsp_helpers.raw import FAKE, RawClient, environment, inline_params, open_document, type_text

INLINE = "textDocument/inlineCompletion"
URI = "file:///repo/a.py"


@pytest.fixture
def client(tmp_path):
    with RawClient([*FAKE, "answer=return 12345"], environment(tmp_path)) as client:
        yield client


def begin(client, params):
    capabilities = client.request("initialize", params)["result"]["capabilities"]
    client.notify("initialized", {})
    return capabilities


def text_of(response):
    return [item["insertText"] for item in response["result"]["items"]]


def menu_params(line, character, kind=1):
    return {
        "textDocument": {"uri": URI},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": kind},
    }


@pytest.mark.parametrize(("version", "invoked", "automatic"), [(9, 0, 1), (10, 1, 2)])
def test_vscode(client, version, invoked, automatic):
    capabilities = begin(client, editors.vscode(version))
    assert capabilities["positionEncoding"] == "utf-16"
    assert capabilities["inlineCompletionProvider"] == {}
    assert "completionProvider" not in capabilities
    registration = client.until("client/registerCapability")["params"]["registrations"]
    assert [entry["method"] for entry in registration] == ["workspace/didChangeConfiguration"]
    client.until("workspace/configuration")
    client.notify("$/setTrace", {"value": "off"})
    open_document(client, "s = '😀'\n", URI)
    # While the user types, VS Code asks, and takes the older request back when it asks again.
    type_text(client, URI, 2, 0, 8, " ")
    older = client.start(INLINE, inline_params(URI, 0, 9, automatic))
    client.notify("$/cancelRequest", {"id": older})
    type_text(client, URI, 3, 0, 9, "#")
    newer = client.start(INLINE, inline_params(URI, 0, 10, automatic))
    assert client.response(older).get("error", {"code": -32800})["code"] == -32800
    item = client.response(newer)["result"]["items"][0]
    assert item["range"]["start"] == {"line": 0, "character": 10}
    assert text_of(client.request(INLINE, inline_params(URI, 0, 10, invoked))) == ["return 12345"]
    params = inline_params(URI, 0, 10, invoked)
    place = {"line": 0, "character": 9}
    params["context"]["selectedCompletionInfo"] = {
        "range": {"start": place, "end": {"line": 0, "character": 10}},
        "text": "#print",
    }
    assert client.request(INLINE, params)["result"]["items"]
    client.request("workspace/executeCommand", item["command"] | {"title": None})
    client.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    assert client.request("shutdown")["result"] is None
    client.notify("exit")
    assert client.wait(3) == 0


def test_neovim_0_12(client):
    """It never cancels what it no longer wants, and asks in UTF-8."""
    capabilities = begin(client, editors.neovim(12))
    assert capabilities["positionEncoding"] == "utf-8"
    open_document(client, "s = '😀'\n", URI)
    older = client.start(INLINE, inline_params(URI, 0, 10, 2))
    newer = client.start(INLINE, inline_params(URI, 0, 10, 2))
    assert client.response(older)["error"]["code"] == -32800
    item = client.response(newer)["result"]["items"][0]
    assert item["range"]["start"] == {"line": 0, "character": 10}
    assert client.request("shutdown", None)["result"] is None
    client.notify("exit")
    assert client.wait(3) == 0


def test_neovim_0_11_gets_the_suggestion_in_its_menu(client):
    capabilities = begin(client, editors.neovim(11))
    assert capabilities["completionProvider"] == {"resolveProvider": False}
    client.until("workspace/configuration")
    open_document(client, "def f():\n    \n", URI)
    result = client.request("textDocument/completion", menu_params(1, 4))["result"]
    assert result["isIncomplete"] is True
    (item,) = result["items"]
    assert item["textEdit"]["newText"] == "return 12345"
    assert item["label"] == "return 12345"
    assert item["sortText"] > "zzzz"
    type_text(client, URI, 2, 1, 4, "ret")
    (item,) = client.request("textDocument/completion", menu_params(1, 7, 3))["result"]["items"]
    assert item["textEdit"]["newText"] == "return 12345"
    assert item["textEdit"]["range"]["start"] == {"line": 1, "character": 4}
    assert item["filterText"].startswith("ret")
    assert client.request("shutdown")["result"] is None
    client.process.stdin.close()  # Neovim closes the pipe where the server is slow to exit
    assert client.wait(3) == 0


def test_helix_gets_the_suggestion_in_its_menu(client):
    capabilities = begin(client, editors.helix())
    assert capabilities["positionEncoding"] == "utf-8"
    assert "completionProvider" in capabilities
    client.notify("workspace/didChangeConfiguration", {"settings": {}})
    open_document(client, "é = \n", URI)
    (item,) = client.request("textDocument/completion", menu_params(0, 5))["result"]["items"]
    assert item["textEdit"]["range"]["start"] == {"line": 0, "character": 5}
    assert client.request("shutdown")["result"] is None
    client.notify("exit")
    assert client.wait(3) == 0


def test_lsp_mode(client):
    """It asks in UTF-32 code points, and its capabilities hold nulls and tokens that others leave out."""
    capabilities = begin(client, editors.lsp_mode())
    assert capabilities["positionEncoding"] == "utf-32"
    open_document(client, "s = '😀'\n", URI)
    item = client.request(INLINE, inline_params(URI, 0, 7, 1))["result"]["items"][0]
    assert item["range"]["start"] == {"line": 0, "character": 7}
    client.notify("$/cancelRequest", {"id": 9999})
    assert client.request("shutdown", {})["result"] is None
    client.notify("exit", {})
    assert client.wait(3) == 0


def test_an_editor_of_which_we_know_nothing_gets_utf_16_and_the_menu(client):
    capabilities = begin(client, {"processId": None, "rootUri": None, "capabilities": {}})
    assert capabilities["positionEncoding"] == "utf-16"
    assert "completionProvider" in capabilities


@pytest.mark.parametrize(
    "odd",
    [
        {"capabilities": {"textDocument": None, "workspace": 3, "general": {"positionEncodings": "utf-8"}}},
        {"capabilities": None},
        {"capabilities": {}, "clientInfo": None, "workspaceFolders": None, "rootPath": None, "rootUri": "untitled:1"},
        {"capabilities": {"general": {"positionEncodings": ["ebcdic", {"a": 1}]}}, "workspaceFolders": [None, {}]},
    ],
)
def test_odd_capabilities_are_no_reason_to_refuse_a_client(client, odd):
    assert begin(client, {"processId": None, **odd})["positionEncoding"] == "utf-16"
