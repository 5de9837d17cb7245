"""Start-up of the language server beside its peers: from spawn to the answer of `initialize`, and to the exit.

Each round runs every server once, in turn, so that noise of the machine falls on all. Peers that are not installed in
this Python are left out. Prints medians and ratios to a bare pygls server; `--json PATH` writes them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from report import spread, write

ROOT = Path(__file__).resolve().parents[1]
BARE = "from pygls.lsp.server import LanguageServer; LanguageServer('bare', '1').start_io()"
SERVERS = {
    "aigc-lsp": ("aigc_lsp", ["-m", "aigc_lsp", "--stdio"], None),
    "bare pygls": ("pygls", ["-c", BARE], "pygls"),
    "jedi-language-server": (
        "jedi_language_server",
        ["-c", "from jedi_language_server.cli import cli; cli()"],
        "jedi-language-server",
    ),
    "pylsp": ("pylsp", ["-m", "pylsp"], "python-lsp-server"),
}
INITIALIZE = {"processId": None, "rootUri": None, "capabilities": {}}


def send(process: subprocess.Popen[bytes], message: dict[str, Any]) -> None:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    assert process.stdin is not None
    process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    process.stdin.flush()


def receive(process: subprocess.Popen[bytes], message_id: int) -> None:
    assert process.stdout is not None
    while True:
        length = 0
        while (line := process.stdout.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise RuntimeError("the server closed its output")
        if json.loads(process.stdout.read(length)).get("id") == message_id:
            return


def peak_rss_mb(pid: int) -> float | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return None
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def once(arguments: list[str]) -> dict[str, float | None]:
    """Run one session and return seconds to the answer and to the exit, and the peak memory at the answer."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    send(process, {"id": 1, "method": "initialize", "params": INITIALIZE})
    receive(process, 1)
    answered = time.perf_counter() - start
    rss = peak_rss_mb(process.pid)
    send(process, {"id": 2, "method": "shutdown"})
    receive(process, 2)
    send(process, {"method": "exit"})
    process.wait(30)
    whole = time.perf_counter() - start
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
    return {"answer_s": answered, "whole_s": whole, "rss_mb": rss}


def measure(rounds: int) -> dict[str, Any]:
    """Return the medians of each installed server, and its ratio to the bare one."""
    present = {name: spec for name, spec in SERVERS.items() if importlib.util.find_spec(spec[0])}
    for _, arguments, _ in present.values():
        once(arguments)  # the first run writes bytecode and fills the page cache
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in present}
    for _ in range(rounds):
        for name, (_, arguments, _) in present.items():
            runs[name].append(once(arguments))
    bare = statistics.median(run["whole_s"] for run in runs["bare pygls"])
    results: dict[str, Any] = {}
    for name, (_, _, distribution) in present.items():
        answers, wholes = ([run[key] for run in runs[name]] for key in ("answer_s", "whole_s"))
        results[name] = {
            "answer_ms": spread(answers, 1000),
            "whole_ms": spread(wholes, 1000),
            "rss_mb": statistics.median(run["rss_mb"] or 0 for run in runs[name]),
            "ratio": statistics.median(answers) / bare,
            "whole_ratio": statistics.median(wholes) / bare,
            "version": version(distribution) if distribution else None,
        }
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = measure(options.rounds)
    print(f"medians of {options.rounds}; ratio: time to the answer / whole-process time of the bare server")
    print(f"{'server':22} {'answer ms':>10} {'whole ms':>10} {'ratio':>6} {'RSS MB':>7}")
    for name, result in results.items():
        print(
            f"{name:22} {result['answer_ms']['median']:10.0f} {result['whole_ms']['median']:10.0f} "
            f"{result['ratio']:6.2f} {result['rss_mb']:7.0f}"
        )
    write(options.json, "startup", {"servers": results})
    return 0


if __name__ == "__main__":
    sys.exit(main())
