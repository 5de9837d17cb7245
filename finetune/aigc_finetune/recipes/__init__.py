"""The recipes that are shipped, by name. Each `.toml` beside this file is one; nothing heavy is imported here."""

from __future__ import annotations

import difflib
from pathlib import Path

from aigc_finetune.recipe import Recipe, RecipeError, load_recipe

_FOLDER = Path(__file__).parent


def list_recipes() -> dict[str, Recipe]:
    """Return every shipped recipe by its file's name without `.toml`, in the order of the names."""
    return {path.stem: load_recipe(path) for path in sorted(_FOLDER.glob("*.toml"))}


def find_recipe(name: str) -> Recipe:
    """Return the recipe of a file (where `name` ends in `.toml` or holds a `/`), or the shipped one of that name.

    Raises:
        RecipeError: no such file or name, or the file is no recipe; the text names those that there are.
    """
    if name.endswith(".toml") or "/" in name or Path(name).is_file():
        return load_recipe(Path(name))
    path = _FOLDER / f"{name}.toml"
    if path.is_file():
        return load_recipe(path)
    names = sorted(one.stem for one in _FOLDER.glob("*.toml"))
    near = difflib.get_close_matches(name, names, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise RecipeError(
        f"There is no recipe {name}.{hint} Shipped ones: {', '.join(names)}; or give a path to a .toml file."
    )
