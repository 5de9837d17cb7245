"""Tests generated over LSP by a real server process in the real sandbox: progress, cancel, the file that is made.

There is no model here: programs alone say what to try.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from aigc_plugins.sandbox import SandboxUnavailableError, which_rung
from lsp_helpers.raw import REAL, RawClient, environment

pytestmark = pytest.mark.timeout(240)
WAIT_S = 120.0
SOURCE = '''def clamp(value: int, low: int = 0, high: int = 10) -> int:
    """Return the value within bounds."""
    if low > high:
        raise ValueError("low is above high")
    if value < low:
        return low
    return min(value, high)


def wait_for(turns: int) -> int:
    """Return after a long while."""
    count = 0
    while True:
        count += turns
'''
CAPABILITIES = {
    "textDocument": {"codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit", "command"]}}},
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}},
    "window": {"workDoneProgress": True, "showDocument": {"support": True}},
}


@pytest.fixture(autouse=True)
def sandbox() -> None:
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


class Editor:
    """A raw client with one module open; it keeps what the server asks for."""

    def __init__(self, client: RawClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.uri = (folder / "src" / "bounds.py").as_uri()
        self.edits: list[dict[str, Any]] = []
        self.shown: list[str] = []
        self.progress: list[dict[str, Any]] = []
        self.token: Any = None

    def start(self) -> None:
        (self.folder / "src").mkdir()
        (self.folder / "tests").mkdir()
        (self.folder / "src" / "bounds.py").write_text(SOURCE)
        subprocess.run(["git", "init", "-q"], cwd=self.folder, check=True)
        params = {"processId": None, "rootUri": self.folder.as_uri(), "capabilities": CAPABILITIES}
        self.client.request("initialize", params, WAIT_S)
        self.client.notify("initialized", {})
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": SOURCE}
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    def command(self, line: int) -> int:
        """Start the code action of the function at a line; return the request's number."""
        where = {"start": {"line": line, "character": 5}, "end": {"line": line, "character": 5}}
        params = {"textDocument": {"uri": self.uri}, "range": where, "context": {"diagnostics": []}}
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            found = self.client.request("textDocument/codeAction", params, WAIT_S)["result"] or []
            actions = [one for one in found if one["title"].startswith("Generate tests for")]
            if actions:
                return self.client.start("workspace/executeCommand", actions[0]["command"])
            time.sleep(0.1)
        raise AssertionError("the code action is not offered")

    def take(self) -> dict[str, Any]:
        """Take one message, and answer it as an editor does."""
        message = self.client.next(WAIT_S)
        method, params = message.get("method"), message.get("params", {})
        if method == "workspace/applyEdit":
            self.edits.append(params["edit"])
            self.client.send({"jsonrpc": "2.0", "id": message["id"], "result": {"applied": True}})
        elif method == "window/showDocument":
            self.shown.append(params["uri"])
            self.client.send({"jsonrpc": "2.0", "id": message["id"], "result": {"success": True}})
        elif method is not None:
            value = params.get("value", {})
            if method == "$/progress" and value.get("kind") == "begin" and "Generate tests" in value["title"]:
                self.token = params["token"]
            if method == "$/progress" and params["token"] == self.token:
                self.progress.append(value)
            self.client.answer(message)
        return message

    def finish(self, number: int) -> dict[str, Any]:
        """Return the response to a request."""
        while True:
            message = self.take()
            if message.get("id") == number and "method" not in message:
                return message


@pytest.fixture
def editor(tmp_path: Path):
    folder = tmp_path / "project"
    folder.mkdir()
    with RawClient(REAL, environment(tmp_path / "home")) as client:
        started = Editor(client, folder)
        started.start()
        yield started


def children(client: RawClient) -> list[psutil.Process]:
    """Return the processes of the server that run something of the sandbox."""
    found = []
    for one in psutil.Process(client.process.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "launcher" in " ".join(one.cmdline()) or "testgen" in " ".join(one.cmdline()):
                found.append(one)
    return found


def test_a_new_test_file_comes_with_progress_is_opened_and_passes(editor: Editor) -> None:
    response = editor.finish(editor.command(0))
    assert "error" not in response
    (edit,) = editor.edits
    created, changed = edit["documentChanges"]
    file = editor.folder / "tests" / "test_bounds.py"
    assert (created["kind"], created["uri"]) == ("create", file.as_uri())
    assert editor.shown == [file.as_uri()]
    assert [one["kind"] for one in editor.progress if one["kind"] != "report"] == ["begin", "end"]
    assert any("mutants" in one.get("message", "") for one in editor.progress)
    assert not file.exists()  # the editor's to write
    file.write_text("".join(one["newText"] for one in changed["edits"]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    done = subprocess.run(command, cwd=editor.folder, env=environment(PYTHONPATH="src"), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "from bounds import clamp" in file.read_text()
    assert "wait_for" not in file.read_text()


@pytest.mark.parametrize("by", ["button", "request"])
def test_taken_back_nothing_is_left_running(editor: Editor, by: str) -> None:
    number = editor.command(10)
    while not children(editor.client) or editor.token is None:
        assert editor.take().get("id") != number or "method" in editor.client.seen[-1]
    running = children(editor.client)
    assert running
    if by == "button":
        editor.client.notify("window/workDoneProgress/cancel", {"token": editor.token})
    else:
        editor.client.notify("$/cancelRequest", {"id": number})
    response = editor.finish(number)
    assert response["error"]["code"] in (-32800, -32803)
    gone, alive = psutil.wait_procs(running, timeout=10)
    assert not alive
    assert len(gone) == len(running)
    assert editor.edits == []
    assert not children(editor.client)
