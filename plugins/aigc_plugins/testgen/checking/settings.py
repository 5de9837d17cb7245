"""Reads what a project says about pytest, and gives the arguments for it. Nothing is run.

Its settings are honoured, but for the options that need plugins which may be missing, that report elsewhere, or that
choose and order tests in their own way.
"""

from __future__ import annotations

import configparser
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_FILES = (
    ("pytest.toml", "pytest"), (".pytest.toml", "pytest"), ("pytest.ini", "pytest"), (".pytest.ini", "pytest"),
    ("pyproject.toml", ""), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"),
)  # fmt: skip
# Options that change how modules are found and tests are run.
_HONOURED = ("-p", "-W", "--pythonwarnings", "--import-mode", "--asyncio-mode", "--ds", "--dc", "--anyio-mode")
_ALWAYS = (
    "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:rerunfailures", "-p", "no:faulthandler",
    "--capture=sys", "--color=no", "-q", "-o", "log_cli=false",
)  # fmt: skip
_LARGEST = 1 << 20


def arguments(copy: Path, files: Sequence[Path], temporary: Path, *, plain: bool) -> list[list[str]]:
    """Return lists of arguments for pytest, to be tried in this order until one is not refused.

    `temporary` is the folder for `tmp_path`. With `plain`, failing assertions are not explained, which is faster.
    """
    common = [*map(str, files), *_ALWAYS, f"--basetemp={temporary}", *(["--assert=plain"] if plain else [])]
    options = _honoured(settings(copy, files[0]).get("addopts", ""))
    tries = [["-o", "addopts=", *options]] if options else []
    tries.append(["-o", "addopts="])
    tries.append(["-o", "addopts=", "-o", "required_plugins=", "-o", "minversion="])
    tries.append(["-c", "/dev/null", f"--rootdir={copy}"])
    return [[*common, *one] for one in tries]


def python_path(copy: Path, file: Path) -> list[Path]:
    """Return the folders that the project's settings put on the search path, as far as they are in it."""
    found = settings(copy, file)
    value = found.get("pythonpath", "")
    names = value if isinstance(value, list) else shlex.split(str(value))
    folders = [(found["folder"] / str(one)).resolve() for one in names]
    return [one for one in folders if one.is_relative_to(copy) and one.is_dir()]


def settings(copy: Path, file: Path) -> dict[str, Any]:
    """Return the settings for a test file, and as `folder` where they stand; empty where there are none.

    As pytest does, the first file in the innermost folder that has any counts.
    """
    for folder in file.parents:
        if not folder.is_relative_to(copy):
            break
        for found in _of(folder):
            return {**found, "folder": folder}
    return {}


def _of(folder: Path) -> Iterator[dict[str, Any]]:
    for name, section in _FILES:
        path = folder / name
        try:
            if not path.is_file() or path.stat().st_size > _LARGEST:
                continue
            text = path.read_text("utf-8")
            found = _toml(text, section) if name.endswith(".toml") else _ini(text, section)
        except (OSError, ValueError, configparser.Error):
            continue
        if found is not None:
            yield found
        elif name in ("pytest.ini", ".pytest.ini"):
            yield {}


def _toml(text: str, section: str) -> dict[str, Any] | None:
    document = tomllib.loads(text)
    tables = [document] if section else [document.get("tool", {})]
    for table in tables:
        found = table.get("pytest")
        if isinstance(found, dict):
            inner = found.get("ini_options", found)
            return inner if isinstance(inner, dict) else None
    return None


def _ini(text: str, section: str) -> dict[str, Any] | None:
    parser = configparser.RawConfigParser(strict=False)
    parser.read_string(text)
    return dict(parser[section]) if parser.has_section(section) else None


def _honoured(value: object) -> list[str]:
    """Return those of the options that are honoured, each with its value."""
    try:
        words = [str(one) for one in value] if isinstance(value, list) else shlex.split(str(value))
    except ValueError:
        return []
    kept: list[str] = []
    following = iter(words)
    for word in following:
        name, joined, _ = word.partition("=")
        if name in _HONOURED:
            kept += [word] if joined else [word, *[one for one in [next(following, None)] if one is not None]]
        elif word[:2] in ("-p", "-W") and len(word) > 2:
            kept.append(word)
    return kept
