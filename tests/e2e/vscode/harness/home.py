"""A home folder of its own for one run: settings, engine and editor of the user who runs the tests stay untouched."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
import psutil

from aigc_models import paths

AIGC_LSP = Path(sys.executable).with_name("aigc-lsp")
_SHARED = ("models", "converted")  # parts of the cache that take minutes to make


@dataclass(frozen=True)
class Home:
    """A short path (Unix sockets lie below it) with one folder for each program."""

    root: Path

    @classmethod
    def create(cls) -> Home:
        """Make the folders, with the embedded model of the real home in its place."""
        home = cls(Path(tempfile.mkdtemp(prefix="aigc-e2e-")))
        for folder in (home.user, home.aigc / "cache", home.aigc / "config", home.workspaces, home.logs):
            folder.mkdir(parents=True)
        subprocess.run([AIGC_LSP, "models", "pull"], check=True, capture_output=True, stdin=subprocess.DEVNULL)
        for name in _SHARED:
            real = paths.cache_dir() / name
            real.mkdir(parents=True, exist_ok=True)
            (home.aigc / "cache" / name).symlink_to(real)
        shutil.copytree(paths.data_dir() / "models", home.aigc / "data" / "models")  # the records of what is there
        return home

    @property
    def user(self) -> Path:
        return self.root / "user"

    @property
    def aigc(self) -> Path:
        return self.root / "aigc"

    @property
    def workspaces(self) -> Path:
        return self.root / "w"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def site(self) -> Path:
        """Return the folder of Python packages that the server of this home has beside the installed ones."""
        return self.root / "site"

    def env(self) -> dict[str, str]:
        """Return the environment in which every program of the run starts: no aigc-lsp on PATH, and pip as it was."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("XDG_", "VSCODE_", "AIGC_", "PYTEST_")) and name not in ("PORT", "PASSWORD")
        }
        folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
        own = {
            "HOME": str(self.user),
            "PATH": os.pathsep.join(folder for folder in folders if not Path(folder, AIGC_LSP.name).exists()),
            "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR") or str(platformdirs.user_cache_path("pip")),
            "PYTHONPATH": str(self.site),
            paths.HOME_VARIABLE: str(self.aigc),
        }
        pip = platformdirs.user_config_path("pip") / "pip.conf"
        if pip.is_file():
            inherited.setdefault("PIP_CONFIG_FILE", str(pip))
        return {**inherited, **own}

    def aigc_lsp(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command line of this home."""
        return subprocess.run(
            [AIGC_LSP, *arguments], env=self.env(), capture_output=True, text=True, timeout=60, check=False
        )

    def engine(self) -> dict[str, Any]:
        """Return what `engine status` says; its `state` is `absent` where none runs."""
        found: dict[str, Any] = json.loads(self.aigc_lsp("engine", "status", "--json").stdout)
        return found

    def engine_processes(self) -> list[int]:
        """Return the pids of this home's engines, as the operating system knows them."""
        return [process.pid for process in self._running("serve")]

    def servers(self) -> list[int]:
        """Return the pids of this home's language servers."""
        return [process.pid for process in self._running("--stdio")]

    def server_commands(self) -> list[str]:
        """Return the commands that this home's language servers run."""
        return [
            next(word for word in process.info["cmdline"] if Path(word).name == AIGC_LSP.name)
            for process in self._running("--stdio")
        ]

    def stop_engine(self) -> None:
        """End the engine, and whatever else of this home still runs its programs."""
        self.aigc_lsp("engine", "stop")

    def remove(self) -> None:
        """End the engine and delete the folder."""
        self.stop_engine()
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)

    def _running(self, argument: str) -> list[psutil.Process]:
        return [process for process in self._processes() if argument in process.info["cmdline"]]

    def _processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter(["pid", "cmdline"]):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.info["cmdline"] and process.environ().get(paths.HOME_VARIABLE) == str(self.aigc):
                    found.append(process)
        return found
