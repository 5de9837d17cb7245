"""The contestants of bench/engine.py, each in a process of its own that answers one JSON line with another.

`python engine_workers.py llama MODEL` needs llama-cpp-python, `… direct MODEL` and `… http SOCKET` need aigc-lsp.
A request is {"text": str, "max_tokens": int}; an answer {"first_s": float, "total_s": float, "tokens": int}.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Worker = Callable[[str, int], dict[str, Any]]


def llama(model: str) -> Worker:
    """Return llama-cpp-python, which keeps the common prefix of consecutive prompts in its KV cache."""
    from llama_cpp import Llama

    threads = os.cpu_count() or 1
    runner = Llama(model, n_ctx=4096, n_threads=threads, n_threads_batch=threads, verbose=False)

    def run(text: str, max_tokens: int) -> dict[str, Any]:
        tokens = runner.tokenize(text.encode(), add_bos=False, special=False)
        began = time.perf_counter()
        first, count = 0.0, 0
        for _ in runner.generate(tokens, temp=0.0, top_k=1, repeat_penalty=1.0):
            count += 1
            first = first or time.perf_counter() - began
            if count == max_tokens:
                break
        return {"first_s": first, "total_s": time.perf_counter() - began, "tokens": count, "prompt": len(tokens)}

    return run


def direct(model: str) -> Worker:
    """Return this project's scheduler without HTTP in between."""
    from aigc_models.engine.prompts import Prompter
    from aigc_models.engine.runtimes.base import LoadOptions
    from aigc_models.engine.runtimes.openvino import create
    from aigc_models.engine.scheduler import Scheduler
    from aigc_models.types import CompletionChunk, CompletionRequest

    scheduler = Scheduler(create(LoadOptions("bench", Path(model), "gguf"), lambda fraction, message: None))
    prompter = Prompter(scheduler.runtime, None, "bench")

    def run(text: str, max_tokens: int) -> dict[str, Any]:
        answers: queue.Queue[CompletionChunk | Exception] = queue.Queue()
        began = time.perf_counter()
        request = CompletionRequest(text, max_tokens=max_tokens, heal=False, logprobs=True)
        scheduler.submit(prompter.completion(request, answers.put))
        first = 0.0
        while True:
            item = answers.get()
            if isinstance(item, Exception):
                raise item
            first = first or time.perf_counter() - began
            if item.finish_reason and item.usage:
                total = time.perf_counter() - began
                usage = item.usage
                return {"first_s": first, "total_s": total, "tokens": usage.completion_tokens,
                        "prompt": usage.prompt_tokens, "cached": usage.cached_tokens}  # fmt: skip

    return run


def http(socket: str) -> Worker:
    """Return this project's engine service, asked by its own client over the Unix socket."""
    from aigc_models.client.http import EngineClient
    from aigc_models.types import CompletionRequest

    loop = asyncio.new_event_loop()
    client = EngineClient(socket=Path(socket))

    async def ask(text: str, max_tokens: int) -> dict[str, Any]:
        began = time.perf_counter()
        first = 0.0
        async for chunk in client.complete(CompletionRequest(text, max_tokens=max_tokens, heal=False, logprobs=True)):
            first = first or time.perf_counter() - began
            usage = chunk.usage or None
        total = time.perf_counter() - began
        assert usage is not None
        return {"first_s": first, "total_s": total, "tokens": usage.completion_tokens,
                "prompt": usage.prompt_tokens, "cached": usage.cached_tokens}  # fmt: skip

    return lambda text, max_tokens: loop.run_until_complete(ask(text, max_tokens))


def main() -> None:
    """Answer requests until standard input ends."""
    # Libraries write to standard output; the answers go to a copy of it.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = {"llama": llama, "direct": direct, "http": http}[sys.argv[1]](sys.argv[2])
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(worker(**json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
