"""What a keystroke costs in a language server while it indexes a workspace and while it does not. For bench/index.py.

A keystroke is `didChange` and `inlineCompletion` of somebody who types what the (fake) model suggested at the beginning
of the line, so the server answers by itself: its time, from the first byte sent to the answer, holds no engine's. The
overhead is the difference of the percentiles. Sessions with and without indexing take turns.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from lsp_helpers.raw import RawClient, environment, inline_params, open_document, shut_down, start_session, type_text

_COMMAND = [sys.executable, "-P", "-m", "aigc_lsp", "--stdio"]
_PAUSE_S = 0.03  # between two keys
_IDLE_KEYS = 300
_LINE = "value = compute(1, 2)"  # what the fake model says


def overhead(root: Path, home: Path) -> dict[str, Any]:
    """Return percentiles of a keystroke in milliseconds, idle and while the index of `root` is built from nothing."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[engine]\nmodel = "fake"\n[completion]\ndebounce_ms = 0\n')
    small = home / "small"
    small.mkdir()
    file = next(path for path in sorted(root.rglob("*.py")))
    text = file.read_text()
    calm = _session(small, home, text, _IDLE_KEYS)
    busy = _session(root, home, text, None)
    calm += _session(small, home, text, _IDLE_KEYS)
    _stop_engine(home)
    return {
        "keys_idle": len(calm),
        "keys_indexing": len(busy),
        "keystroke_idle_p50_ms": _p(calm, 0.5),
        "keystroke_idle_p95_ms": _p(calm, 0.95),
        "keystroke_indexing_p50_ms": _p(busy, 0.5),
        "keystroke_indexing_p95_ms": _p(busy, 0.95),
        "keystroke_overhead_p95_ms": round(_p(busy, 0.95) - _p(calm, 0.95), 3),
    }


def _session(root: Path, home: Path, text: str, keys: int | None) -> list[float]:
    """Type in a session: so many keys, or (None) as long as the indexing process works."""
    shutil.rmtree(home / "cache" / "index", ignore_errors=True)
    with RawClient(_COMMAND, environment(home)) as client:
        start_session(client, rootUri=root.as_uri())
        uri = open_document(client, text, (root / "typed_here.py").as_uri())
        _until_ready(client, uri)
        seconds = _type(client, uri, text, keys)
        shut_down(client)
    return seconds


def _until_ready(client: RawClient, uri: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = client.request("textDocument/inlineCompletion", inline_params(uri, 0, 0))
        if answer["result"]["items"]:
            return
        time.sleep(0.1)
    raise RuntimeError("the fake model offers nothing")


def _type(client: RawClient, uri: str, text: str, keys: int | None) -> list[float]:
    seconds: list[float] = []
    line, version = text.count("\n"), 1
    rhythm = random.Random(1)
    while keys is None and not _indexing(client.process.pid):
        time.sleep(0.01)
    while _indexing(client.process.pid) if keys is None else len(seconds) < keys:
        client.request("textDocument/inlineCompletion", inline_params(uri, line, 0, 1))
        for character, key in enumerate(_LINE[:-1]):
            time.sleep(_PAUSE_S * (0.5 + rhythm.random()))
            version += 1
            began = time.perf_counter()
            type_text(client, uri, version, line, character, key)
            answer = client.request("textDocument/inlineCompletion", inline_params(uri, line, character + 1, 2))
            seconds.append(time.perf_counter() - began)
            if not answer["result"]["items"]:
                raise RuntimeError("what was typed along is no longer suggested")
        version += 1
        _delete(client, uri, version, line, len(_LINE) - 1)
    return seconds


def _delete(client: RawClient, uri: str, version: int, line: int, length: int) -> None:
    """Take back what was typed on the line, to type it again: on a line below it would repeat this one."""
    start, end = ({"line": line, "character": character} for character in (0, length))
    change = {"range": {"start": start, "end": end}, "text": ""}
    client.notify(
        "textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
    )


def _indexing(pid: int) -> bool:
    """Tell whether a worker that reads files runs below the server: it is there only while much is to be read."""
    import psutil

    return any("aigc_plugins.index.worker" in child.cmdline() for child in psutil.Process(pid).children(recursive=True))


def _stop_engine(home: Path) -> None:
    import subprocess

    subprocess.run(
        [sys.executable, "-P", "-m", "aigc_lsp", "engine", "stop"],
        env={**os.environ, "AIGC_LSP_HOME": str(home)}, capture_output=True, check=False,
    )  # fmt: skip


def _p(values: list[float], share: float) -> float:
    return round(sorted(values)[min(int(len(values) * share), len(values) - 1)] * 1000, 3)


if __name__ == "__main__":
    print(json.dumps(overhead(Path(sys.argv[1]), Path(sys.argv[2])), indent=2))
