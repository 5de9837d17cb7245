"""How long a token is: learnt from the engine's counts, in steps, and seldom changed."""

from __future__ import annotations

from aigc_lsp.budget import TokenLengths
from aigc_lsp.settings import CompletionSettings


def taught(*prompts: tuple[int, int]) -> float:
    lengths = TokenLengths()
    for chars, tokens in prompts:
        lengths.learn(chars, tokens)
    return lengths.chars_per_token


def test_the_estimate_follows_the_model() -> None:
    assert taught(*[(4100, 1000)] * 8) == 4.0
    assert taught(*[(2000, 1000)] * 8) == 2.0


def test_it_stays_where_the_difference_is_small_or_little_is_known() -> None:
    assert taught() == 3.0
    assert taught(*[(3200, 1000)] * 50) == 3.0
    assert taught(*[(4100, 1000)] * 3) == 3.0
    assert taught(*[(400, 50)] * 50) == 3.0
    assert taught((0, 1000), (-5, 1000)) == 3.0


def test_it_does_not_waver() -> None:
    lengths = TokenLengths()
    values = set()
    for n in range(400):
        lengths.learn(3900 + 400 * (n % 3), 1000)
        values.add(lengths.chars_per_token)
    assert len(values) <= 2


def test_no_count_makes_it_useless() -> None:
    assert taught(*[(10**9, 100)] * 9) == 6.0
    assert taught(*[(1, 10**6)] * 9) == 1.5


def test_the_budget_is_the_settings_tokens_at_this_length() -> None:
    lengths = TokenLengths()
    for _ in range(9):
        lengths.learn(4100, 1000)
    budget = lengths.budget(CompletionSettings(prefix_tokens=100, suffix_tokens=20, max_tokens=7))
    assert (budget.chars(budget.prefix_tokens), budget.suffix_tokens, budget.max_tokens) == (400, 20, 7)
