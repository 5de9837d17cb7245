"""Intervals: they cover what they should, they are paired, and they are the same for the same seed."""

from __future__ import annotations

import math
import random

import pytest

from aigc_lsp.evaluate.bootstrap import Series, discordant, intervals, ratio


def test_the_interval_of_a_share_is_about_two_standard_errors() -> None:
    series = Series.mean([1.0] * 80 + [0.0] * 120)
    found = intervals({"share": series.of}, 200, resamples=2000)["share"]
    error = math.sqrt(0.4 * 0.6 / 200)
    assert found.value == pytest.approx(0.4)
    assert found.low == pytest.approx(0.4 - 1.96 * error, abs=0.01)
    assert found.high == pytest.approx(0.4 + 1.96 * error, abs=0.01)


def test_a_difference_is_paired_so_that_equal_cases_add_no_width() -> None:
    chance = random.Random(1)
    base = [chance.random() for _ in range(100)]
    one, other = Series.mean([value + 0.1 for value in base]), Series.mean(list(base))
    found = intervals({"gain": lambda pick: one.of(pick) - other.of(pick)}, 100, resamples=500)["gain"]
    assert (found.low, found.high) == (pytest.approx(0.1), pytest.approx(0.1))


def test_the_seed_decides() -> None:
    series = Series.mean([0.0, 1.0, 0.5, 0.25])
    first = intervals({"m": series.of}, 4, resamples=200, seed=3)
    assert first == intervals({"m": series.of}, 4, resamples=200, seed=3)
    assert first != intervals({"m": series.of}, 4, resamples=200, seed=4)


def test_cases_without_a_value_do_not_count() -> None:
    series = Series.mean([1.0, None, 0.0, None])
    assert (series.of(), series.count) == (0.5, 2)
    assert math.isnan(Series.mean([None, None]).of())
    assert math.isnan(intervals({"m": Series.mean([None, None]).of}, 2, resamples=10)["m"].value)


def test_a_quotient_of_sums_weighs_cases_by_their_weight() -> None:
    assert Series((10.0, 1.0), (5.0, 1.0), math.exp).of() == pytest.approx(math.exp(11 / 6))


def test_without_resamples_an_interval_is_its_value() -> None:
    found = intervals({"m": Series.mean([0.0, 1.0]).of}, 2, resamples=0)["m"]
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    one = intervals({"m": Series.mean([1.0]).of}, 1)["m"]
    assert (one.value, one.low, one.high) == (1, 1, 1)


def test_ratios_over_nothing() -> None:
    assert ratio(1, 2) == 0.5
    assert ratio(1, 0) == math.inf
    assert math.isnan(ratio(0, 0))


def test_discordant_pairs_and_their_exact_p_value() -> None:
    one = [True] * 9 + [False] + [True] * 5
    other = [False] * 9 + [True] + [True] * 5
    only_one, only_other, p = discordant(one, other)
    assert (only_one, only_other) == (9, 1)
    assert p == pytest.approx(2 * 11 / 1024)
    assert discordant([True], [True])[2] == 1
