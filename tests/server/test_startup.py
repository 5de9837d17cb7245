"""What the server loads, and when: an editor must not wait for what it may never need."""

from __future__ import annotations

import subprocess
import sys
import time

from lsp_helpers.raw import RawClient, environment, initialize_params, inline_params, open_document

HEAVY = {
    "torch", "transformers", "openvino", "openvino_genai", "numpy", "gguf", "tokenizers", "sklearn", "matplotlib",
}  # fmt: skip
LATER = {"pydantic", "httpx", "typer", "rich", "tree_sitter", "pluggy", "platformdirs", "importlib.metadata", "jinja2"}
SERVER = [sys.executable, "-m", "lsp_helpers.modules_server"]


def test_initialize_is_answered_before_anything_heavy_is_imported(tmp_path):
    with RawClient(SERVER, environment(tmp_path)) as client:
        client.request("initialize", initialize_params())
        loaded = set(client.request("test/modules")["result"])
    assert loaded & HEAVY == set()
    assert loaded & LATER == set()


def test_a_working_session_never_loads_a_framework(tmp_path):
    with RawClient(SERVER, environment(tmp_path)) as client:
        # A URL where nothing listens: the session has its link, and no engine process comes of it.
        client.request("initialize", initialize_params(initializationOptions={"engine": {"url": "http://127.0.0.1:9"}}))
        client.notify("initialized", {})
        uri = open_document(client, "def f():\n    ")
        assert client.request("textDocument/inlineCompletion", inline_params(uri, 1, 4))["result"] == {"items": []}
        deadline = time.monotonic() + 10
        while True:
            loaded = set(client.request("test/modules")["result"])
            if {"pydantic", "httpx", "aigc_plugins.document"} <= loaded:
                break
            assert time.monotonic() < deadline
    assert loaded & HEAVY == set()


def test_serving_does_not_import_the_command_line_and_the_version_imports_neither():
    code = "import sys; from aigc_lsp.__main__ import main; main(['--version']); print(*sorted(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    loaded = set(result.stdout.split())
    assert loaded & (HEAVY | LATER | {"pygls", "lsprotocol", "asyncio"}) == set()
