"""Plots of the losses, in characters and as an image."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_finetune.train.report.curve import CurveHook, curve_png, smoothed, terminal_curve
from aigc_finetune.train.report.log import History, LogHook

from .facts import end, start, step


def test_the_average_of_a_constant_is_the_constant() -> None:
    assert [loss for _, loss in smoothed([(number, 2.0) for number in range(5)])] == pytest.approx([2.0] * 5)


def test_the_average_lags_behind_a_jump() -> None:
    losses = [loss for _, loss in smoothed([(1, 4.0), (2, 4.0), (3, 1.0)], weight=0.5)]
    assert losses == pytest.approx([4.0, 4.0, (4.0 * 0.25 + 4.0 * 0.125 + 1.0 * 0.5) / 0.875])


def test_the_curve_in_a_terminal() -> None:
    history = History([(number, 4.0 - number / 10) for number in range(1, 21)], [(10, 3.5), (20, 2.5)])
    assert terminal_curve(history, width=20, height=5).splitlines() == [
        "   3.900 │···",
        "         │   ····· o",
        "         │        ····",
        "         │            ·····  o",
        "   2.000 │                 ···",
        "         └────────────────────",
        "          1           20 steps",
        "          · train   o evaluation, last 2.500",
    ]


@given(
    st.lists(st.tuples(st.integers(1, 1000), st.floats()), max_size=200),
    st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 20)), max_size=5),
    st.integers(8, 80),
    st.integers(2, 20),
)
def test_any_losses_can_be_drawn(
    train: list[tuple[int, float]], evals: list[tuple[int, float]], width: int, height: int
) -> None:
    text = terminal_curve(History(sorted(train), sorted(evals)), width, height)
    if text != "no losses yet":
        assert len(text.splitlines()) == height + 3


def test_the_image_is_written_at_an_evaluation_and_at_the_end(tmp_path: Path) -> None:
    log, image = LogHook(tmp_path / "log.jsonl"), tmp_path / "loss.png"
    hook = CurveHook(tmp_path / "log.jsonl", image)
    log.on_start(start())
    log.on_step(step(1, 3.0))
    log.on_eval(1, 2.0)
    hook.on_eval(1, 2.0)
    first = image.read_bytes()
    log.on_step(step(2, 2.0))
    hook.on_end(end())
    assert first.startswith(b"\x89PNG")
    assert image.read_bytes() != first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.jsonl", "loss.png"]


def test_the_image_of_no_losses_is_an_image() -> None:
    assert curve_png(History(), "nothing yet").startswith(b"\x89PNG")
