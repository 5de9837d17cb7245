"""What is searched around a recipe, and how a point becomes a recipe."""

from __future__ import annotations

import pytest

from aigc_finetune.recipe import Recipe, RecipeError, parse_recipe
from aigc_finetune.sweep.space import default_space, values_of, with_values


def _keys(recipe: Recipe, **options: bool) -> list[str]:
    return [one.key for one in default_space(recipe, **options)]


def test_a_recipe_lies_in_its_own_space() -> None:
    recipe = parse_recipe({"train": {"rank": 12, "learning_rate": 3e-4}, "augment": {"fim": 0.6}})
    space, own = default_space(recipe), values_of(recipe, default_space(recipe))
    assert with_values(recipe, own) == recipe
    for one in space:
        assert own[one.key] in one.choices if one.choices else one.low < own[one.key] < one.high


def test_what_makes_no_sense_is_not_searched() -> None:
    assert "train.rank" not in _keys(parse_recipe({"train": {"method": "full"}}))
    assert "train.rank" not in _keys(parse_recipe({"model": {"adapter": "mine"}}))
    assert "augment.fim" not in _keys(parse_recipe({"augment": {"fim": 0.0}}))
    assert _keys(Recipe(), mixing=False) == ["train.learning_rate", "train.rank"]


def test_alpha_follows_the_rank() -> None:
    recipe = parse_recipe({"train": {"rank": 16, "alpha": 24.0}})
    assert with_values(recipe, {"train.rank": 32}).train.alpha == 48.0
    assert with_values(recipe, {"train.learning_rate": 1e-3}).train.alpha == 24.0


def test_a_wrong_key_is_told() -> None:
    with pytest.raises(RecipeError, match=r"train\.speed"):
        with_values(Recipe(), {"train.speed": 1})
