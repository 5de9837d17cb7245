"""Pieces of an answer are gathered for a moment, and nothing is lost, reordered or held back at the end."""

from __future__ import annotations

import pytest

from aigc_models.engine import streaming
from aigc_models.engine.streaming import Batcher
from aigc_models.types import CompletionChunk, Usage


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(streaming.time, "monotonic", lambda: now[0])
    return now


def test_the_first_piece_goes_at_once_and_the_next_ones_together(clock: list[float]) -> None:
    sent: list[CompletionChunk | Exception] = []
    take = Batcher(sent.append)
    for text in ("a", "b", "c"):
        take(CompletionChunk(text, logprobs=(-1.0,)))
    assert sent == [CompletionChunk("a", logprobs=(-1.0,))]
    clock[0] += 1
    take(CompletionChunk("d", logprobs=(-2.0,)))
    assert sent[1:] == [CompletionChunk("bcd", logprobs=(-1.0, -1.0, -2.0))]


def test_the_end_of_a_line_and_of_the_answer_go_at_once(clock: list[float]) -> None:
    sent: list[CompletionChunk | Exception] = []
    take = Batcher(sent.append)
    for text in ("a", "b\n", "c"):
        take(CompletionChunk(text))
    usage = Usage(1, 0, 3)
    take(CompletionChunk("", "stop", usage=usage))
    assert sent == [CompletionChunk("a"), CompletionChunk("b\n"), CompletionChunk("c", "stop", usage=usage)]


def test_an_error_comes_after_what_was_said_before_it(clock: list[float]) -> None:
    sent: list[CompletionChunk | Exception] = []
    take = Batcher(sent.append)
    error = RuntimeError("gone")
    for item in (CompletionChunk("a"), CompletionChunk("b"), error):
        take(item)
    assert sent == [CompletionChunk("a"), CompletionChunk("b"), error]
