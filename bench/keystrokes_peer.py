"""The peer's side of bench/keystrokes.py: llama-cpp-python's server, driven as llama.vim drives llama.cpp's.

As llama.vim does: a request after every key, unless the one before still runs (it is never cancelled; then again after
100 ms), or one for this very place is cached, or more than 8 characters stand behind the cursor; the text of at most
256 lines before and 64 behind; a blank line's indentation is left out and trimmed off the answer; the answer comes as a
whole and is cached (250 keys); a place whose text followed from a cached answer by typing (up to 128 characters back)
shows the rest of it; under each shown suggestion a second request runs for what comes after it.
As llama.cpp's server does: at most 128 tokens; an end after a line break once 250 ms (1,000 for what comes after a
suggestion) have gone into writing, and before a line with less indentation than the one that was begun.
Two things are given to it: the budget of the prompt and its anchor are ours (its own window would move at every line of
a long file, and this server evaluates everything anew then), and it samples greedily, as we do.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
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

_PREDICT, _RETRY_S, _KEYS, _BACK, _LINE_SUFFIX = 128, 0.1, 250, 128, 8
_FIRST_S, _NEXT_S = 0.25, 1.0
_BUDGET_CHARS = 1024 * 3
_LINES = 256
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
        self._random = random.Random(1)
        self._calls = self._prompt = self._decoded = 0
        self._count: Any = None
        self._language = "python"
        self._text, self._cursor = "", 0
        self._cache: dict[str, str] = {}
        self._job: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._generation = 0
        self.screen = Screen()

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
        await self._complete("def warm_up():\n", 4, 1.0)
        self._calls = self._prompt = self._decoded = 0
        self._log.flush()
        self._start = Path(self._log.name).stat().st_size

    async def figures(self) -> dict[str, int]:
        """Return totals: calls of the server, tokens of prompts, of these cached, tokens decoded."""
        with Path(self._log.name).open("rb") as log:
            log.seek(self._start)
            cached = sum(int(hit[1]) for hit in _HIT.finditer(log.read()))
        return {"calls": self._calls, "prompt": self._prompt, "cached": cached, "decoded": self._decoded}

    async def open(self, segment: Segment) -> None:
        """Open a file."""
        self._generation += 1
        self._text, self._cursor, self._language = segment.text, segment.cursor, segment.language
        self.screen = Screen()

    async def key(self, event: Event) -> None:
        """Press a key: hide, look into the cache, ask."""
        if event.text is not None:
            self._text = self._text[: event.start] + event.text + self._text[event.end :]
        self._cursor = event.cursor
        hint = self._hint()
        self.screen.key(event, hint)
        if hint:
            self._fim(hint)
        self._fim("")

    async def rest(self) -> None:
        """Let what runs in the background come to its end."""
        if self._timer is not None:
            self._timer.cancel()
        if self._job is not None:
            await asyncio.wait([self._job])

    async def close(self) -> None:
        """End the server."""
        await self._http.aclose()
        self._process.terminate()
        await asyncio.to_thread(self._process.wait)
        self._log.close()

    def _context(self, added: str) -> tuple[str, str, str, str]:
        """Return what stands before the line, on it up to the cursor, behind the cursor, and the rest of the line."""
        from aigc_plugins.inline.window import prefix_text
        from aigc_plugins.syntax import PLAIN, language_for

        before, after = self._text[: self._cursor], self._text[self._cursor :]
        rest = after.partition("\n")[0]
        if added:
            before, after = before + added, after[len(rest) :]
        line = before.rpartition("\n")[2]
        if not (line + rest).strip():
            before, after = before[: len(before) - len(line)], after[len(rest) :]
        window = prefix_text(language_for(self._language) or PLAIN, before + after, len(before), _BUDGET_CHARS)
        lines = window.split("\n")
        window = "\n".join(lines[-_LINES - 1 :])
        middle = window.rpartition("\n")[2]
        below = "\n".join(after.split("\n")[:65])
        return window[: len(window) - len(middle)], middle, below, rest

    def _hint(self) -> str | None:
        """Return what is cached for the place of the cursor, as it would be shown."""
        prefix, middle, suffix, _ = self._context("")
        best = self._cache.get(_key(prefix, middle, suffix))
        if best is None:
            text, size = prefix + middle, 0
            for back in range(1, min(_BACK, len(text) - 1) + 1):
                found = self._cache.get(_hash(text[:-back], suffix))
                if found and found.startswith(text[-back:]) and len(found) - back > size:
                    best, size = found[back:], len(found) - back
        return self._shown(best) if best is not None else None

    def _shown(self, content: str) -> str | None:
        """Return an answer as it is shown, None where llama.vim hides it: blank, or a repetition of what is below."""
        lines = content.split("\n")
        while lines and not lines[-1]:
            lines.pop()
        start = self._text.rfind("\n", 0, self._cursor) + 1
        here, rest = self._text[start : self._cursor], self._text[self._cursor :].partition("\n")[0]
        if not lines:
            return None
        if not (here + rest).strip():
            lead = min(len(lines[0]) - len(lines[0].lstrip()), len(here))
            here, lines[0] = lines[0][:lead], lines[0][lead:]
        below = self._text[self._cursor :].split("\n")[1:]
        if (len(lines) > 1 and not lines[0] and lines[1:] == below[: len(lines) - 1]) or lines == [rest]:
            return None
        while len(below) > 1 and not below[0].strip():
            below = below[1:]
        if below and here + lines[0] == below[0] and (
            len(lines) == 1
            or (len(lines) == 2 and len(below) > 1 and below[1].startswith(lines[1]))
            or (len(lines) > 2 and lines[1:] == below[1 : len(lines)])
        ):  # fmt: skip
            return None
        text = "\n".join(lines)
        return text if text.strip() else None

    def _fim(self, shown: str) -> None:
        """Ask, or try again in a while."""
        if self._job is not None:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(_RETRY_S, self._again, shown, self._generation)
            return
        prefix, middle, suffix, rest = self._context(shown)
        if (len(rest) > _LINE_SUFFIX and not shown) or _key(prefix, middle, suffix) in self._cache:
            return
        self._job = asyncio.create_task(self._run(prefix, middle, suffix, bool(shown)))

    def _again(self, shown: str, generation: int) -> None:
        self._timer = None
        if generation == self._generation:
            self._fim(shown)

    async def _run(self, prefix: str, middle: str, suffix: str, follows: bool) -> None:
        generation = self._generation
        indent = len(middle) - len(middle.lstrip())
        content = await self._complete(prefix + middle, _PREDICT, _NEXT_S if follows else _FIRST_S, indent)
        if generation == self._generation:
            for key in _keys(prefix, middle, suffix):
                if len(self._cache) >= _KEYS:
                    del self._cache[self._random.choice(list(self._cache))]
                self._cache[key] = content
            if self.screen.ghost is None:
                hint = self._hint()
                mine = self._context("")[:3] == (prefix, middle, suffix)
                if hint or mine:
                    self.screen.show(hint)
                if hint:
                    self._fim(hint)
        self._job = None

    async def _complete(self, prompt: str, tokens: int, seconds: float, indent: int = 0) -> str:
        self._calls += 1
        self._prompt += len(self._count(prompt))
        body = {"prompt": prompt, "max_tokens": tokens, "temperature": 0.0, "stream": True}
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


def _hash(before: str, suffix: str) -> str:
    return hashlib.sha256(f"{before}\0{suffix}".encode()).hexdigest()


def _key(prefix: str, middle: str, suffix: str) -> str:
    return _hash(prefix + middle, suffix)


def _keys(prefix: str, middle: str, suffix: str) -> list[str]:
    """Return the keys of a place, and those where the window begins up to three lines further down."""
    found = [_key(prefix, middle, suffix)]
    for _ in range(3):
        prefix = prefix.partition("\n")[2]
        if not prefix:
            break
        found.append(_key(prefix, middle, suffix))
    return found
