"""Lines judged by teacher forcing are those that greedy decoding gets right, token by token."""

from __future__ import annotations

from typing import Any

import pytest

from aigc_finetune.evaluate.extraction import continuation, decoding
from aigc_finetune.evaluate.lines import Line, LineFigures, ends_line, line_figures, lines_of, windows
from aigc_finetune.evaluate.reading import Reading, read
from tests.finetune.encode.helpers import CODE, ODD, corpus_file, small_tokenizer
from tests.finetune.evaluate.learnt import learn, untrained

TOKENS = small_tokenizer()


@pytest.fixture(scope="module")
def model() -> Any:
    """Return a model that has learnt half of the text, so that some of its lines are right and some are wrong."""
    made = untrained(TOKENS)
    learn(made, [TOKENS.encode(CODE[: len(CODE) // 2])], 60)
    return made


def reading_of(text: str) -> Reading:
    found = read(TOKENS, text)
    assert found is not None
    return found


def greedy(model: Any, reading: Reading, start: int, line: Line) -> list[int]:
    """Return what greedy decoding writes from a line's first token to the end of the line."""
    found = []
    with decoding(model):
        written = continuation(model, reading.ids[start : line.first], line.last - line.first + 1)
    for token in written:
        if ends_line(TOKENS, token):
            return found
        found.append(token)
    return [*found, -1]  # the line is not ended


@pytest.mark.parametrize("context", [48, 96, 512])
def test_a_line_is_right_exactly_where_greedy_decoding_writes_it(model: Any, context: int) -> None:
    reading = reading_of(CODE)
    figures = line_figures(model, TOKENS, [corpus_file(CODE)], context_length=context)
    right = sum(
        greedy(model, reading, start, line) == reading.ids[line.first : line.last]
        for start, held in windows(reading, context)
        for line in held
    )
    lines = sum(figures.lines.values())
    assert sum(figures.right.values()) == right
    if context == 512:
        assert 0 < right < lines  # else the test would say nothing


def test_lines_are_what_is_code_and_every_one_is_judged_once() -> None:
    text = "first = 1\n\n    # a comment\n  two(x)\n)\n\tthree = 'é'  \n"
    reading = reading_of(text)
    found = [reading.data[line.start : line.end].decode() for line in lines_of(reading)]
    assert found == ["two(x)", "three = 'é'"]  # nothing is before the first token; `)` says too little
    for line in lines_of(reading):
        assert reading.starts[line.first] <= line.start
        assert reading.starts[line.last] >= line.end


@pytest.mark.parametrize("context", [24, 40, 200])
def test_windows_hold_each_line_once_with_room_before_it(context: int) -> None:
    reading = reading_of(CODE)
    seen = []
    for start, held in windows(reading, context):
        assert held[-1].last + 1 - start <= context
        assert start == max(0, held[0].first - context // 2)
        seen += held
    expected = [line for line in lines_of(reading) if line.last < max(0, line.first - context // 2) + context]
    assert seen == expected


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_read_whole(model: Any, text: str) -> None:
    reading = reading_of(text)
    assert reading.starts[-1] == len(reading.data)
    found = line_figures(model, TOKENS, [corpus_file(text)], context_length=64)
    assert sum(found.right.values()) <= sum(found.lines.values())


def test_the_interval_resamples_files() -> None:
    figures = LineFigures({"a": 10, "b": 0}, {"a": 10, "b": 10}, -5.0, 10)
    found = figures.summary(resamples=500)
    assert (found["exact"], found["low"], found["high"]) == (0.5, 0.0, 1.0)
    assert "low" not in LineFigures({"a": 1}, {"a": 2}, -1.0, 4).summary()
    assert LineFigures().summary()["exact"] is None


def test_it_ends_after_the_lines_that_were_asked_for(model: Any) -> None:
    files = [corpus_file(CODE, f"{n}.py") for n in range(5)]
    figures = line_figures(model, TOKENS, files, lines=1)
    assert list(figures.lines) == ["pkg:0.py"]
