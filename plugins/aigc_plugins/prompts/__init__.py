"""Prompts as data: one TOML file per task and, where it matters, per language; the user's own files come first.

A template has `prefix` (and `suffix`) for a completion, or `user` (and `system`) for a conversation, and may have
`max_tokens`, `temperature` and `stop`. In these texts `$name` and `${name}` stand for values, `$$` for a dollar.
What is asked with the result, and what becomes of the answer, is not known here.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, Any

from aigc_models.paths import config_dir
from aigc_models.types import AigcError, ChatMessage, ChatRequest, CompletionRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.resources.abc import Traversable
    from pathlib import Path

_TEXTS = ("system", "user", "prefix", "suffix")
_OTHERS: dict[str, type | tuple[type, ...]] = {"max_tokens": int, "temperature": (int, float), "stop": list}


class PromptError(AigcError):
    """A template is missing or wrong; the text names the file."""


def render(
    name: str, values: Mapping[str, str], *, language: str = "", folder: Traversable | None = None
) -> CompletionRequest | ChatRequest:
    """Return the request that a template makes of `values`.

    Looked for are `NAME.LANGUAGE.toml`, then `NAME.toml`; in the user's folder, then in `folder` (that of a plugin),
    then among the built-in ones.

    Raises:
        PromptError: there is none, or it is no template.
    """
    path, data = load(name, language=language, folder=folder)
    texts = {key: _filled(path, data.get(key, ""), values) for key in _TEXTS}
    sampling: dict[str, Any] = {key: data[key] for key in ("max_tokens", "temperature") if key in data}
    sampling["stop"] = tuple(data.get("stop", ()))
    if "user" in data:
        system = (ChatMessage("system", texts["system"]),) if texts["system"] else ()
        return ChatRequest((*system, ChatMessage("user", texts["user"])), **sampling)
    return CompletionRequest(texts["prefix"], texts["suffix"], **sampling)


def load(
    name: str, *, language: str = "", folder: Traversable | None = None
) -> tuple[Traversable | Path, dict[str, Any]]:
    """Return a template's file and its fields.

    Raises:
        PromptError: there is none, or it is no template.
    """
    for path in _places(name, language, folder):
        if path.is_file():
            return path, _read(path)
    raise PromptError(f"There is no prompt {name!r}.")


def user_folder() -> Path:
    """Return the folder of the user's own templates."""
    return config_dir() / "prompts"


def _places(name: str, language: str, folder: Traversable | None) -> Iterator[Traversable | Path]:
    names = [f"{name}.{language}.toml", f"{name}.toml"] if language else [f"{name}.toml"]
    places = [user_folder(), *([folder] if folder is not None else []), files(__package__)]
    for place in places:
        for one in names:
            yield place / one


def _read(path: Traversable | Path) -> dict[str, Any]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PromptError(f"The prompt {path} cannot be read: {error}") from None
    kinds = {**dict.fromkeys(_TEXTS, str), **_OTHERS}
    for key, value in data.items():
        if key not in kinds:
            raise PromptError(f"The prompt {path} has an unknown key {key!r}; known are {', '.join(sorted(kinds))}.")
        if not isinstance(value, kinds[key]) or isinstance(value, bool):
            raise PromptError(f"The prompt {path}: {key} has a value of the wrong type.")
    if ("user" in data) == ("prefix" in data):
        raise PromptError(f"The prompt {path} needs either `user` (a conversation) or `prefix` (a completion).")
    return data


def _filled(path: Traversable | Path, text: str, values: Mapping[str, str]) -> str:
    try:
        return Template(text).substitute(values)
    except KeyError as error:
        known = ", ".join(f"${name}" for name in sorted(values))
        raise PromptError(
            f"The prompt {path} names ${error.args[0]}, which does not exist; there are {known}."
        ) from None
    except ValueError as error:
        raise PromptError(f"The prompt {path}: {error}; a dollar sign is written $$.") from None
