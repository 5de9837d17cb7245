"""Neovim for the tests: homes that are nobody's, a scripted server, and the real one with either model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.neovim.editor import PLUGIN, ROOT, Editor, neovim, until

STUB = Path(__file__).with_name("stub_server.py")

Start = Callable[..., Editor]


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder with a short path: sockets lie in it."""
    folder = Path(tempfile.mkdtemp(prefix="aigc-e2e-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(request: pytest.FixtureRequest, short: Path, artifacts: Path) -> Iterator[Start]:
    """Give a function that starts a Neovim with the plugin on its runtime path; all end with the test."""
    if "fake_home" in request.fixturenames:
        # Before the first Neovim, so that it is left after the last: a server that lives on starts an engine anew.
        request.getfixturevalue("fake_home")
    with ExitStack() as running:
        count = 0

        def begin(
            lua: str, *files: Path | str, env: dict[str, str] | None = None, rtp: bool = True, name: str = ""
        ) -> Editor:
            nonlocal count
            count += 1
            first = f"vim.opt.runtimepath:prepend({str(PLUGIN)!r})\n" if rtp else ""
            context = neovim(
                short / (name or f"n{count}"),
                # A message that wants Enter would stop Neovim from answering.
                f"{first}vim.o.messagesopt = 'wait:0,history:500'\n{lua}\n",
                *map(str, files),
                env=env or {},
                artifacts=artifacts,
            )
            return running.enter_context(context)

        yield begin


class Stub:
    """The scripted server of one test: its scenario, and what it received."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.command = [sys.executable, str(STUB), str(folder)]
        self.script()

    def script(self, **scenario: Any) -> None:
        """Take another scenario; it holds from the next message on."""
        new = self.folder / "new.json"
        new.write_text(json.dumps(scenario))
        new.replace(self.folder / "scenario.json")

    def received(self, method: str | None = None) -> list[dict[str, Any]]:
        """Return the messages that came, those of a method or all."""
        log = self.folder / "received.jsonl"
        messages = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [one for one in messages if method in (None, one.get("method"))]

    def params(self, method: str) -> list[Any]:
        return [one["params"] for one in self.received(method)]

    def wait(self, method: str, count: int = 1) -> list[Any]:
        """Wait until that many messages of a method came; return the params of all."""
        return until(lambda: len(found := self.params(method)) >= count and found, f"{count} × {method} did not come")

    def pid(self) -> int:
        """Return the process id of the server that was started last."""
        return int((self.folder / "pid").read_text())

    def setup(self, options: str = "") -> str:
        """Return Lua that sets the plugin up with this server."""
        command = ", ".join(json.dumps(part) for part in self.command)
        return f'require("aigc").setup(vim.tbl_deep_extend("force", {{ cmd = {{ {command} }} }}, {{ {options} }}))'


@pytest.fixture
def stub(short: Path) -> Stub:
    """Give a scripted server."""
    return Stub(short / "stub")


@pytest.fixture
def code(short: Path) -> Callable[..., Path]:
    """Give a function that writes a file into a workspace."""
    folder = short / "work"
    (folder / ".git").mkdir(parents=True)

    def write(text: str, name: str = "a.py") -> Path:
        file = folder / name
        file.write_bytes(text.encode())
        return file

    return write


def aigc(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a home."""
    program = str(Path(sys.executable).with_name("aigc-lsp"))
    return subprocess.run(
        [program, *args], env={**os.environ, **env}, capture_output=True, text=True, timeout=60, check=False
    )


def _home(model: str | None) -> tuple[Path, dict[str, str]]:
    home = Path(tempfile.mkdtemp(prefix="aigc-home-", dir="/tmp"))
    if model is not None:
        (home / "config").mkdir()
        (home / "config" / "config.toml").write_text(f"[engine]\nmodel = {json.dumps(model)}\n")
    return home, {"AIGC_LSP_HOME": str(home)}


def _leave(home: Path, env: dict[str, str]) -> None:
    aigc(env, "engine", "stop")
    # An engine that was just being started is not there to be stopped yet.
    left = [process for process in psutil.process_iter() if _lives_in(process, home)]
    _, alive = psutil.wait_procs(left, timeout=3)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=5)
    shutil.rmtree(home, ignore_errors=True)


def _lives_in(process: psutil.Process, home: Path) -> bool:
    try:
        return process.environ().get("AIGC_LSP_HOME") == str(home)
    except psutil.Error:
        return False


@pytest.fixture
def fake_home(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Give the environment of a home whose engine runs the fake model; a parameter gives that model's options."""
    home, env = _home("fake" + getattr(request, "param", ""))
    yield env
    _leave(home, env)


@pytest.fixture(scope="session")
def real_home() -> Iterator[dict[str, str]]:
    """Give the environment of a home with the embedded model, as this user has it; one engine serves the session."""
    from aigc_models import paths
    from aigc_models.catalog import load_catalog
    from aigc_models.store import ModelMissingError, resolve

    name = load_catalog().default_model.name
    try:
        resolve(name)
    except ModelMissingError as error:
        pytest.fail(f"These tests need the embedded model: run `aigc-lsp models pull`. ({error})")
    home, env = _home(None)
    (home / "cache").symlink_to(paths.cache_dir())
    (home / "data").mkdir()  # our own but for the models: what is recorded there is not the user's
    (home / "data" / "models").symlink_to(paths.data_dir() / "models")
    yield env
    _leave(home, env)


@pytest.fixture
def examples() -> Path:
    """Give the folder of example files."""
    return ROOT / "examples"
