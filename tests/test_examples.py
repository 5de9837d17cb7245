"""The examples work: the demo editor, and the example plugin, installed as pip would install it."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from cli_helpers import BUILTIN, ROOT, distribution

NEEDS = ("uvicorn", "starlette", "tokenizers", "numpy", "gguf", "jinja2")
pytestmark = pytest.mark.skipif(
    any(find_spec(name) is None for name in NEEDS), reason="the engine's packages are not installed"
)
PLUGIN = ROOT / "examples" / "plugin"
PLACES = 7


class Machine:
    """A home of its own, in which commands run and from which the engine goes away again."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        (self.home / "config").mkdir(parents=True)
        self.site = distribution(folder / "site", "aigc-lsp", BUILTIN)
        sources = [self.site, PLUGIN, *(ROOT / name for name in ("models", "plugins", "server", "finetune"))]
        self.env = {
            **os.environ,
            "AIGC_LSP_HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(str(source) for source in sources),
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }

    def configure(self, text: str) -> None:
        """Write the user's settings."""
        (self.home / "config" / "config.toml").write_text(text)

    def python(self, *args: object) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments."""
        return subprocess.run(
            [sys.executable, *map(str, args)], capture_output=True, text=True, timeout=110, check=False, env=self.env
        )

    def aigc(self, *args: object) -> subprocess.CompletedProcess[str]:
        """Run the `aigc-lsp` command."""
        return self.python("-m", "aigc_lsp", *args)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    yield machine
    machine.aigc("engine", "stop")


@pytest.fixture
def plugin(machine: Machine) -> Machine:
    """Install the example plugin: its entry points as its own pyproject names them."""
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    distribution(machine.site, project["name"], project["entry-points"]["aigc_lsp.plugins"])
    return machine


def test_the_demo_plays_every_place_with_the_fake_model(machine: Machine) -> None:
    # Loading takes a while, so that the demo sees it end; `values` fits four of the places and is withheld elsewhere.
    machine.configure('[engine]\nmodel = "fake?text=values&load_ms=1500"\n')
    done = machine.python(ROOT / "examples" / "play_editor.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "    return ▏values\n" in done.stdout
    assert f"4 of {PLACES} places got a suggestion" in done.stdout


@pytest.mark.real_model
def test_the_demo_shows_suggestions_of_the_real_model() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "play_editor.py")],
        capture_output=True, text=True, timeout=110, check=False, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "return this.items.length === 0;" in done.stdout.replace("▏", "")
    assert "tokens/s" in done.stdout


def test_the_example_plugin_is_listed_with_its_hooks(plugin: Machine) -> None:
    done = plugin.aigc("plugins")
    assert done.returncode == 0, done.stdout
    line = next(line for line in done.stdout.splitlines() if line.startswith("skip-generated"))
    assert "aigc-lsp-skip-generated" in line
    assert "commands, runtimes, tasks" in line


def test_the_example_plugins_command_names_generated_files(plugin: Machine, tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text("# Code made by a tool. DO NOT EDIT.\n")
    (tmp_path / "written.py").write_text("x = 1\n")
    done = plugin.aigc("generated", tmp_path / "made.py", tmp_path / "written.py")
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'made.py'}\n")


def test_the_example_plugins_runtime_and_task_are_used(plugin: Machine, tmp_path: Path) -> None:
    code = "def add(a, b):\n    return \n"
    (tmp_path / "written.py").write_text(code)
    (tmp_path / "made.py").write_text(f"# DO NOT EDIT\n{code}")
    options = ("--model", "fake", "--runtime", "parrot")
    done = plugin.aigc("complete", f"{tmp_path / 'written.py'}:2:12", "--raw", *options)
    assert (done.returncode, done.stdout.strip()) == (0, "a + b"), done.stderr
    done = plugin.aigc("complete", f"{tmp_path / 'made.py'}:3:12", "--raw", *options)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
