"""Greedy and random choice of tokens."""

from __future__ import annotations

import numpy as np

from aigc_models.engine.sampling import Sampler, log_probability, log_softmax

LOGITS = np.array([0.0, 3.0, 2.5, -4.0], dtype=np.float32)


def _draw(sampler: Sampler, times: int = 400) -> list[int]:
    return [sampler.choose(LOGITS) for _ in range(times)]


def test_temperature_zero_takes_the_most_likely_token() -> None:
    assert set(_draw(Sampler(0.0, 0, 1.0, None), 5)) == {1}


def test_the_same_seed_draws_the_same_tokens() -> None:
    assert _draw(Sampler(1.0, 0, 1.0, 5)) == _draw(Sampler(1.0, 0, 1.0, 5))
    assert _draw(Sampler(1.0, 0, 1.0, 5)) != _draw(Sampler(1.0, 0, 1.0, 6))


def test_top_k_keeps_the_k_most_likely() -> None:
    assert set(_draw(Sampler(1.0, 2, 1.0, 1))) == {1, 2}


def test_top_p_keeps_the_smallest_set_that_reaches_p() -> None:
    assert set(_draw(Sampler(1.0, 0, 0.5, 1))) == {1}
    assert set(_draw(Sampler(1.0, 0, 0.9, 1))) == {1, 2}


def test_draws_follow_the_probabilities() -> None:
    drawn = np.bincount(_draw(Sampler(1.0, 0, 1.0, 3), 4000), minlength=4) / 4000
    np.testing.assert_allclose(drawn, np.exp(log_softmax(LOGITS)), atol=0.03)


def test_a_large_vocabulary_is_sampled_as_if_it_were_sorted_whole() -> None:
    chance = np.random.default_rng(1)
    for scale in (0.01, 1.0, 5.0):  # nearly flat: the head does not reach p
        logits = (chance.normal(size=5000) * scale).astype(np.float32)
        probabilities = np.exp(log_softmax(logits).astype(np.float64))
        order = np.argsort(-logits, kind="stable")
        kept = set(order[: int(np.searchsorted(np.cumsum(probabilities[order]), 0.9)) + 1].tolist())
        sampler = Sampler(1.0, 0, 0.9, 1)
        drawn = {sampler.choose(logits) for _ in range(300)}
        assert drawn <= kept
        assert len(drawn) > 20 or len(kept) < 40


def test_the_log_probability_of_one_entry_is_that_of_the_softmax() -> None:
    for index, value in enumerate(log_softmax(LOGITS)):
        assert abs(log_probability(LOGITS, index) - value) < 1e-6
