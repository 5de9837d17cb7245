"""Each shipped recipe is one, says what it is for, and is found by name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from aigc_finetune.recipe import RecipeError, parse_recipe
from aigc_finetune.recipe_text import recipe_toml
from aigc_finetune.recipes import find_recipe, list_recipes
from aigc_models.catalog.load import load_catalog

_NAMES = ("laptop-cpu", "gpu-8gb", "gpu-24gb", "gpu-80gb", "gpu-8x")


def test_the_promised_recipes_are_there() -> None:
    assert set(_NAMES) <= set(list_recipes())


@pytest.mark.parametrize("name", sorted(list_recipes()))
def test_a_recipe_names_itself_and_a_known_model(name: str) -> None:
    recipe = find_recipe(name)
    assert recipe.description
    assert load_catalog().model(recipe.model.name) is not None
    assert parse_recipe(tomllib.loads(recipe_toml(recipe))) == recipe


def test_a_recipe_is_found_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n', encoding="utf-8")
    assert find_recipe(str(path)).name == "mine"


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"no recipe laptop-gpu.*Did you mean laptop-cpu\?.*gpu-8gb"):
        find_recipe("laptop-gpu")
    with pytest.raises(RecipeError, match=r"missing\.toml cannot be read"):
        find_recipe(str(tmp_path / "missing.toml"))


@pytest.mark.parametrize(("key", "value"), [("seed", -1), ("seed", 1 << 40), ("dropout", 1.0)])
def test_what_no_run_could_start_with_is_refused(key: str, value: float) -> None:
    with pytest.raises(RecipeError, match=f"train.{key}"):
        parse_recipe({"train": {key: value}})
