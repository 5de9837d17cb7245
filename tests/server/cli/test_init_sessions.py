"""The settings that `aigc-lsp init` writes, as the editors use them: what they say is started, and suggests.

Helix, Zed and Sublime Text themselves are not here: their introductions are cut down from what their sources send.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest

from cli_helpers import Done
from lsp_helpers import editors
from lsp_helpers.raw import RawClient, environment, open_document, shut_down, type_text

Run = Callable[..., Done]
URI = "file:///project/a.py"
NEEDS = ("uvicorn", "starlette", "tokenizers", "numpy", "gguf", "jinja2")
pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDS), reason="the engine's packages are not installed"
)


def sublime() -> dict[str, Any]:
    """Return what Sublime Text's package LSP sends: no position encodings, no context support, indentation adjusted."""
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "Sublime Text LSP", "version": "2.8.0"},
        "rootUri": "file:///work",
        "rootPath": "/work",
        "workspaceFolders": [editors.FOLDER],
        "capabilities": {
            "general": {"regularExpressions": {"engine": "ECMAScript"}, "markdown": {"parser": "marko"}},
            "textDocument": {
                "synchronization": {
                    "dynamicRegistration": True, "didSave": True, "willSave": True, "willSaveWaitUntil": True,
                },
                "completion": {
                    "dynamicRegistration": True,
                    "completionItem": {
                        "snippetSupport": True,
                        "deprecatedSupport": True,
                        "documentationFormat": ["markdown", "plaintext"],
                        "tagSupport": {"valueSet": [1]},
                        "resolveSupport": {"properties": ["detail", "documentation", "additionalTextEdits"]},
                        "insertReplaceSupport": True,
                        "insertTextModeSupport": {"valueSet": [2]},
                        "labelDetailsSupport": True,
                    },
                    "completionItemKind": {"valueSet": list(range(1, 26))},
                    "insertTextMode": 2,
                    "completionList": {"itemDefaults": ["editRange", "insertTextFormat", "data"]},
                },
                "codeAction": {"dynamicRegistration": True, "dataSupport": True, "isPreferredSupport": True},
            },
            "workspace": {
                "applyEdit": True,
                "didChangeConfiguration": {"dynamicRegistration": True},
                "executeCommand": {},
                "workspaceEdit": {"documentChanges": True, "failureHandling": "abort"},
                "workspaceFolders": True,
                "configuration": True,
            },
            "window": {
                "showDocument": {"support": True},
                "showMessage": {"messageActionItem": {"additionalPropertiesSupport": True}},
                "workDoneProgress": True,
            },
        },
        "initializationOptions": {},
    }  # fmt: skip


def zed() -> dict[str, Any]:
    """Return what Zed sends to a server whose place ours took: no options, UTF-16 only."""
    return {
        "processId": os.getpid(),
        "clientInfo": {"name": "Zed", "version": "1.0.0"},
        "rootPath": "/work",
        "rootUri": "file:///work",
        "workspaceFolders": [{"uri": "file:///work", "name": ""}],
        "capabilities": {
            "general": {"positionEncodings": ["utf-16"]},
            "textDocument": {
                "synchronization": {"didSave": True, "dynamicRegistration": True},
                "completion": {
                    "dynamicRegistration": True,
                    "contextSupport": True,
                    "insertTextMode": 2,
                    "completionItem": {
                        "snippetSupport": True,
                        "insertReplaceSupport": True,
                        "insertTextModeSupport": {"valueSet": [1, 2]},
                        "documentationFormat": ["markdown", "plaintext"],
                    },
                    "completionList": {
                        "itemDefaults": ["commitCharacters", "editRange", "insertTextMode", "insertTextFormat", "data"]
                    },
                },
            },
            "workspace": {
                "applyEdit": True,
                "configuration": True,
                "workspaceFolders": True,
                "didChangeConfiguration": {"dynamicRegistration": True},
                "executeCommand": {"dynamicRegistration": True},
            },
            "window": {"workDoneProgress": True},
            "experimental": {"serverStatusNotification": True, "localDocs": True},
        },
    }


def helix_command(settings: str) -> list[str]:
    data = tomllib.loads(settings)
    assert all("aigc" in one["language-servers"] for one in data["language"])
    assert all(set(one) == {"name", "language-servers"} for one in data["language"])
    server = data["language-server"]["aigc"]
    assert set(server) <= {"command", "args", "config", "environment", "timeout", "required-root-patterns"}
    return [server["command"], *server["args"]]


