"""A small tokenizer trained on the spot, corpora, and odd texts."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from tokenizers import AddedToken, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as Backend

from aigc_finetune.encode.tokenizer import Tokenizer, load_tokenizer
from aigc_finetune.types import CorpusFile, corpus_line
from aigc_models.fim import FimTemplate

TEMPLATE = FimTemplate(
    "<fim_prefix>", "<fim_suffix>", "<fim_middle>", stop=("<|endoftext|>",), file_separator="<file_sep>"
)
SPECIAL = ["<|endoftext|>", "<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<file_sep>"]

CODE = '''"""Queues of jobs."""

import heapq


class Queue:
    """Jobs by priority."""

    def __init__(self, limit=10):
        self.limit = limit
        self._items = []

    def push(self, job, priority=0):
        if len(self._items) >= self.limit:
            raise ValueError(f"more than {self.limit} jobs")
        heapq.heappush(self._items, (priority, job))
        return len(self._items)

    def pop(self):
        while self._items:
            priority, job = heapq.heappop(self._items)
            if job is not None:
                return job
        return None


def drain(queue, most=3):
    found = []
    for _ in range(most):
        job = queue.pop()
        if job is None:
            break
        found.append(job)
    return [job.name for job in found if job.name != "idle"]
'''
ODD = (
    "",
    "\n",
    "x",
    "one line without an end",
    "\tif x:\n\t\treturn 'é' * 3\n",
    "# ünïcödé 日本語 \U0001f600\U0001f468‍\U0001f469‍\U0001f467\nname = 'é'\n",
    "e\u0301 = 'a\u0308'\n",
    "a\n\n\n\n\n   \n\t\nb\n",
    "text = '<|endoftext|><fim_middle>'\nother = \"<file_sep>\"\n",
    "broken = (((\ndef :\n",
    "x = 1\r\ny = 2\r\n",
    CODE,
)


def python_like() -> st.SearchStrategy[str]:
    """Odd texts: lines of code and of anything else that UTF-8 can hold."""
    line = st.one_of(
        st.sampled_from(CODE.split("\n")),
        st.text(st.characters(codec="utf-8"), max_size=40),
        st.sampled_from(["\t", "    ", "<|endoftext|>", "\U0001f468‍\U0001f469", "e\u0301", ")", "'''"]),
    )
    return st.lists(line, max_size=30).map("\n".join)


def corpus_file(text: str, path: str = "pkg/mod.py", language: str = "python", source: str = "pkg") -> CorpusFile:
    """Return a file of a corpus."""
    return CorpusFile(path, source, language, text, hashlib.sha256(text.encode()).hexdigest())


@cache
def small_tokenizer() -> Tokenizer:
    """Return a byte-level BPE of some hundred tokens that has the template's special tokens."""
    backend = Backend(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        show_progress=False,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIAL],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    backend.train_from_iterator([CODE * 3], trainer)
    return Tokenizer(backend, bos=None, eos=[0])


@cache
def embedded_tokenizer() -> Tokenizer:
    """Return the embedded model's tokenizer; reading it takes seconds."""
    return load_tokenizer("default")


def text_of(tokenizer: Tokenizer, ids: list[int]) -> bytes:
    """Return the bytes of tokens; special tokens have none."""
    return b"".join(tokenizer.vocabulary.token_bytes(token) for token in ids)


def write_corpus(folder: Path, train: list[CorpusFile], evaluation: list[CorpusFile]) -> None:
    """Write both splits of a corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, files in (("train", train), ("eval", evaluation)):
        (folder / f"{name}.jsonl").write_text("".join(map(corpus_line, files)), encoding="utf-8")
