"""What is searched, and how a choice becomes a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aigc_finetune.recipe import Recipe, parse_recipe


@dataclass(frozen=True, slots=True)
class Dimension:
    """A key of a recipe, as `table.key`: one of `choices`, or a number from `low` to `high` on a logarithmic scale."""

    key: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0


def default_space(recipe: Recipe, *, mixing: bool = True) -> tuple[Dimension, ...]:
    """Return the dimensions worth searching around a recipe; its own values are always among them.

    The learning rate reaches from an eighth to eight times the recipe's. The rank (for adapters that do not go on from
    another one) keeps the recipe's ratio of alpha to rank. `mixing` adds the rates by which samples are made: the rate
    of fill-in-the-middle where the recipe has any, of renaming, and of noise. Their choices are few, so that trials
    share what is encoded.
    """
    train, augment = recipe.train, recipe.augment
    found = [Dimension("train.learning_rate", low=train.learning_rate / 8, high=train.learning_rate * 8)]
    if train.method != "full" and not recipe.model.adapter:
        found.append(Dimension("train.rank", _with(train.rank, 8, 16, 32, 64)))
    if mixing:
        if augment.fim:
            found.append(Dimension("augment.fim", _with(augment.fim, 0.3, 0.5, 0.7, 0.9)))
        found.append(Dimension("augment.rename", _with(augment.rename, 0.0, 0.2)))
        if augment.fim:
            found.append(Dimension("augment.noise", _with(augment.noise, 0.0, 0.1)))
    return tuple(found)


def values_of(recipe: Recipe, space: tuple[Dimension, ...]) -> dict[str, Any]:
    """Return the recipe's own point in the space."""
    data = recipe.model_dump(mode="json")
    return {one.key: data[one.key.partition(".")[0]][one.key.partition(".")[2]] for one in space}


def with_values(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """Return the recipe with other values; alpha follows the rank.

    Raises:
        RecipeError: a key or value that no recipe has.
    """
    data = recipe.model_dump(mode="json")
    for key, value in values.items():
        table, _, name = key.partition(".")
        data[table][name] = value
    if "train.rank" in values:
        data["train"]["alpha"] = recipe.train.alpha / recipe.train.rank * values["train.rank"]
    return parse_recipe(data, "the sweep")


def _with(own: Any, *others: Any) -> tuple[Any, ...]:
    return tuple(sorted({own, *others}))
