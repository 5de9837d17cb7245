"""Collects settings from the user, the workspace and the editor. A bad one is named and costs only itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from aigc_lsp.settings.model import SECTIONS, WORKSPACE_SECTIONS, Settings
from aigc_models.paths import config_dir

WORKSPACE_FILE = ".aigc-lsp.toml"
_MAX_FILE = 1024 * 1024
_CAMEL = re.compile(r"(?<=[a-z0-9])([A-Z])")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and a line for each one that was refused."""

    settings: Settings
    problems: tuple[str, ...] = ()


def user_file() -> Path:
    """Return where the user's settings are."""
    return config_dir() / "config.toml"


def load_settings(folders: Sequence[str | Path] = (), options: Any = None, section: Any = None) -> Loaded:
    """Merge all sources, the later ones winning: user file, workspace files, `initializationOptions`, the editor's
    `aigc` section.

    `folders` are the workspace's folders, `options` and `section` raw JSON as the editor sent it. Nothing raises:
    unknown keys and bad values are left out, keep what was there before, and come back as `problems`.
    """
    problems: list[str] = []
    merged: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    for source, data, trusted in _sources(folders, options, section, problems):
        for name, key, value in _entries(source, data, trusted, problems):
            try:
                SECTIONS[name].model_validate({key: value})
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in (name, *first["loc"]))
                problems.append(f"{source}: {where}: {first['msg']}; it stays as it was")
            else:
                merged[name][key] = value
    return Loaded(Settings(**{name: SECTIONS[name](**values) for name, values in merged.items()}), tuple(problems))  # type: ignore[arg-type]


def _sources(
    folders: Sequence[str | Path], options: Any, section: Any, problems: list[str]
) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    yield str(user_file()), _read(user_file(), problems), True
    for folder in folders:
        path = Path(folder) / WORKSPACE_FILE
        yield str(path), _read(path, problems), False
    for source, data in (("initializationOptions", options), ("workspace/configuration", section)):
        if isinstance(data, Mapping):
            nested = data.get("aigc")
            yield source, nested if isinstance(nested, Mapping) else data, True
        elif data not in (None, [], ""):
            problems.append(f"{source}: expected an object, got {type(data).__name__}")


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        if not path.exists():
            return {}
        if not path.is_file():  # a pipe in an untrusted folder would hold us for ever
            raise OSError("it is no regular file")
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except (OSError, ValueError) as error:
        problems.append(f"{path}: cannot be read: {error}")
        return {}
    if len(data) > _MAX_FILE:
        problems.append(f"{path}: longer than 1 MiB; ignored")
        return {}
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        problems.append(f"{path}: not TOML: {error}")
        return {}


def _entries(
    source: str, data: Mapping[str, Any], trusted: bool, problems: list[str]
) -> Iterator[tuple[str, str, Any]]:
    for raw_name, values in data.items():
        name = _snake(raw_name)
        if name not in SECTIONS:
            problems.append(f"{source}: unknown key {raw_name!r}{_hint(name, SECTIONS)}")
        elif not isinstance(values, Mapping):
            problems.append(f"{source}: {raw_name} is a group of settings, not {type(values).__name__}")
        elif not trusted and name not in WORKSPACE_SECTIONS:
            problems.append(f"{source}: a workspace may not set {raw_name}; put it into {user_file()}")
        else:
            for raw_key, value in values.items():
                key = _snake(raw_key)
                if key not in SECTIONS[name].model_fields:
                    hint = _hint(key, SECTIONS[name].model_fields)
                    problems.append(f"{source}: unknown key '{raw_name}.{raw_key}'{hint}")
                elif (name, key) == ("engine", "adapter") and isinstance(value, str) and _is_path(value):
                    problems.append(
                        f"{source}: engine.adapter is a name: `aigc-lsp adapters add {value}` gives the folder one"
                    )
                elif value not in (None, ""):  # an editor sends null or an empty text for what is not set
                    yield name, key, value


def _is_path(value: str) -> bool:
    return "/" in value or "\\" in value or value.startswith((".", "~"))


def _snake(key: str) -> str:
    """Return `maxTokens` as `max_tokens`: editors' settings are in camel case by custom."""
    return _CAMEL.sub(r"_\1", key).lower()


def _hint(key: str, known: Mapping[str, Any]) -> str:
    import difflib

    close = difflib.get_close_matches(key, known, 1)
    return f"; did you mean {close[0]!r}?" if close else ""