def zed_command(settings: str) -> list[str]:
    data = json.loads(settings)
    servers = data["languages"]["Python"]["language_servers"]
    assert "pylsp" in servers
    assert "!pylsp" not in servers
    binary = data["lsp"]["pylsp"]["binary"]
    assert set(binary) <= {"path", "arguments", "env", "ignore_system_version"}
    return [binary["path"], *binary["arguments"]]


def sublime_command(settings: str) -> list[str]:
    client = json.loads(settings)["clients"]["aigc"]
    assert client["enabled"] is True
    assert set(client) <= {"enabled", "command", "selector", "initializationOptions", "settings", "env"}
    assert "source.python" in client["selector"].split(" | ")
    return list(client["command"])


@pytest.fixture
def start(
    aigc: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str, Callable[[str], list[str]]], RawClient]]:
    """Give a function that writes an editor's settings and starts the server as they say."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[engine]\nmodel = "fake?text=turn 12345"\n')
    commands = tmp_path / "bin"
    commands.mkdir()
    script = commands / "aigc-lsp"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aigc_lsp "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    started: list[RawClient] = []

    def begin(name: str, command: Callable[[str], list[str]]) -> RawClient:
        file = tmp_path / "settings"
        assert aigc("init", name, "--write", "--path", file).status == 0
        started.append(RawClient(command(file.read_text()), environment(home, PATH=os.environ["PATH"])))
        return started[-1]

    yield begin
    for client in started:
        client.__exit__()
    aigc("engine", "stop")


@pytest.mark.parametrize(
    ("name", "command", "introduction", "context", "encoding"),
    [
        ("helix", helix_command, {**editors.helix(), "initializationOptions": None}, {"triggerKind": 1}, "utf-8"),
        ("zed", zed_command, zed(), {"triggerKind": 1}, "utf-16"),
        ("sublime", sublime_command, sublime(), None, "utf-16"),
    ],
)
def test_the_written_settings_bring_a_suggestion(
    start: Callable[[str, Callable[[str], list[str]]], RawClient],
    name: str,
    command: Callable[[str], list[str]],
    introduction: dict[str, Any],
    context: dict[str, Any] | None,
    encoding: str,
) -> None:
    client = start(name, command)
    capabilities = client.request("initialize", introduction)["result"]["capabilities"]
    assert capabilities["positionEncoding"] == encoding
    assert capabilities["completionProvider"] == {"resolveProvider": False}
    client.notify("initialized", {})
    open_document(client, "def f():\n    \n", URI)
    type_text(client, URI, 2, 1, 4, "re")
    params: dict[str, Any] = {"textDocument": {"uri": URI}, "position": {"line": 1, "character": 6}}
    if context is not None:
        params["context"] = context
    items: list[dict[str, Any]] = []
    deadline = time.monotonic() + 60
    while not items and time.monotonic() < deadline:  # empty while the model loads
        items = client.request("textDocument/completion", params)["result"]["items"]
        time.sleep(0.2)
    (item,) = items
    assert item["label"] == "return 12345"
    assert item["textEdit"] == {
        "range": {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 6}},
        "newText": "return 12345",
    }
    assert item["command"]["command"] in capabilities["executeCommandProvider"]["commands"]
    accepted = {key: item["command"][key] for key in ("command", "arguments")}
    assert client.request("workspace/executeCommand", accepted)["result"] is None
    assert shut_down(client) == 0


def test_the_request_that_zed_makes_for_ghost_text_is_answered_but_its_markers_are_text(home: Path) -> None:
    """Why docs/editors.md has the completion menu for Zed: it writes the fill-in-the-middle markers into the prompt."""
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", "serve", "--model", "fake", "--host", "127.0.0.1", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment(home),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        prompt = "<fim_prefix>def f():\n    <fim_suffix>\n<fim_middle>"
        response = httpx.post(
            f"{told['address']}/v1/completions",
            headers={"Authorization": f"Bearer {told['token']}"},
            json={
                "model": "fake",
                "prompt": prompt,
                "max_tokens": 64,
                "stop": ["<|endoftext|>", "<fim_prefix>", "<fim_middle>", "<fim_suffix>"],
            },
            timeout=60,
            trust_env=False,
        )
    finally:
        process.terminate()
        process.wait(20)
    answer = response.json()
    assert {"id", "object", "created", "model", "choices", "usage"} <= set(answer)
    assert answer["choices"][0]["text"]
    # A token of the fake model is a byte, and each of these markers would be one token.
    assert answer["usage"]["prompt_tokens"] == len(prompt)
