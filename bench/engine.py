"""This engine and llama-cpp-python on the same GGUF and prompts: first token cold and warm, decode rate, HTTP's share.

Each round asks every contestant in turn for the same things: a 1,000-token prompt it has not seen (cold), the same
with 10 tokens more (warm), and 64 tokens of answer. Greedy, same number of threads. llama-cpp-python is compiled on
installation; where it lives in another environment, name that one's interpreter with --peer-python.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from report import spread, write

_HERE = Path(__file__).parent
_PROMPT, _MORE, _DECODE = 1000, 10, 64


class Contestant:
    """A worker process that answers JSON lines."""

    def __init__(self, python: str, *arguments: str) -> None:
        command = [python, str(_HERE / "engine_workers.py"), *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != "ready":
            sys.exit(f"{' '.join(command)} did not start; is its package installed there?")

    def ask(self, text: str, max_tokens: int) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"text": text, "max_tokens": max_tokens}) + "\n")
        self._process.stdin.flush()
        return dict(json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def _texts(model: Path, rounds: int) -> list[tuple[str, str]]:
    """Return pairs of texts of 1,000 tokens and the same with 10 more, each from another file of the library."""
    from aigc_models.engine.gguf_tokenizer import read_gguf
    from aigc_models.engine.vocabulary import TokenizersVocabulary

    vocabulary = TokenizersVocabulary(read_gguf(model)[1])
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    random.Random(1).shuffle(files)
    pairs = []
    for file in files:
        ids = vocabulary.encode_text(file.read_text(encoding="utf-8", errors="replace"))
        text, longer = (_decode(vocabulary, ids[:n]) for n in (_PROMPT, _PROMPT + _MORE))
        same = vocabulary.encode_text(longer)[:_PROMPT] == vocabulary.encode_text(text)
        if len(ids) > _PROMPT + _MORE and same and len(vocabulary.encode_text(longer)) == _PROMPT + _MORE:
            pairs.append((text, longer))
        if len(pairs) == rounds:
            return pairs
    sys.exit("not enough long files in the standard library")


def _decode(vocabulary: Any, ids: list[int]) -> str:
    return b"".join(vocabulary.token_bytes(token) for token in ids).decode("utf-8", "replace")


def _serve(model: Path, folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    socket = folder / "bench.sock"
    command = [sys.executable, "-m", "aigc_lsp", "serve", "--model", str(model), "--socket", str(socket)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    from aigc_models.client.http import EngineClient

    async def wait() -> None:
        client = EngineClient(socket=socket)
        while True:
            try:
                if (await client.status()).state == "ready":
                    return
            except Exception:
                assert process.poll() is None, "aigc-lsp serve ended"
            time.sleep(0.1)

    import asyncio

    asyncio.run(wait())
    return process, socket


def _measure(contestants: dict[str, Contestant], pairs: list[tuple[str, str]]) -> dict[str, dict[str, list[float]]]:
    figures: dict[str, dict[str, list[float]]] = {n: {"cold": [], "warm": [], "rate": []} for n in contestants}
    for contestant in contestants.values():
        contestant.ask("def warm_up():\n", 8)
    for number, (text, longer) in enumerate(pairs):
        order = list(contestants)
        for name in order[number % len(order) :] + order[: number % len(order)]:
            contestant, found = contestants[name], figures[name]
            cold = contestant.ask(text, 1)
            warm = contestant.ask(longer, 1)
            full = contestant.ask(longer + "\n", _DECODE)
            assert cold["prompt"] == _PROMPT, (name, cold)
            found["cold"].append(cold["first_s"])
            found["warm"].append(warm["first_s"])
            if full["tokens"] > _DECODE // 2:
                found["rate"].append((full["tokens"] - 1) / (full["total_s"] - full["first_s"]))
    return figures


def main() -> None:
    """Run the rounds and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="a GGUF file (default: the embedded model)")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peer-python", default=sys.executable, help="an interpreter that has llama-cpp-python")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if options.model is None:
        from aigc_models.catalog import load_catalog
        from aigc_models.store import resolve

        options.model = resolve(load_catalog().default_model.name).path
    pairs = _texts(options.model, options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        service, socket = _serve(options.model, Path(folder))
        contestants = {
            "llama-cpp-python": Contestant(options.peer_python, "llama", str(options.model)),
            "engine, direct": Contestant(sys.executable, "direct", str(options.model)),
            "engine, HTTP": Contestant(sys.executable, "http", str(socket)),
        }
        try:
            figures = _measure(contestants, pairs)
        finally:
            for contestant in contestants.values():
                contestant.close()
            service.terminate()
            service.wait()
    _print(figures, options.json, options.model.name)


def _print(figures: dict[str, dict[str, list[float]]], path: Path | None, model: str) -> None:
    print(f"{model}, {os.cpu_count()} cores, medians of {len(figures['engine, HTTP']['cold'])} rounds")
    print(f"{'':24}{'cold first token':>18}{'warm first token':>18}{'decode':>14}")
    for name, found in figures.items():
        cold, warm, rate = (statistics.median(found[kind]) for kind in ("cold", "warm", "rate"))
        print(f"{name:24}{cold * 1000:>15.0f} ms{warm * 1000:>15.1f} ms{rate:>8.1f} tok/s")
    ours, peer = figures["engine, HTTP"], figures["llama-cpp-python"]
    ratios = {k: statistics.median(a / b for a, b in zip(ours[k], peer[k], strict=False)) for k in ("cold", "warm")}
    ratios["decode"] = statistics.median(ours["rate"]) / statistics.median(peer["rate"])
    layer = statistics.median(ours["warm"]) - statistics.median(figures["engine, direct"]["warm"])
    print(f"ours / peer: cold {ratios['cold']:.2f} (target 0.5), warm {ratios['warm']:.2f} (target 1.5), "
          f"decode {ratios['decode']:.2f} (target 0.95)")  # fmt: skip
    print(f"HTTP and client add {layer * 1000:.1f} ms to a warm first token (target 3)")
    table = {
        name: {
            "cold_ms": spread(found["cold"], 1000),
            "warm_ms": spread(found["warm"], 1000),
            "decode_tok_s": spread(found["rate"]),
        }
        for name, found in figures.items()
    }
    write(path, "engine", {"model": model, "figures": table, "ratios": ratios, "http_ms": round(layer * 1000, 2)})


if __name__ == "__main__":
    main()
