"""How long an automatic request waits: measured, not guessed."""

from __future__ import annotations

import pytest

from aigc_lsp.lsp.pace import Pace, in_middle_of_word

LIMIT = 0.25


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pace(clock):
    return Pace(clock)


def type_keys(pace, clock, gap, count=30):
    for _ in range(count):
        clock.now += gap
        pace.key()


def measured(pace, clock, *, gap, answer):
    type_keys(pace, clock, gap)
    for _ in range(30):
        pace.answered(answer)
    return pace


def wait(pace, left="x = a + ", limit=LIMIT, *, shared=True):
    return pace.wait(left, limit, shared=shared)


@pytest.mark.parametrize("shared", [True, False])
def test_an_engine_that_answers_within_a_gap_is_asked_at_once(pace, clock, shared):
    assert wait(measured(pace, clock, gap=0.2, answer=0.15), shared=shared) == 0


def test_the_wait_grows_with_what_an_answer_takes_longer_than_a_gap(pace, clock):
    assert wait(measured(pace, clock, gap=0.1, answer=0.15)) == pytest.approx(0.05, abs=0.005)


def test_a_slow_engine_is_asked_when_the_keys_rest_one_s_own_sooner(pace, clock):
    measured(pace, clock, gap=0.1, answer=3.0)
    assert wait(pace) == pytest.approx(0.15, abs=0.005)
    assert 0 < wait(pace, shared=False) < 0.05


def test_the_setting_is_the_longest_wait(pace, clock):
    measured(pace, clock, gap=0.4, answer=3.0)
    assert wait(pace) == LIMIT
    assert wait(pace, limit=0.0) == 0


def test_until_something_was_measured_the_wait_is_short(pace):
    assert 0 < wait(pace) < 0.1


def test_a_pause_to_think_is_no_gap(pace, clock):
    type_keys(pace, clock, 0.1)
    usual = pace.gap_s
    clock.now += 60
    pace.key()
    assert pace.gap_s == usual


def test_an_answer_that_was_given_up_counts_only_where_it_was_slower_than_usual(pace, clock):
    measured(pace, clock, gap=0.2, answer=0.3)
    pace.given_up(0.05)
    assert pace.answer_s == pytest.approx(0.3)
    pace.given_up(2.0)
    assert pace.answer_s > 0.5


def test_an_engine_that_never_answers_in_time_is_known_to_be_slow(pace, clock):
    type_keys(pace, clock, 0.1)
    pace.given_up(0.05)
    assert pace.answer_s is None
    pace.given_up(0.5)
    assert pace.answer_s == 0.5


@pytest.mark.parametrize("left", ["", "    ", "foo(", "a = ", "a =", "self.", "    return ", "x = [", "f(a, ", "from "])
def test_where_only_an_answer_helps_nothing_is_waited_for(pace, clock, left):
    assert wait(measured(pace, clock, gap=0.1, answer=3.0), left) == 0


@pytest.mark.parametrize("shared", [True, False])
def test_in_the_middle_of_a_word_the_engine_is_asked_when_the_keys_rest(pace, clock, shared):
    measured(pace, clock, gap=0.1, answer=0.05)
    assert wait(pace, "x = na", shared=shared) == pytest.approx(0.15, abs=0.005)
    assert wait(pace, "x = na ", shared=shared) == 0


@pytest.mark.parametrize(
    ("left", "inside"), [("retu", True), ("x.na", True), ("größe", True), ("x = 12", False), ("f(", False), ("", False)]
)
def test_the_middle_of_a_word_is_behind_the_beginning_of_a_name(left, inside):
    assert in_middle_of_word(left) is inside
