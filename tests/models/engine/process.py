"""A real engine process with the fake model, and plain HTTP to it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
SOURCES = [str(ROOT / name) for name in ("models", "plugins", "server", "finetune")]
BUILTIN = {
    "languages": "aigc_plugins.builtin.languages",
    "inline-completion": "aigc_plugins.builtin.inline_completion",
    "context": "aigc_plugins.builtin.context",
    "runtimes": "aigc_plugins.builtin.runtimes",
}


def distribution(folder: Path, name: str, entry_points: dict[str, str]) -> Path:
    """Write an installed distribution's metadata with plugins in it, as pip would leave it."""
    info = folder / f"{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    lines = "".join(f"{key} = {value}\n" for key, value in entry_points.items())
    (info / "entry_points.txt").write_text(f"[aigc_lsp.plugins]\n{lines}")
    return folder


def environment(home: Path, *folders: Path) -> dict[str, str]:
    """Return an environment with a home of its own, in which this checkout counts as installed."""
    site = home.parent / f"{home.name}-site"
    if not site.exists():
        distribution(site, "aigc-lsp", BUILTIN)
    path = os.pathsep.join([*map(str, folders), str(site), *SOURCES])
    return {**os.environ, "AIGC_LSP_HOME": str(home), "PYTHONPATH": path}


@dataclass
class Engine:
    """A running engine, `http` with the right credentials, and its process."""

    process: subprocess.Popen[str]
    http: httpx.Client
    address: str
    token: str | None

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get("/health").json()
        return found

    def until(self, wanted: Callable[[dict[str, Any]], bool], timeout: float = 10.0) -> dict[str, Any]:
        """Return the first health answer that is as wanted."""
        deadline = time.monotonic() + timeout
        while True:
            health = self.health()
            if wanted(health):
                return health
            assert time.monotonic() < deadline, health
            time.sleep(0.01)

    def complete(self, **body: Any) -> dict[str, Any]:
        """Return a whole completion."""
        answer = self.http.post("/v1/completions", json={"prompt": "x = ", "temperature": 0, **body})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def text(self, **body: Any) -> str:
        return str(self.complete(**body)["choices"][0]["text"])


@contextmanager
def engine(
    home: Path,
    *options: str,
    model: str = "fake",
    tcp: bool = False,
    env: dict[str, str] | None = None,
    ready: bool = True,
) -> Iterator[Engine]:
    """Run `aigc-lsp serve` until the block ends; over TCP with a made-up token, else on a Unix socket."""
    socket = home / "own.sock"
    home.mkdir(parents=True, exist_ok=True)
    where = ["--host", "127.0.0.1", "--port", "0"] if tcp else ["--socket", str(socket)]
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", "serve", "--model", model, *where, *options],
        stdout=subprocess.PIPE,
        stderr=(home / "serve.log").open("w"),
        text=True,
        env=env or environment(home),
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, (home / "serve.log").read_text()
        told = json.loads(line)
        transport = None if tcp else httpx.HTTPTransport(uds=str(socket))
        headers = {"Authorization": f"Bearer {told['token']}"} if tcp else {}
        base = told["address"] if tcp else "http://localhost"
        with httpx.Client(base_url=base, transport=transport, headers=headers, timeout=60, trust_env=False) as http:
            running = Engine(process, http, told["address"], told["token"])
            if ready:
                running.until(lambda health: health["state"] == "ready")
            yield running
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
