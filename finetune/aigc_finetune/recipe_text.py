"""Write a recipe as TOML, the inverse of `load_recipe`. It imports nothing heavy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from aigc_finetune.layout import write_atomically
from aigc_finetune.recipe import Recipe


def recipe_toml(recipe: Recipe, *, everything: bool = False, comments: Mapping[str, str] | None = None) -> str:
    """Return `recipe` as TOML that `parse_recipe` reads back as an equal recipe.

    Only what differs from the defaults is written, so that a reader sees what was decided; `everything` writes each
    key. `comments` maps a key (`train.rank`), a table (`train`) or the whole file (the empty text) to a comment that is
    set above it.
    """
    notes = dict(comments or {})
    lines = _comment(notes.get(""))
    top, tables = _split(recipe)
    defaults = type(recipe)()
    lines += _pairs(top, defaults, "", everything, notes)
    for name, section in tables.items():
        pairs = _pairs(_split(section)[0], getattr(defaults, name), f"{name}.", everything, notes)
        if pairs:
            lines += ["", *_comment(notes.get(name)), f"[{name}]", *pairs]
    return "\n".join(lines).strip("\n") + "\n"


def save_recipe(path: Path, recipe: Recipe, **options: Any) -> None:
    """Write a recipe's file atomically; `options` are those of `recipe_toml`."""
    write_atomically(path, recipe_toml(recipe, **options))


def _split(section: BaseModel) -> tuple[dict[str, Any], dict[str, BaseModel]]:
    """Return the plain values of a section, and the tables in it, both in the order of their declaration."""
    values = {name: getattr(section, name) for name in type(section).model_fields}
    tables = {name: value for name, value in values.items() if isinstance(value, BaseModel)}
    return {name: value for name, value in values.items() if name not in tables}, tables


def _pairs(
    values: Mapping[str, Any], defaults: BaseModel, prefix: str, everything: bool, notes: Mapping[str, str]
) -> list[str]:
    """Return the lines of one table; a value of None cannot be written in TOML, and is a default everywhere."""
    lines: list[str] = []
    for name, value in values.items():
        if value is None or (not everything and value == getattr(defaults, name)):
            continue
        lines += [*_comment(notes.get(prefix + name)), f"{name} = {_value(value)}"]
    return lines


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        # A JSON text is a TOML text, but for DEL, which TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(one) for one in value)}]"
    raise TypeError(f"a recipe holds no {type(value).__name__}")


def _comment(text: str | None) -> list[str]:
    return [f"# {line}".rstrip() for line in text.splitlines()] if text else []
