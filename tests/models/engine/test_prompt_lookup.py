"""What followed the same tokens earlier is the guess; wrong guesses end the guessing."""

from __future__ import annotations

from aigc_models.engine.prompt_lookup import PromptLookup


def test_the_guess_is_what_followed_the_longest_run_the_last_time() -> None:
    assert PromptLookup().guess([1, 2, 3, 4, 9, 2, 3, 5, 1, 2, 3], 2) == [4, 9]
    assert PromptLookup().guess([7, 2, 3, 4, 8, 2, 3, 5, 1, 2, 3], 2) == [5, 1]


def test_a_single_token_in_common_is_too_little() -> None:
    assert PromptLookup().guess([1, 2, 3, 2], 3) == []
    assert PromptLookup().guess([], 3) == []


def test_a_run_may_go_over_itself() -> None:
    assert PromptLookup().guess([1, 2, 1, 2], 3) == [1, 2]


def test_tokens_that_come_later_are_known_then() -> None:
    lookup = PromptLookup()
    tokens = [1, 2, 3, 4]
    assert lookup.guess(tokens, 2) == []
    tokens += [5, 1, 2]
    assert lookup.guess(tokens, 2) == [3, 4]


def test_who_guesses_wrong_guesses_no_more() -> None:
    lookup = PromptLookup()
    for _ in range(4):
        assert lookup.guess([1, 2, 3, 1, 2], 3) == [3, 1, 2]
        lookup.learn(3, 0)
    assert lookup.guess([1, 2, 3, 1, 2], 3) == []
