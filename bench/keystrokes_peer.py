"""The peer's side of bench/keystrokes.py: llama-cpp-python's server, driven as llama.vim drives llama.cpp's.

What llama.cpp's server does with llama.vim's requests is done here: at most 128 tokens; an end after a line break once
250 ms (1,000 for what comes after a suggestion) have gone into writing, and before a line with less indentation than
the one that was begun. Two things are given to the peer: the budget of the prompt and its anchor are ours (its own
window would move at every line of a long file, and this server would evaluate everything anew), and it samples
greedily, as we do. Its prompt is the text before the cursor: the embedded model has no tokens for filling in.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
from keystrokes_screen import Screen
from keystrokes_trace import Segment
from keystrokes_typist import Event
from keystrokes_vim import LlamaVim

_PREDICT = 128
_BUDGET_CHARS = 1024 * 3
_HIT = re.compile(rb"Llama\.generate: (\d+) prefix-match hit, remaining (\d+) prompt tokens to eval")


class Peer:
    """A server process and an editor with llama.vim."""

    name = "llama-cpp-python, as llama.vim drives it"

    def __init__(self, python: str, model: Path, folder: Path) -> None:
        self._log = (folder / "peer.log").open("wb")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._model = model
        self._process = subprocess.Popen(
            [python, "-m", "llama_cpp.server", "--model", str(model), "--port", str(port), "--n_ctx", "4096",
             "--n_threads", "2", "--n_threads_batch", "2", "--verbose", "true"],
            stdout=self._log, stderr=self._log,
        )  # fmt: skip
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        self._calls = self._prompt = self._decoded = 0
        self._count: Any = None
        self._start = 0
        self._editor = LlamaVim(self._answer, _window)

    @property
    def screen(self) -> Screen:
        """What is seen in the open file."""
        return self._editor.screen

    async def start(self) -> None:
        """Wait until the server answers, and let it write a little."""
        from aigc_models.engine.gguf_tokenizer import read_gguf
        from aigc_models.engine.vocabulary import TokenizersVocabulary

        self._count = TokenizersVocabulary(read_gguf(self._model)[1]).encode_text
        while True:
            if self._process.poll() is not None:
                raise SystemExit("the peer's server did not start; has its Python llama-cpp-python[server]?")
            try:
                await self._http.get("/v1/models")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.2)
        await self._answer("def warm_up():\n", 0.1, 0)
        self._calls = self._prompt = self._decoded = 0
        self._start = Path(self._log.name).stat().st_size

    async def figures(self) -> dict[str, int]:
        """Return totals: calls of the server, tokens of prompts, of these cached, tokens decoded."""
        with Path(self._log.name).open("rb") as log:
            log.seek(self._start)
            cached = sum(int(hit[1]) for hit in _HIT.finditer(log.read()))
        return {"calls": self._calls, "prompt": self._prompt, "cached": cached, "decoded": self._decoded}

    async def open(self, segment: Segment) -> None:
        """Open a file."""
        self._editor.open(segment)

    async def key(self, event: Event) -> None:
        """Press a key."""
        self._editor.key(event)

    async def rest(self) -> None:
        """Let what runs in the background come to its end."""
        await self._editor.rest()

    async def close(self) -> None:
        """End the server."""
        await self._http.aclose()
        self._process.terminate()
        await asyncio.to_thread(self._process.wait)
        self._log.close()

    async def _answer(self, prompt: str, seconds: float, indent: int) -> str:
        """Return the server's answer, ended where llama.cpp's server would end it."""
        self._calls += 1
        self._prompt += len(self._count(prompt))
        body = {"prompt": prompt, "max_tokens": _PREDICT, "temperature": 0.0, "stream": True}
        text, began = "", None
        async with self._http.stream("POST", "/v1/completions", json=body) as response:
            async for line in response.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                text += json.loads(line[6:])["choices"][0]["text"]
                self._decoded += 1
                began = began or time.perf_counter()
                if "\n" not in text:
                    continue
                last = text.rpartition("\n")[2]
                if last.strip() and len(last) - len(last.lstrip()) < indent:
                    return text[: len(text) - len(last)].rstrip("\n")
                if time.perf_counter() - began > seconds:
                    return text
        return text


def _window(language: str, before: str, after: str) -> str:
    from aigc_plugins.inline.window import prefix_text
    from aigc_plugins.syntax import PLAIN, language_for

    return prefix_text(language_for(language) or PLAIN, before + after, len(before), _BUDGET_CHARS)
