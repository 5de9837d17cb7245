"""Sequence-level distillation: a teacher behind any OpenAI-compatible server writes on from pieces of one's own files.

Kim and Rush 2016. What it writes is a corpus like any other: encode it and train on it. Prompts leave this machine for
that server, so it is named by the user and nothing is sent elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from aigc_finetune.layout import RunFolder, write_atomically
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import CorpusFile, Progress, corpus_line, read_corpus
from aigc_models.types import AigcError

_PARTIAL = ".taught.jsonl.partial"
_TIMEOUT = httpx.Timeout(120.0, connect=10.0)
_ATTEMPTS = 3


class TeacherError(AigcError):
    """The teacher does not answer, or refuses; what it wrote so far is kept and is not asked for again."""


@dataclass(frozen=True, slots=True)
class TeacherServer:
    """An OpenAI-compatible server: `url` up to and with `/v1`, the model's name there, and a key where it needs one."""

    url: str
    model: str = ""
    api_key: str | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """Return the URL for people and files: without a name and a password that it may hold."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))

    def check(self) -> None:
        """Raise TeacherError where the URL is none, or would send a key in the clear."""
        parts = urlsplit(self.url)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise TeacherError(f"{self.place!r} is no URL of a server; it looks like http://localhost:8000/v1.")
        if (self.api_key or parts.password) and parts.scheme == "http" and not local:
            raise TeacherError("A key is not sent over plain http to another machine: use https.")


@dataclass(frozen=True, slots=True)
class Asking:
    """How the teacher is asked: `count` prompts in all, each the `context` characters before a random line's start."""

    count: int = 1000
    context: int = 800
    max_tokens: int = 128
    temperature: float = 0.0
    seed: int = 1


def write_teacher_corpus(
    source: RunFolder,
    target: RunFolder,
    server: TeacherServer,
    *,
    asking: Asking = Asking(),
    progress: Progress = quiet,
    transport: httpx.BaseTransport | None = None,
) -> int:
    """Let the teacher write on from pieces of `source`'s training files, and write `target.corpus`; return how many.

    Each text is the piece and what the teacher wrote after it. The evaluation files are copied as they are. A run that
    was stopped goes on where it was. `transport` is for tests.

    Raises:
        TeacherError: the server cannot be reached or refuses; asking again goes on.
        AigcError: the source has no corpus.
    """
    server.check()
    files = list(read_corpus(source.corpus, "train"))
    if not files:
        raise AigcError(f"{source.corpus} has no training files: collect first (`aigc-lsp finetune`).")
    partial = target.corpus / _PARTIAL
    done = _read_done(partial)
    prompts = list(_prompts(files, asking))
    partial.parent.mkdir(parents=True, exist_ok=True)
    headers = {"Authorization": f"Bearer {server.api_key}"} if server.api_key else {}
    with (
        httpx.Client(headers=headers, timeout=_TIMEOUT, transport=transport, trust_env=transport is None) as http,
        partial.open("a", encoding="utf-8") as stream,
    ):
        for number, (file, prompt) in enumerate(prompts):
            key = _key(prompt, server, asking)
            if key not in done:
                done[key] = _ask(http, server, prompt, asking)
                stream.write(json.dumps({"key": key, "text": done[key]}) + "\n")
                stream.flush()
            progress("distill", (number + 1) / len(prompts), f"the teacher wrote on from {file.path}")
    texts = [
        (file, prompt + done[key]) for file, prompt in prompts if (key := _key(prompt, server, asking)) and done[key]
    ]
    write_atomically(target.corpus / "train.jsonl", "".join(corpus_line(_file(*one, n)) for n, one in enumerate(texts)))
    held_out = source.corpus / "eval.jsonl"
    if held_out.is_file():
        write_atomically(target.corpus / "eval.jsonl", held_out.read_text(encoding="utf-8"))
    partial.unlink()
    return len(texts)


def _prompts(files: list[CorpusFile], asking: Asking) -> Iterator[tuple[CorpusFile, str]]:
    """Yield pieces of files that end where a line begins, always the same for the same files and seed."""
    draw = random.Random(asking.seed)  # noqa: S311 - a choice of samples, nothing secret
    sizes = [len(file.text) for file in files]
    for _ in range(asking.count):
        file = draw.choices(files, sizes)[0] if sum(sizes) else files[0]
        starts = [0, *(place + 1 for place, letter in enumerate(file.text) if letter == "\n")]
        end = draw.choice(starts)
        piece = file.text[max(0, end - asking.context) : end]
        if piece.strip():
            yield file, piece


def _ask(http: httpx.Client, server: TeacherServer, prompt: str, asking: Asking) -> str:
    body = {
        "prompt": prompt, "max_tokens": asking.max_tokens, "temperature": asking.temperature, "seed": asking.seed,
        "stream": False, **({"model": server.model} if server.model else {}),
    }  # fmt: skip
    host = urlsplit(server.url).netloc.rpartition("@")[2]
    cause = ""
    for _ in range(_ATTEMPTS):
        try:
            answer = http.post(f"{server.url.rstrip('/')}/completions", json=body)
            if answer.status_code < 500 and answer.status_code != 429:
                answer.raise_for_status()
                return str(answer.json()["choices"][0]["text"])
            cause = f"HTTP {answer.status_code}"
        except httpx.HTTPStatusError as error:
            raise TeacherError(f"The teacher at {host} refuses (HTTP {error.response.status_code}).") from None
        except httpx.HTTPError as error:
            cause = type(error).__name__
        except (ValueError, KeyError, IndexError, TypeError):
            raise TeacherError(f"{host} does not answer as an OpenAI-compatible server does.") from None
    raise TeacherError(f"The teacher at {host} does not answer ({cause}); the same command goes on when it does.")


def _key(prompt: str, server: TeacherServer, asking: Asking) -> str:
    settings = (server.model, asking.max_tokens, asking.temperature, asking.seed)
    return hashlib.sha256(f"{settings}\n{prompt}".encode("utf-8", "replace")).hexdigest()


def _read_done(partial: Path) -> dict[str, str]:
    """Return what was written before; a line that was cut short is left out, and asked for again."""
    done: dict[str, str] = {}
    if partial.is_file():
        for line in partial.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
                done[entry["key"]] = entry["text"]
            except (ValueError, KeyError, TypeError):
                continue
        # What follows a cut line must begin a line of its own.
        write_atomically(partial, "".join(json.dumps({"key": k, "text": t}) + "\n" for k, t in done.items()))
    return done


def _file(file: CorpusFile, text: str, number: int) -> CorpusFile:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return replace(file, path=f"{file.path}#{number}", text=text, sha256=digest)
