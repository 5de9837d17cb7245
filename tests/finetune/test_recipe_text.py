"""A recipe that is written as TOML reads back as the same recipe."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_finetune.recipe import Recipe, load_recipe, parse_recipe
from aigc_finetune.recipe_text import recipe_toml, save_recipe

_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


def _read(text: str) -> Recipe:
    return parse_recipe(tomllib.loads(text))


def test_the_default_recipe_is_an_empty_text() -> None:
    assert recipe_toml(Recipe()).strip() == ""
    assert _read(recipe_toml(Recipe())) == Recipe()


@pytest.mark.parametrize("everything", [False, True])
@given(
    name=_TEXT,
    sources=st.lists(_TEXT, max_size=3),
    rate=st.floats(1e-12, 1.0),
    steps=st.integers(0, 10**9),
    redact=st.booleans(),
    adapter=st.none() | _TEXT,
)
def test_values_read_back(
    everything: bool, name: str, sources: list[str], rate: float, steps: int, redact: bool, adapter: str | None
) -> None:
    recipe = parse_recipe(
        {
            "name": name,
            "model": {"adapter": adapter},
            "collect": {"sources": sources},
            "clean": {"redact": redact},
            "train": {"learning_rate": rate, "max_steps": steps},
        }
    )
    assert _read(recipe_toml(recipe, everything=everything)) == recipe


def test_only_what_differs_is_written() -> None:
    text = recipe_toml(parse_recipe({"train": {"rank": 4, "alpha": 32.0}}))
    assert text == "[train]\nrank = 4\n"


def test_everything_names_each_key() -> None:
    tables = tomllib.loads(recipe_toml(Recipe(), everything=True))
    assert set(tables["train"]) == set(Recipe().train.model_dump())


def test_comments_stand_above_what_they_are_about() -> None:
    recipe = parse_recipe({"name": "mine", "train": {"rank": 4}})
    text = recipe_toml(
        recipe, comments={"": "Found by a sweep.\nTwo lines.", "train": "The loop.", "train.rank": "Small."}
    )
    assert text == ('# Found by a sweep.\n# Two lines.\nname = "mine"\n\n# The loop.\n[train]\n# Small.\nrank = 4\n')
    assert _read(text) == recipe


def test_a_saved_recipe_loads(tmp_path: Path) -> None:
    recipe = parse_recipe({"name": 'a\u007f\n"quoted"', "train": {"targets": ["q_proj"], "method": "dora"}})
    save_recipe(tmp_path / "run" / "recipe.toml", recipe)
    assert load_recipe(tmp_path / "run" / "recipe.toml") == recipe
