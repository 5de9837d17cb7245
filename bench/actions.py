"""The list of code actions beside peers: from the request to the answer, in a file of 2,000 lines, while it is edited.

Each server is a process of its own that speaks over standard input. Ours has every built-in task, and as its engine a
counter of requests, which has to stay at none. Peers are looked for in `--peer-python` (a Python that has
jedi-language-server and python-lsp-server with pylsp-rope). Each round asks every server the same thing, in turn: at a
cursor or for a selection, often right after a key. Prints medians, p95 and ratios; `--json PATH` writes them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from report import write

LINES = 2000
PEERS = {
    "jedi-language-server": "from jedi_language_server.cli import cli; cli()",
    "pylsp with pylsp-rope": "from pylsp.__main__ import main; main()",
}
FUNCTION = """
def total_{i}(values, start=0, *, limit=None):
    result = start
    for value in values:
        if limit is not None and result + value > limit:
            break
        result += value * {i} + len(str(value))
    return result


class Holder_{i}:
    def __init__(self, name, items=None):
        self.name = name
        self.items = items or []

    def add(self, item):
        self.items.append(item)
        return len(self.items)
"""


class Counting(BaseHTTPRequestHandler):
    """Stands in for an engine: says that it is one, and counts what it is asked to write."""

    asked = 0

    def do_GET(self) -> None:
        body = {"data": [{"id": "counter"}]} if self.path == "/v1/models" else {}
        self._answer(body)

    def do_POST(self) -> None:
        type(self).asked += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer({})

    def _answer(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        """Print nothing."""


class Server:
    """One language server, with the document open."""

    def __init__(self, command: list[str], file: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        self._id = 0
        self._version = 1
        self.uri = file.as_uri()
        resolves = {"dataSupport": True, "resolveSupport": {"properties": ["edit", "command"]}}
        literals = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "refactor", "source"]}}}
        capabilities = {
            "textDocument": {"codeAction": {**resolves, **literals}},
            "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename"]}},
        }
        self.request("initialize", {"processId": None, "rootUri": file.parent.as_uri(), "capabilities": capabilities})
        self._send({"method": "initialized", "params": {}})
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": file.read_text()}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def request(self, method: str, params: Any) -> tuple[float, Any]:
        """Return the milliseconds to the answer, and the answer's result."""
        self._id += 1
        start = time.perf_counter()
        self._send({"id": self._id, "method": method, "params": params})
        while (message := self._receive()).get("id") != self._id or "method" in message:
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": [None] if "configuration" in message["method"] else None})
        return (time.perf_counter() - start) * 1000, message.get("result")

    def key(self, line: int) -> None:
        """Type a blank at the end of a comment on a line of its own."""
        self._version += 1
        at = {"line": line, "character": 0}
        change = {"range": {"start": at, "end": at}, "text": "#"}
        params = {"textDocument": {"uri": self.uri, "version": self._version}, "contentChanges": [change]}
        self._send({"method": "textDocument/didChange", "params": params})

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.wait()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while (line := self._process.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        if not length:
            raise RuntimeError("a server closed its output")
        found: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return found


def document() -> str:
    """Return the file: functions and classes, as many as fill its lines."""
    text = ""
    while text.count("\n") < LINES:
        text += FUNCTION.format(i=text.count("\n"))
    return text


def places(text: str, rounds: int) -> list[tuple[dict[str, Any], int | None]]:
    """Return ranges to ask about, half of them selections, and for two of three a line on which to type before."""
    chance, lines = random.Random(5), text.split("\n")
    empty = [number for number, line in enumerate(lines) if not line]
    found = []
    for number in range(rounds):
        line = chance.randrange(1, len(lines) - 12)
        start = {"line": line, "character": min(len(lines[line]), chance.randrange(20))}
        end = dict(start)
        if number % 2:
            last = line + chance.randrange(6)
            end = {"line": last, "character": len(lines[last])}
        found.append(({"start": start, "end": end}, chance.choice(empty) if number % 3 else None))
    return found


def measure(servers: dict[str, Server], rounds: int) -> dict[str, dict[str, Any]]:
    """Return what each server took."""
    took: dict[str, list[float]] = {name: [] for name in servers}
    offered: dict[str, list[int]] = {name: [] for name in servers}
    for round_, (where, key) in enumerate(places(document(), rounds)):
        for name, server in servers.items():
            if key is not None:
                server.key(key)
            params = {
                "textDocument": {"uri": server.uri},
                "range": where,
                "context": {"diagnostics": [], "triggerKind": 2},
            }
            elapsed, actions = server.request("textDocument/codeAction", params)
            if round_ >= 10:  # the first ones import and warm up
                took[name].append(elapsed)
                offered[name].append(len(actions or []))
    return {
        name: {
            "p50_ms": round(statistics.median(values), 2),
            "p95_ms": round(statistics.quantiles(values, n=20)[18], 2),
            "actions": round(statistics.mean(offered[name]), 1),
        }
        for name, values in took.items()
    }


def section(result: dict[str, Any], table: Callable[[list[str], list[list[str]]], list[str]]) -> list[str]:
    """Return the section of docs/benchmarks.md on these figures."""
    ours = result["servers"]["aigc-lsp"]["p95_ms"]
    rows = [
        [name, f"{found['p50_ms']:.1f}", f"**{found['p95_ms']:.1f}**", f"{ours / found['p95_ms']:.2f}"]
        for name, found in result["servers"].items()
    ]
    return [
        "## The list of code actions",
        "",
        f"`python bench/actions.py --peer-python PYTHON`: a file of {result['lines']:,} lines, at cursors and for",
        "selections, often right after a key, each server in turn. Ours asks every built-in task where it applies;",
        f"requests to the model meanwhile: {result['asked']}. The peers work out refactorings for the list, ours when",
        "one is chosen.",
        "",
        *table(["", "p50, ms", "p95, ms", "ours / it at p95"], rows),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--peer-python")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    counter = ThreadingHTTPServer(("127.0.0.1", 0), Counting)
    threading.Thread(target=counter.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "config" / "config.toml"
        config.parent.mkdir()
        config.write_text(f'[engine]\nurl = "http://127.0.0.1:{counter.server_port}/v1"\nmodel = "counter"\n')
        ours = [sys.executable, "-m", "aigc_lsp", "--stdio"]
        commands = {"aigc-lsp": ours}
        if options.peer_python:
            commands |= {name: [options.peer_python, "-c", code] for name, code in PEERS.items()}
        environment = {**os.environ, "AIGC_LSP_HOME": home}
        file = Path(home) / "project" / "a.py"
        file.parent.mkdir()
        file.write_text(document())
        servers = {name: Server(command, file, environment) for name, command in commands.items()}
        try:
            time.sleep(3)  # plugins and settings are loaded after the answer to `initialize`
            figures = measure(servers, options.rounds)
        finally:
            for server in servers.values():
                server.close()
    mine = figures["aigc-lsp"]
    for name, found in figures.items():
        ratio = mine["p95_ms"] / found["p95_ms"]
        print(f"{name:24} p50 {found['p50_ms']:8.2f} ms  p95 {found['p95_ms']:8.2f} ms  ours/it at p95 {ratio:6.2f}")
        print(f"{'':24} actions offered, mean {found['actions']}")
    print(f"requests to the engine: {Counting.asked}")
    write(options.json, "actions", {"servers": figures, "lines": LINES, "asked": Counting.asked})
    return 0


if __name__ == "__main__":
    sys.exit(main())
