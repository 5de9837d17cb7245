"""The metrics against definitions, published values and slower ways to the same figure."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_lsp.evaluate.metrics import (
    edit_distance,
    edit_similarity,
    exact_match,
    pass_at_k,
    perplexity,
    prefix_match,
)


def plain_distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


@given(st.text(alphabet="abé\n🙂", max_size=70), st.text(alphabet="abé\n🙂", max_size=70))
def test_the_edit_distance_is_that_of_the_textbook(one: str, other: str) -> None:
    assert edit_distance(one, other) == plain_distance(one, other)


def test_the_edit_distance_of_known_words() -> None:
    assert edit_distance("kitten", "sitting") == 3
    assert edit_similarity("kitten", "sitting") == pytest.approx(1 - 3 / 7)
    assert edit_similarity("", "") == 1
    assert edit_similarity("", "abc") == 0


@pytest.mark.parametrize(
    ("suggested", "reference", "same"),
    [("x = 1", "x = 1\n", True), ("\nx = 1", "x = 1", True), (" x", "x", False), ("", "x", False), ("x", "X", False)],
)
def test_white_space_at_the_ends_is_no_difference_but_indentation_is(
    suggested: str, reference: str, same: bool
) -> None:
    assert exact_match(suggested, reference) is same


@pytest.mark.parametrize(
    ("suggested", "reference", "share"),
    [("abcd", "abcd", 1), ("abx", "abcd", 0.5), ("", "abcd", 0), ("abcdef", "abcd", 1), ("", "", 1), ("x", "", 0)],
)
def test_the_prefix_match_is_a_share_of_the_reference(suggested: str, reference: str, share: float) -> None:
    assert prefix_match(suggested, reference) == share


def test_perplexity_of_a_fair_choice_is_the_number_of_choices() -> None:
    assert perplexity([math.log(1 / 8)] * 5) == pytest.approx(8)
    assert perplexity([-1e6]) == math.inf
    with pytest.raises(ValueError, match="token"):
        perplexity([])


@given(st.integers(1, 9), st.data())
def test_pass_at_k_is_the_share_of_choices_that_hold_a_right_one(samples: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, samples))
    k = data.draw(st.integers(1, samples))
    answers = [place < right for place in range(samples)]
    every = [any(chosen) for chosen in combinations(answers, k)]
    assert pass_at_k(samples, right, k) == pytest.approx(sum(every) / len(every))


def test_pass_at_k_has_no_bias() -> None:
    chance, rate, k = random.Random(4), 0.3, 3
    estimates = [pass_at_k(6, sum(chance.random() < rate for _ in range(6)), k) for _ in range(20_000)]
    assert sum(estimates) / len(estimates) == pytest.approx(1 - (1 - rate) ** k, abs=0.01)


@pytest.mark.parametrize("wrong", [(3, 4, 1), (3, 1, 4), (3, 1, 0), (3, -1, 1)])
def test_pass_at_k_of_too_few_samples_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="pass@"):
        pass_at_k(*wrong)
