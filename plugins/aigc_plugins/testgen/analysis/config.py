"""Reads a project's configuration files as far as tests need them: where sources and tests lie, how long lines are."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

_LARGEST = 1 << 20
_SHORTEST, _LONGEST, _USUAL = 60, 200, 88


class Config:
    """The configuration of the project in the folder `root`; what cannot be read is as if it were not there."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @cached_property
    def source_folders(self) -> list[str]:
        """The folders, relative to the project's, that its configuration says packages or tests' imports lie in."""
        tool = self._tool
        found: list[str] = []
        found += _texts(self._pytest.get("pythonpath"))
        setuptools = _table(tool.get("setuptools"))
        found += _texts(_table(_table(setuptools.get("packages")).get("find")).get("where"))
        found += _texts(_table(setuptools.get("package-dir")).get(""))
        for package in _tables(_table(tool.get("poetry")).get("packages")):
            found += _texts(package.get("from"))
        build = _table(_table(tool.get("hatch")).get("build"))
        for place in (build, _table(_table(build.get("targets")).get("wheel"))):
            found += [one.rpartition("/")[0] for one in _texts(place.get("packages"))]
            sources = place.get("sources")
            found += (
                _texts(sources)
                if isinstance(sources, list)
                else [key for key, value in _table(sources).items() if value == ""]
            )
        found += _texts(_table(_table(tool.get("pdm")).get("build")).get("package-dir"))
        found += _texts(_table(tool.get("maturin")).get("python-source"))
        found += _texts(self._ini("setup.cfg", "options.packages.find", "where"))
        for line in _texts(self._ini("setup.cfg", "options", "package_dir")):
            key, _, value = line.partition("=")
            found += [value.strip()] if not key.strip() else []
        return list(
            dict.fromkeys(one.strip().rstrip("/").removeprefix("./") for one in found if one.strip() not in ("", "."))
        )

    @cached_property
    def test_folders(self) -> list[str]:
        """The folders that pytest is told to look for tests in."""
        return [one.rstrip("/") for one in _texts(self._pytest.get("testpaths")) if "*" not in one]

    @cached_property
    def test_patterns(self) -> list[str]:
        """The patterns of names that pytest takes for test files."""
        return _texts(self._pytest.get("python_files")) or ["test_*.py", "*_test.py"]

    @cached_property
    def has_pytest(self) -> bool:
        """Whether the project says anywhere that pytest is used."""
        if self._pytest or (self._root / "pytest.ini").exists():
            return True
        files = [
            self._root / name
            for name in ("pyproject.toml", "tox.ini", "setup.cfg", "setup.py", "noxfile.py", "Pipfile")
        ]
        files += sorted(self._root.glob("requirements*.txt")) + sorted(self._root.glob("requirements/*.txt"))
        return any(re.search(r"\bpytest\b", _read(one)) for one in files)

    @cached_property
    def import_folders(self) -> frozenset[str]:
        """The folders, relative to the project's ("" for its own), from which a plain `pytest` imports modules.

        They are on its search path by its settings or by a `conftest.py`, or the project is one that gets installed.
        """
        found = {one.strip("./") for one in _texts(self._pytest.get("pythonpath"))}
        if (self._root / "conftest.py").is_file():
            found.add("")
        document = _toml(self._root / "pyproject.toml")
        installed = any(key in document for key in ("project", "build-system")) or "poetry" in self._tool
        if installed or (self._root / "setup.py").is_file() or self._sections("setup.cfg").has_section("metadata"):
            found |= {"", "src", "lib", *self.source_folders}
        return frozenset(found)

    @cached_property
    def imports_by_folder(self) -> bool:
        """Whether test files of one name in two folders are told apart (`--import-mode=importlib`)."""
        return "importlib" in " ".join(_texts(self._pytest.get("addopts")))

    @cached_property
    def line_length(self) -> int:
        """The longest line that the project's formatter or linter lets stand."""
        for value in self._line_lengths():
            try:
                length = int(str(value))
            except (TypeError, ValueError):
                continue
            if _SHORTEST <= length <= _LONGEST:
                return length
        return _USUAL

    def _line_lengths(self) -> Iterator[Any]:
        for name in ("ruff.toml", ".ruff.toml"):
            yield _toml(self._root / name).get("line-length")
        for name, key in (("ruff", "line-length"), ("black", "line-length"), ("yapf", "column_limit"),
                          ("flake8", "max-line-length"), ("pycodestyle", "max-line-length")):  # fmt: skip
            yield _table(self._tool.get(name)).get(key)
        for file in (".flake8", "setup.cfg", "tox.ini"):
            for section in ("flake8", "pycodestyle"):
                yield self._ini(file, section, "max-line-length") or self._ini(file, section, "max_line_length")
        yield _editorconfig(_read(self._root / ".editorconfig"))

    @cached_property
    def _tool(self) -> Mapping[str, Any]:
        return _table(_toml(self._root / "pyproject.toml").get("tool"))

    @cached_property
    def _pytest(self) -> Mapping[str, Any]:
        """The options of pytest, from the first file that has any."""
        for name in ("pytest.toml", ".pytest.toml"):
            options = _table(_toml(self._root / name).get("pytest"))
            if options:
                return options
        for name, section in (("pytest.ini", "pytest"), (".pytest.ini", "pytest")):
            if self._sections(name).has_section(section):
                return dict(self._sections(name)[section])
        own = _table(self._tool.get("pytest"))
        if own:
            return _table(own.get("ini_options")) or own
        for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
            if self._sections(name).has_section(section):
                return dict(self._sections(name)[section])
        return {}

    def _sections(self, name: str) -> configparser.RawConfigParser:
        parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
        try:
            parser.read_string(_read(self._root / name))
        except configparser.Error:
            return configparser.RawConfigParser()
        return parser

    def _ini(self, name: str, section: str, option: str) -> str | None:
        return self._sections(name).get(section, option, fallback=None)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError:
        return ""


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    """Return the texts in a list, or in an option of several lines or words."""
    if isinstance(value, list):
        return [one for one in value if isinstance(one, str)]
    if not isinstance(value, str):
        return []
    return [
        one.strip() for one in (value.splitlines() if "\n" in value or "=" in value else value.split()) if one.strip()
    ]


def _editorconfig(text: str) -> str | None:
    """Return the longest line for Python, else for all files."""
    found: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped.strip("[]")
        key, _, value = stripped.partition("=")
        if key.strip().lower() == "max_line_length":
            found["python" if "py" in section else section] = value.strip()
    return found.get("python") or found.get("*")
