"""Continuous batching over the fake runtime: order, limits, cancellation, faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aigc_models.engine.scheduler import Scheduler
from aigc_models.types import CompletionRequest, EngineBusyError, EngineRequestError, EngineUnavailableError
from tests.models.engine.helpers import fake_runtime, submit


@contextmanager
def scheduler(limits: dict[str, int] | None = None, **params: str) -> Iterator[Scheduler]:
    running = Scheduler(fake_runtime(**params), **(limits or {}))
    try:
        yield running
    finally:
        running.stop()


def _until(condition: object, timeout: float = 10.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_request_is_answered_with_text_reason_and_usage() -> None:
    with scheduler(text="hello") as engine:
        text, last = submit(engine, CompletionRequest("abc")).text()
    assert text == "hello"
    assert last.finish_reason == "stop"
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (3, 5)


def test_the_answer_ends_at_max_tokens() -> None:
    with scheduler(text="hello") as engine:
        text, last = submit(engine, CompletionRequest("abc", max_tokens=2)).text()
    assert (text, last.finish_reason) == ("he", "length")


def test_log_probabilities_come_one_a_token() -> None:
    with scheduler(text="hi") as engine:
        run = submit(engine, CompletionRequest("abc", logprobs=True))
        chunks = [run.answers.get(timeout=5) for _ in range(3)]
    assert [len(chunk.logprobs) for chunk in chunks] == [1, 1, 0]  # type: ignore[union-attr]


def test_several_requests_run_at_once() -> None:
    with scheduler(text="x" * 50, step_ms="2") as engine:
        runs = [submit(engine, CompletionRequest(f"p{i}", max_tokens=50)) for i in range(4)]
        assert [run.text()[0] for run in runs] == ["x" * 50] * 4
        assert engine.counters.steps < 80  # one after the other would take 200


def test_a_long_prompt_does_not_hold_up_one_that_decodes() -> None:
    with scheduler({"chunk_tokens": 8}, text="y" * 30, step_ms="1") as engine:
        first = submit(engine, CompletionRequest("a", max_tokens=30))
        _until(lambda: engine.counters.decoded_tokens > 0)
        submit(engine, CompletionRequest("b" * 2000, max_tokens=4))
        assert first.text()[0] == "y" * 30
        assert engine.counters.steps < 60  # 2,000 tokens in eights would be 250 steps


def test_a_cancelled_request_stops_within_one_token() -> None:
    with scheduler(text="z" * 5000, step_ms="5", context="9000") as engine:
        run = submit(engine, CompletionRequest("a", max_tokens=5000))
        _until(lambda: engine.counters.decoded_tokens >= 3)
        assert run.sequence is not None
        engine.cancel(run.sequence)
        decoded = engine.counters.decoded_tokens
        _until(lambda: engine.counters.cancelled == 1)
        time.sleep(0.05)
        assert engine.counters.decoded_tokens <= decoded + 1
        assert engine.counters.max_decoded_after_cancel <= 1
        assert engine.busy == 0


def test_a_request_that_still_waits_can_be_cancelled() -> None:
    with scheduler({"max_running": 1}, text="z" * 200, step_ms="2") as engine:
        submit(engine, CompletionRequest("a", max_tokens=200))
        waiting = submit(engine, CompletionRequest("b"))
        assert waiting.sequence is not None
        engine.cancel(waiting.sequence)
        _until(lambda: engine.counters.cancelled == 1)
        assert engine.counters.prompt_tokens == 1


def test_a_full_queue_refuses_and_says_so() -> None:
    with scheduler({"max_running": 1, "max_waiting": 2}, text="z" * 500, step_ms="5") as engine:
        submit(engine, CompletionRequest("a", max_tokens=500))
        _until(lambda: engine.snapshot()["running"] == 1)
        submit(engine, CompletionRequest("b"))
        submit(engine, CompletionRequest("c"))
        with pytest.raises(EngineBusyError, match="2 requests are waiting"):
            submit(engine, CompletionRequest("d"))
        assert engine.counters.refused == 1


def test_a_prompt_beyond_the_context_is_refused_with_the_numbers() -> None:
    with scheduler(context="64") as engine, pytest.raises(EngineRequestError, match=r"100 tokens .* 64"):
        submit(engine, CompletionRequest("a" * 100))


def test_a_fault_costs_the_running_requests_and_not_the_engine() -> None:
    with scheduler(text="hello", fail_after="2") as engine:
        with pytest.raises(EngineUnavailableError, match="asked to fail"):
            submit(engine, CompletionRequest("abc")).text()
        assert submit(engine, CompletionRequest("abc")).text()[0] == "hello"


def test_stop_fails_what_is_left() -> None:
    engine = Scheduler(fake_runtime(text="z" * 500, step_ms="5"))
    run = submit(engine, CompletionRequest("a", max_tokens=500))
    engine.stop()
    with pytest.raises(EngineUnavailableError, match="stopping"):
        run.text()
    with pytest.raises(EngineUnavailableError):
        submit(engine, CompletionRequest("a"))


def test_a_fault_while_warming_up_costs_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = fake_runtime(text="hello")
    tried = threading.Event()

    def fail() -> None:
        tried.set()
        raise RuntimeError("cold")

    monkeypatch.setattr(runtime, "warm_up", fail)
    engine = Scheduler(runtime)
    try:
        assert tried.wait(5)
        assert submit(engine, CompletionRequest("abc")).text()[0] == "hello"
    finally:
        engine.stop()


def test_drafted_tokens_save_steps_and_change_no_answer() -> None:
    text = "one two three, one two three, one two four, one two three."
    prompt = "one two three, "
    with scheduler(text=text) as engine:
        plain = submit(engine, CompletionRequest(prompt, max_tokens=100)).text()
        steps = engine.counters.steps
    with scheduler(text=text, rewinds="1") as engine:
        drafted = submit(engine, CompletionRequest(prompt, max_tokens=100)).text()
        counters = engine.counters
    assert drafted == plain
    assert counters.steps < steps * 0.7
    assert counters.decoded_tokens == steps
    assert 0 < counters.accepted_tokens < counters.drafted_tokens


@pytest.mark.parametrize("length", [1, 2, 3, 9, 10])
def test_a_draft_goes_over_no_limit(length: int) -> None:
    with scheduler(text="ab" * 20, rewinds="1") as engine:
        text, last = submit(engine, CompletionRequest("abab", max_tokens=length)).text()
    assert (text, last.finish_reason) == (("ab" * 20)[:length], "length")
    assert last.usage is not None
    assert last.usage.completion_tokens == length


def test_log_probabilities_come_for_drafted_tokens_too() -> None:
    with scheduler(text="abababab", rewinds="1") as engine:
        run = submit(engine, CompletionRequest("abab", logprobs=True))
        chunks = [run.answers.get(timeout=5) for _ in range(9)]
    assert [len(chunk.logprobs) for chunk in chunks] == [1] * 8 + [0]  # type: ignore[union-attr]


def test_a_sampled_answer_is_not_drafted() -> None:
    with scheduler(text="abababab", rewinds="1") as engine:
        submit(engine, CompletionRequest("abab", temperature=0.5, seed=1)).text()
        assert engine.counters.drafted_tokens == 0


def test_what_the_prompt_cost_is_told_with_the_first_piece() -> None:
    with scheduler(text="hello") as engine:
        run = submit(engine, CompletionRequest("abc"))
        first = run.answers.get(timeout=5)
        rest = [run.answers.get(timeout=5) for _ in range(5)]
    assert first.usage is not None  # type: ignore[union-attr]
    assert first.usage.prompt_tokens == 3  # type: ignore[union-attr]
    assert [item.usage is not None for item in rest] == [False] * 4 + [True]  # type: ignore[union-attr]
