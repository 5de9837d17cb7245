"""Prompt-lookup decoding, measured: the same answers with guessed tokens and without, in turn.

Completions: the embedded model continues functions of the standard library. Edits: it is shown a function twice, the
second time cut off after some lines, as when a file is rewritten with small changes.
"""

from __future__ import annotations

import argparse
import ast
import queue
import random
import statistics
import sysconfig
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

from report import spread, write

from aigc_models.catalog import load_catalog
from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.base import LoadOptions
from aigc_models.engine.runtimes.openvino import create
from aigc_models.engine.scheduler import Scheduler
from aigc_models.store import resolve
from aigc_models.types import CompletionRequest

_TOKENS = 64


def functions(count: int) -> list[str]:
    """Return functions of the standard library, 15 to 60 lines each, always the same ones."""
    found = []
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    random.Random(3).shuffle(files)
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        nodes = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
        fitting = [node for node in nodes if 15 <= (node.end_lineno or 0) - node.lineno <= 60]
        found += [ast.get_source_segment(text, node) or "" for node in fitting[:2]]
        if len(found) >= count:
            break
    return found[:count]


def prompts(count: int) -> dict[str, list[str]]:
    """Return the prompts of both kinds."""
    bodies = functions(count)
    halves = ["\n".join(body.split("\n")[: len(body.split("\n")) // 2]) + "\n" for body in bodies]
    edits = []
    for body in bodies:
        lines = body.split("\n")
        edits.append(f"# Before\n{body}\n\n# After\n" + "\n".join(lines[:5]) + "\n")
    return {"completions": halves, "edits": edits}


def run(scheduler: Scheduler, prompter: Prompter, prompt: str) -> tuple[str, float]:
    """Return an answer and the seconds from its first token to its last."""
    answers: queue.Queue[Any] = queue.Queue()
    scheduler.submit(prompter.completion(CompletionRequest(prompt, max_tokens=_TOKENS), answers.put))
    text, began = "", 0.0
    while True:
        item = answers.get(timeout=120)
        if isinstance(item, Exception):
            raise item
        began = began or time.perf_counter()
        text += item.text
        if item.finish_reason:
            return text, time.perf_counter() - began


def main() -> None:
    """Run both kinds with and without guesses, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=24)
    parser.add_argument("--draft", type=int, default=3, help="tokens guessed at most in one step")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ref = resolve(load_catalog().default_model.name)
    runtime = create(LoadOptions(ref.id, ref.path, ref.format, kv_cache_bytes=512 << 20), lambda fraction, text: None)
    prompter = Prompter(runtime, ref.family, ref.id)
    scheduler = Scheduler(runtime)
    figures = {}
    for kind, cases in prompts(options.cases).items():
        times: dict[str, list[float]] = {"plain": [], "drafted": []}
        same = 0
        counts: Counter[str] = Counter()
        for number, prompt in enumerate(cases):
            run(scheduler, prompter, prompt)  # the prompt is in the cache for both
            told = {}
            for name in list(times) if number % 2 else list(times)[::-1]:
                scheduler.draft_tokens = options.draft if name == "drafted" else 0
                before = Counter(asdict(scheduler.counters))
                told[name], seconds = run(scheduler, prompter, prompt)
                times[name].append(seconds)
                if name == "drafted":
                    counts += Counter(asdict(scheduler.counters)) - before
            same += told["plain"] == told["drafted"]
        ratio = statistics.median(a / b for a, b in zip(times["drafted"], times["plain"], strict=True))
        accepted = counts["accepted_tokens"] / max(counts["drafted_tokens"], 1)
        per_step = counts["decoded_tokens"] / max(counts["steps"], 1)
        figures[kind] = {
            "cases": len(cases),
            "same_text": same,
            "ratio": round(ratio, 3),
            "accepted": round(accepted, 3),
            "tokens_per_step": round(per_step, 2),
            "plain_ms": spread(times["plain"], 1000),
            "drafted_ms": spread(times["drafted"], 1000),
        }
        print(
            f"{kind:12} time with guesses / without {ratio:.2f}, {accepted:.0%} of guessed tokens right, "
            f"{per_step:.2f} tokens a step, {same} of {len(cases)} answers the same"
        )
    write(options.json, "prompt-lookup decoding", {"model": ref.id, "draft": options.draft, "figures": figures})


if __name__ == "__main__":
    main()
