"""Start-up of the language server beside its peers: from spawn to the answer of `initialize`, and to the exit.

Each round runs every server once, in turn, so that noise of the machine falls on all. Peers that are not installed in
this Python are left out. Prints medians and ratios to a bare pygls server; `--json PATH` writes them.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

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
    results: dict[str, Any] = {}
    for name, (_, _, distribution) in present.items():
        results[name] = {key: statistics.median(run[key] for run in runs[name]) for key in runs[name][0]}
        results[name]["version"] = version(distribution) if distribution else None
    bare = results["bare pygls"]
    for result in results.values():
        for key in ("answer_s", "whole_s"):
            result[key.replace("_s", "_ratio")] = result[key] / bare[key]
    return results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = measure(options.rounds)
    print(f"{'server':22} {'answer ms':>10} {'whole ms':>10} {'ratio':>6} {'RSS MB':>7}   median of {options.rounds}")
    for name, result in results.items():
        rss = "-" if result["rss_mb"] is None else f"{result['rss_mb']:.0f}"
        print(
            f"{name:22} {result['answer_s'] * 1000:10.0f} {result['whole_s'] * 1000:10.0f} "
            f"{result['whole_ratio']:6.2f} {rss:>7}"
        )
    if options.json:
        report = {
            "benchmark": "startup",
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": platform.platform(),
            "python": platform.python_version(),
            "rounds": options.rounds,
            "results": results,
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
