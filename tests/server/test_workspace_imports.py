"""The working directory is a workspace: not one of its files is ever imported (row 24 of the faults to survive)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aigc_lsp.cli.checks import packages
from aigc_models.store import pip_source
from lsp_helpers.raw import REAL, RawClient, environment, inline_params, open_document, shut_down, start_session

# Modules that the server, the engine and the command line import late, as a package each.
_TRAPS = (
    "asyncio", "difflib", "httpx", "lsprotocol", "pip", "pluggy", "pydantic", "pygls", "rich", "starlette", "torch",
    "tree_sitter", "typer", "typing", "uuid", "uvicorn",
)  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a working directory of traps; each leaves its name in `canary`."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    trap = f"open({str(tmp_path / 'canary')!r}, 'a').write(__name__ + ' ')\nraise ImportError('trapped')\n"
    for name in _TRAPS:
        (folder / f"{name}.py").write_text(trap)
    monkeypatch.chdir(folder)
    return folder


def _caught(workspace: Path) -> str:
    canary = workspace.parent / "canary"
    return canary.read_text() if canary.exists() else ""


def test_the_server_and_its_engine_import_nothing_from_the_workspace(workspace, tmp_path):
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text("[engine]\nmodel = 'fake'\nidle_exit_s = 1\n")
    with RawClient(REAL, environment(home)) as client:
        start_session(client)
        uri = open_document(client, "x = ")
        for _ in range(200):
            answer = client.request("textDocument/inlineCompletion", inline_params(uri, 0, 4))
            if answer["result"]["items"]:
                break
            time.sleep(0.05)
        assert answer["result"]["items"]
        assert shut_down(client) == 0
    assert _caught(workspace) == ""


def test_the_command_line_imports_nothing_from_the_workspace(workspace, tmp_path):
    command = [sys.executable, "-m", "aigc_lsp", "plugins", "--json"]
    done = subprocess.run(command, env=environment(tmp_path / "home"), capture_output=True, timeout=60, check=False)
    assert isinstance(json.loads(done.stdout), list | dict)
    assert _caught(workspace) == ""


def test_an_empty_entry_of_pythonpath_is_not_the_workspace(workspace, tmp_path):
    # As a console script does: the module is imported, then `main` is called.
    env = environment(tmp_path / "home")
    env["PYTHONPATH"] = os.pathsep + env["PYTHONPATH"]
    (workspace / "typing.py").unlink()  # Python itself may have imported that one by now
    code = "import sys; from aigc_lsp.__main__ import main; print(sys.path)"
    done = subprocess.run([sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True, check=True)
    assert repr(str(workspace)) not in done.stdout
    assert "''" not in done.stdout


def test_pip_and_the_import_check_of_doctor_do_not_run_the_workspace(workspace):
    subprocess.run([*pip_source.pip_command(), "--version"], capture_output=True, timeout=60, check=False)
    packages.import_error(("rich", "pluggy"))
    assert _caught(workspace) == ""
