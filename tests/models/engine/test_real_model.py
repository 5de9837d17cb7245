"""The embedded model on the CPU runtime: what is cached or runs beside others must not change an answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from aigc_models.catalog import load_catalog
from aigc_models.engine.paged_cache import PagedCache
from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.base import LoadOptions
from aigc_models.engine.scheduler import Scheduler
from aigc_models.engine.scoring import score
from aigc_models.store import ModelMissingError, resolve
from aigc_models.types import ChatMessage, ChatRequest, CompletionChunk, CompletionRequest
from tests.models.engine.helpers import Run

pytestmark = pytest.mark.real_model

FIBONACCI = "def fibonacci(n):\n    if n < 2:\n        return n\n    "
CLASS = '''class Stack:
    """A stack of values."""

    def __init__(self):
        self._items = []

    def push(self, item):
        self._items.append(item)

    def pop(self):
'''
LOOP = "total = 0\nfor value in [1, 2, 3]:\n    total += value\nprint("
PROSE = "// Returns the larger of two numbers.\nfunction max(a, b) {\n  return a > b ?"
PROMPTS = [FIBONACCI, CLASS, LOOP, PROSE]


class Model:
    """The loaded runtime, and one prompter for it."""

    def __init__(self) -> None:
        pytest.importorskip("openvino")
        from aigc_models.engine.runtimes.openvino import create

        name = load_catalog().default_model.name
        try:
            ref = resolve(name)
        except ModelMissingError as error:
            pytest.fail(f"The tests with the real model need it: run `aigc-lsp models pull {name}`. ({error})")
        self.runtime = create(LoadOptions(ref.id, ref.path, ref.format), lambda fraction, text: None)
        self.prompter = Prompter(self.runtime, ref.family, ref.id)
        self.scheduler = Scheduler(self.runtime)

    def submit(self, request: CompletionRequest) -> Run:
        run = Run()
        run.sequence = self.prompter.completion(request, run.answers.put)
        self.scheduler.submit(run.sequence)
        return run

    def say(self, prompt: str, tokens: int = 32) -> str:
        return self.submit(CompletionRequest(prompt, max_tokens=tokens)).text()[0]

    def cached(self, prompt: str) -> int:
        usage = self.submit(CompletionRequest(prompt, max_tokens=1)).text()[1].usage
        assert usage is not None
        return usage.cached_tokens

    def forget(self) -> None:
        """Begin with an empty prefix cache."""
        runtime = self.runtime
        runtime._cache = PagedCache(runtime._cache.capacity, runtime._cache.block_size, runtime._copy_block)


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    made = Model()
    yield made
    made.scheduler.stop()


@pytest.fixture
def until_idle(model: Model) -> Iterator[None]:
    yield
    deadline = time.monotonic() + 20
    while model.scheduler.busy:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_warm_answer_is_the_cold_one(model: Model) -> None:
    for prompt in PROMPTS:
        model.forget()
        assert model.cached(prompt) == 0
        model.forget()
        cold = model.say(prompt)
        assert cold.strip()
        assert model.say(prompt) == cold
        assert model.cached(prompt) > 0
        # As an editor asks: after the same text with less at its end.
        model.forget()
        model.say(prompt[: len(prompt) // 2], 4)
        model.say(prompt[:-3], 4)
        assert model.say(prompt) == cold


def test_requests_at_once_are_answered_as_one_by_one(model: Model) -> None:
    alone = {}
    for prompt in PROMPTS:
        model.forget()
        alone[prompt] = model.say(prompt)
    model.forget()
    runs = {prompt: model.submit(CompletionRequest(prompt, max_tokens=32)) for prompt in PROMPTS}
    assert {prompt: run.text()[0] for prompt, run in runs.items()} == alone


@pytest.mark.parametrize(
    ("prompt", "beginning"),
    [
        ("def add(a, b):\n    ret", "urn"),
        ("def add(a, b):\n    return a + b\n\n\nprint(ad", "d("),
        ("class A:\n    def __ini", "t__(self"),
        ("import os\nimport sy", "s"),
        ("def add(a, b):\n    return", " "),
    ],
)
def test_half_a_word_is_finished(model: Model, prompt: str, beginning: str) -> None:
    assert model.say(prompt, 12).startswith(beginning)


@pytest.mark.parametrize("end", ["", "\n", "\n ", "\n  ", "\n    "])
def test_a_prompt_cut_anywhere_in_white_space_gives_the_same_code(model: Model, end: str) -> None:
    whole = model.say("def add(a, b):", 12)
    assert whole.startswith("\n    ")
    assert (end + model.say("def add(a, b):" + end, 12))[: len(whole) - 4] == whole[: len(whole) - 4]


def test_a_cancelled_request_decodes_no_more(model: Model, until_idle: None) -> None:
    counters = model.scheduler.counters
    before = counters.decoded_tokens, counters.cancelled
    run = model.submit(CompletionRequest(PROSE, max_tokens=400))
    run.answers.get(timeout=20)
    assert run.sequence is not None
    model.scheduler.cancel(run.sequence)
    deadline = time.monotonic() + 10
    while counters.cancelled == before[1]:
        assert time.monotonic() < deadline
        time.sleep(0.001)
    decoded = counters.decoded_tokens
    time.sleep(0.3)
    assert counters.decoded_tokens == decoded < before[0] + 40
    assert counters.max_decoded_after_cancel <= 1
    assert model.say(PROSE, 8)


def test_chat_answers_a_question(model: Model) -> None:
    run = Run()
    question = ChatRequest((ChatMessage("user", "What is the capital of France? One word."),), max_tokens=24)
    model.scheduler.submit(model.prompter.chat(question, run.answers.put))
    text, last = run.text()
    assert "Paris" in text
    assert last.finish_reason == "stop"


def test_a_score_is_what_the_model_says_of_its_own_words(model: Model) -> None:
    model.forget()
    request = CompletionRequest(FIBONACCI, max_tokens=12, logprobs=True)
    said: list[float] = []
    text = ""
    answers = model.submit(request).answers
    while True:
        item = answers.get(timeout=20)
        assert isinstance(item, CompletionChunk)
        said += item.logprobs
        text += item.text
        if item.finish_reason:
            break
    texts = [text, " " + "x" * len(text), *(text[:size] for size in (3, 8))]
    scores = asyncio.run(score(model.scheduler, model.prompter, request, texts))
    model.forget()  # cold, and the prompt in slices: the same figures
    cold = asyncio.run(score(model.scheduler, model.prompter, request, texts[:1]))
    assert sum(cold[0]) == pytest.approx(sum(said), abs=0.05)
    assert scores[0] == pytest.approx(cold[0], abs=1e-3)
    assert sum(scores[0]) > sum(scores[1]) + 10
    assert all(value <= 0 for one in scores for value in one)


def test_a_score_of_a_long_prompt_is_computed_in_slices(model: Model) -> None:
    model.forget()
    request = CompletionRequest("".join(f"value_{n} = {n}\n" for n in range(120)))
    texts = ["value_120 = 120\n" * 30, "value_120 = 120\n"]
    long, short = asyncio.run(score(model.scheduler, model.prompter, request, texts))
    assert len(long) > 256
    assert short == pytest.approx(long[: len(short)], abs=1e-2)
