"""Reads a project's settings of mypy, and keeps those that only say how strict it is.

Plugins, interpreters, caches, reports and commands are never taken over: they would run code of the workspace, or write
into it.
"""

from __future__ import annotations

import configparser
import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_SWITCHES = frozenset(
    (
        *("strict", "disallow_any_unimported", "disallow_any_expr", "disallow_any_decorated", "disallow_any_explicit"),
        *("disallow_any_generics", "disallow_subclassing_any", "disallow_untyped_calls", "disallow_untyped_defs"),
        *("disallow_incomplete_defs", "disallow_untyped_decorators", "implicit_optional", "no_implicit_optional"),
        *("strict_optional", "warn_redundant_casts", "warn_no_return", "warn_return_any", "warn_unreachable"),
        *("allow_untyped_globals", "allow_redefinition", "local_partial_types", "implicit_reexport"),
        *("no_implicit_reexport", "strict_concatenate", "strict_equality", "strict_bytes", "extra_checks"),
        *("explicit_package_bases", "namespace_packages", "ignore_missing_imports"),
    )
)
_CODES = ("disable_error_code", "enable_error_code")
_MODULES = re.compile(r"[\w.*]+")


def settings_text(path: Path | None, home: Path | None) -> str:
    """Return a mypy.ini for the file `path` below `home`, of the settings that the project has there."""
    sections: dict[str, dict[str, str]] = {}
    if path is not None and home is not None:
        for folder in (folder for folder in path.parents if folder.is_relative_to(home)):
            found = dict(_sections(folder))
            if found:
                sections = found
                break
    mypy = sections.setdefault("mypy", {})
    mypy.setdefault("ignore_missing_imports", "True")
    lines = []
    for name, values in sections.items():
        lines.append(f"[{name}]")
        lines += [f"{option} = {value}" for option, value in sorted(values.items())]
    return "\n".join(lines) + "\n"


def _sections(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    for name in ("mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"):
        text = _text(folder / name)
        if text is None:
            continue
        found = dict(_toml(text, folder) if name.endswith(".toml") else _ini(text, folder))
        if found:
            yield from found.items()
            return


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if path.stat().st_size < 1_000_000 else None
    except (OSError, UnicodeDecodeError):
        return None


def _toml(text: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    try:
        table: Any = tomllib.loads(text).get("tool", {}).get("mypy")
    except (tomllib.TOMLDecodeError, AttributeError):
        return
    if not isinstance(table, dict):
        return
    yield "mypy", _kept(table, folder)
    overrides = table.get("overrides")
    for one in overrides if isinstance(overrides, list) else ():
        modules = one.get("module", []) if isinstance(one, dict) else []
        for module in [modules] if isinstance(modules, str) else modules:
            if isinstance(module, str) and _MODULES.fullmatch(module):
                yield f"mypy-{module}", _kept(one, None)


def _ini(text: str, folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        if section == "mypy":
            yield "mypy", _kept(dict(parser[section]), folder)
            continue
        modules = section.removeprefix("mypy-").split(",") if section.startswith("mypy-") else []
        for module in map(str.strip, modules):
            if _MODULES.fullmatch(module):
                yield f"mypy-{module}", _kept(dict(parser[section]), None)


def _kept(options: Mapping[str, object], folder: Path | None) -> dict[str, str]:
    """Return the options that are safe; `folder` is that of the settings, None for those of single modules."""
    kept = {}
    for name, value in options.items():
        written = ",".join(map(str, value)) if isinstance(value, list) else str(value).strip()
        words = [word.strip() for word in re.split(r"[,\n]", written) if word.strip()]
        if (name in _SWITCHES and written.lower() in ("true", "false", "yes", "no", "on", "off", "1", "0")) or (
            name == "python_version" and re.fullmatch(r"3\.\d{1,2}", written)
        ):
            kept[name] = written
        elif name in _CODES and all(re.fullmatch(r"[a-z-]+", word) for word in words):
            kept[name] = ", ".join(words)
        elif name == "mypy_path" and folder is not None:
            places = [folder / word for word in re.split(r"[,:;\n]", written) if word.strip() and "$" not in word]
            kept[name] = ", ".join(str(place) for place in places if place.resolve().is_relative_to(folder.resolve()))
    if folder is None:
        kept.pop("strict", None)
    return kept
