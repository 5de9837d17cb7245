"""A home of its own for each test of this folder: the fake model, a user with no settings, the command on the PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import FAILED
from tests.e2e.others.terminal import Terminal

OpenTerminal = Callable[[Sequence[str]], Terminal]


@dataclass(frozen=True)
class Place:
    """The folders of one test, and the environment in which its programs start."""

    root: Path

    @property
    def user(self) -> Path:
        """The user's home folder."""
        return self.root / "user"

    @property
    def project(self) -> Path:
        """A repository that the user works in."""
        return self.user / "project"

    @property
    def env(self) -> Mapping[str, str]:
        """The environment: `aigc-lsp` is on the PATH, as docs/editors.md wants it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "AIGC_", "TMUX"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        return {**kept, "PATH": path, "HOME": str(self.user), "AIGC_LSP_HOME": str(self.root / "aigc")}

    def aigc_lsp(self, *arguments: str) -> str:
        """Run the command and return what it prints."""
        return subprocess.run(
            ["aigc-lsp", *arguments], env=self.env, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    def says(self, text: str) -> None:
        """Choose what the fake model says."""
        config = self.root / "aigc" / "config" / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text(f"[engine]\nmodel = 'fake?text={text}'\n")


@pytest.fixture
def place() -> Iterator[Place]:
    """Give the folders, at a short path because Unix sockets lie below it; the engine ends with the test."""
    made = Place(Path(tempfile.mkdtemp(prefix="aigc-o-")))
    made.project.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(made.project)], check=True)
    made.says("turn 12345")
    yield made
    made.aigc_lsp("engine", "stop")
    shutil.rmtree(made.root, ignore_errors=True)


@pytest.fixture
def terminal(place: Place, artifacts: Path, request: pytest.FixtureRequest) -> Iterator[OpenTerminal]:
    """Give a function that opens a program in a terminal; its last screen is kept, and both end with the test."""
    opened: list[Terminal] = []

    def open_terminal(command: Sequence[str]) -> Terminal:
        opened.append(Terminal(place.root, command, place.env, place.project))
        return opened[-1]

    yield open_terminal
    for one in opened:
        name = "failed.txt" if request.node.stash.get(FAILED, False) else "screen.txt"
        (artifacts / name).write_text(one.screen())
        one.close()
