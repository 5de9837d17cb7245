"""No network once the model is here: a suggestion inside a network namespace that has no way out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aigc_models import paths
from aigc_models.catalog import load_catalog
from aigc_models.store import ModelMissingError, resolve
from tests.models.engine.process import environment

UNSHARE = ["unshare", "--map-root-user", "--net"]
CODE = "def fibonacci(n):\n    if n < 2:\n        return n\n    return "
# What has no route fails at once here, so that a look outside shows as an error and not as a wait.
NO_WAY_OUT = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def isolated() -> None:
    """Skip where the kernel lends nobody a network namespace."""
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare command here")
    if subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel or container lends no network namespace")


@pytest.fixture
def command(tmp_path: Path, isolated: None) -> Iterator[Command]:
    """Give a function that runs a command without a network, in a fresh home; it ends the engine afterwards."""
    home = tmp_path / "home"
    home.mkdir()
    env = {name: value for name, value in environment(home).items() if not name.endswith("_OFFLINE")}

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*UNSHARE, sys.executable, *args], env=env, capture_output=True, text=True, timeout=100, check=False
        )

    yield run
    if (home / "run").exists():
        run("-m", "aigc_lsp", "engine", "stop")


def source(tmp_path: Path) -> str:
    file = tmp_path / "fibonacci.py"
    file.write_text(CODE)
    return f"{file}:4:12"


def test_the_namespace_has_no_way_out(command: Command) -> None:
    done = command("-c", NO_WAY_OUT)
    assert done.returncode != 0
    assert "Network is unreachable" in done.stderr


def test_everything_but_the_model_works_without_a_network(command: Command, tmp_path: Path) -> None:
    done = command("-m", "aigc_lsp", "complete", source(tmp_path), "--model", "fake", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


@pytest.mark.real_model
def test_the_embedded_model_suggests_without_a_network(command: Command, tmp_path: Path) -> None:
    name = load_catalog().default_model.name
    try:
        resolve(name)
    except ModelMissingError as error:
        pytest.fail(f"This test needs the embedded model: run `aigc-lsp models pull {name}`. ({error})")
    # The model as this user has it; sockets, settings and logs stay in the fresh home.
    (tmp_path / "home" / "cache").symlink_to(paths.cache_dir())
    (tmp_path / "home" / "data").symlink_to(paths.data_dir())
    done = command("-m", "aigc_lsp", "complete", source(tmp_path), "--raw")
    assert done.returncode == 0, done.stderr
    assert "fibonacci(n" in done.stdout, done.stderr
