"""Finds how a project writes tests, and the file for those of a module: the one that is there, or where it would be."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from aigc_plugins.testgen.analysis.config import Config
from aigc_plugins.testgen.analysis.layout import Layout
from aigc_plugins.testgen.analysis.testfiles import Parsed, TestFiles, fixtures
from aigc_plugins.testgen.parts import Conventions, Style

_MOST_VOTES = 200
_ORDER = ("inside", "beside", "flat", "mirrored")
_FOLDERS = ("tests", "test", "testing")


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the tests of a module are, as other modules' are: `how` they lie to it, counted from the folder `base`.

    `beside` is the module's own folder, `inside` a folder named `base` in it; `flat` is the folder `base`, and
    `mirrored` the module's folders below it, without the first `skip`.
    """

    how: str
    base: str
    skip: int = 0

    def folder(self, root: Path, around: Path, module: Path) -> Path:
        """Return the folder for the tests of the module's file, whose name counts from the folder `around`."""
        if self.how == "beside":
            return module.parent
        if self.how == "inside":
            return module.parent / self.base
        parts = module.parent.relative_to(around).parts[self.skip :] if self.how == "mirrored" else ()
        return root.joinpath(self.base, *parts)


class Project:
    """A project with its test files, seen from one module of it."""

    def __init__(self, files: TestFiles, config: Config, layout: Layout, path: Path) -> None:
        self._files, self._config, self._layout, self._path = files, config, layout, path
        self._root, self._around = files.root, layout.search_path[0]
        self._sources: dict[str, list[Path]] = {}
        for one in files.python:
            if one not in files.paths:
                self._sources.setdefault(_stem(one), []).append(one)

    def conventions(self) -> Conventions:
        """Return how tests of the module are to be written."""
        file = self._existing() or self._new()
        text = self._files.text(file) if file in self._files.paths or file.exists() else None
        return Conventions(self._style(), file, text, self.fixtures(file), self._config.line_length)

    def fixtures(self, file: Path) -> tuple[str, ...]:
        """Return the fixtures that tests in a file may ask for: its own, and those of the `conftest.py` above it."""
        found: dict[str, None] = {}
        folders = [one for one in (file.parent, *file.parent.parents) if one.is_relative_to(self._root)]
        for place in (file, *(folder / "conftest.py" for folder in folders)):
            parsed = self._files.parsed(place) if place.is_file() else None
            found |= dict.fromkeys(fixtures(parsed.tree)) if parsed is not None else {}
        return tuple(found)

    def _existing(self) -> Path | None:
        """Return the test file about this module: by its name, else the one that imports it and no other module."""
        named = [one for one in self._files.paths if _about(one) in self._names()]
        parsed = [one for one in map(self._files.parsed, named) if one is not None and self._imports(one, self._path)]
        if parsed:
            return min(parsed, key=lambda one: (-_alike(one.path, self._path), str(one.path))).path
        alone = [one for one in self._candidates() if self._is_alone(one)]
        return max(alone, key=lambda one: (one.text.count(self._path.stem), str(one.path))).path if alone else None

    def _candidates(self) -> Iterator[Parsed]:
        """Yield test files that import the module's very name and are named for no other module."""
        short = self._layout.name.rpartition(".")[2]
        for path in self._files.paths:
            if self._sources.get(_about(path)):
                continue
            text = self._files.text(path) if len(self._files.paths) < _MOST_VOTES * 5 else None
            if text is not None and short in text:
                parsed = self._files.parsed(path)
                if parsed is not None and parsed.style:
                    yield parsed

    def _is_alone(self, parsed: Parsed) -> bool:
        imports = parsed.imports(_package(parsed.path, self._root))
        if not imports.takes(self._layout.name):
            return False
        parent = self._layout.name.rpartition(".")[0]
        others = {module for module in imports.modules if module.partition(".")[0] in self._packages}
        taken = {f"{parent}.{name}" for name in imports.names.get(parent, ())}
        return not others - {self._layout.name, parent} and taken <= {self._layout.name}

    @cached_property
    def _packages(self) -> set[str]:
        """The first parts of the names of the project's modules, without those that only tests use."""
        found: set[str] = set()
        for place in self._layout.search_path:
            parts = (one.relative_to(place).parts for one in self._files.python if one.is_relative_to(place))
            found |= {one[0].removesuffix(".py") for one in parts if not {*_FOLDERS, "conftest.py"} & set(one)}
        return found

    def _imports(self, parsed: Parsed, module: Path) -> bool:
        """Tell whether a test file takes anything from a module, through its packages or by its bare name, too."""
        imports = parsed.imports(_package(parsed.path, self._root))
        parts = _dotted(module, self._around if module.is_relative_to(self._around) else self._root)
        whole = ".".join(parts)
        if imports.takes(whole):
            return True
        names = {*imports.modules, *(f"{one}.{name}" for one, taken in imports.names.items() for name in taken)}
        if any(f".{one}".endswith(f".{parts[-1]}") for one in names - self._others()):
            return True
        packages = {".".join(parts[:end]) for end in range(1, len(parts))}
        return bool(packages & imports.modules)

    def _others(self) -> set[str]:
        """Return the names of the project's other modules that are called the same in their packages."""
        paths = [one for one in self._sources.get(_stem(self._path), ()) if one != self._path]
        places = self._layout.search_path
        return {".".join(_dotted(one, place)) for one in paths for place in places if one.is_relative_to(place)}

    def _new(self) -> Path:
        """Return where the test file of the module would be."""
        placing = self._placing()
        folder = placing.folder(self._root, self._around, self._path)
        ending = self._named_at_end()
        stem = self._path.stem.strip("_") if self._path.stem != "__init__" else self._path.parent.name
        parents = [one for one in self._path.parent.relative_to(self._around).parts[::-1] if one != stem]
        for name in (stem, *("_".join([*reversed(parents[:count]), stem]) for count in range(1, len(parents) + 1))):
            file = folder / (f"{name}_test.py" if ending else f"test_{name}.py")
            if not file.exists() and not self._clashes(file):
                return file
        return next(file for file in _numbered(folder, stem) if not file.exists())

    def _clashes(self, file: Path) -> bool:
        """Tell whether pytest would take a file for another of the same name: neither folder is a package."""
        if self._config.imports_by_folder or (file.parent / "__init__.py").exists():
            return False
        return any(one.name == file.name and not (one.parent / "__init__.py").exists() for one in self._files.paths)

    def _named_at_end(self) -> bool:
        ends = sum(one.stem.endswith("_test") for one in self._files.paths)
        return ends * 2 > len(self._files.paths)

    def _placing(self) -> Placing:
        votes: Counter[Placing] = Counter()
        for path in self._files.paths[:_MOST_VOTES]:
            votes.update(self._votes(path))
        if votes:
            most = max(votes.values())
            best = [one for one, count in votes.items() if count == most]
            existing = [one for one in best if one.folder(self._root, self._around, self._path).is_dir()]
            return min(existing or best, key=lambda one: (_ORDER.index(one.how), one.skip, one.base))
        holding = Counter(
            str(one.parent.relative_to(self._root)) for one in self._files.paths if one.parent != self._root
        )
        places = [*self._config.test_folders, *(one for one in _FOLDERS if (self._root / one).is_dir())]
        places += [one for one, _ in holding.most_common(1)]
        there = next((one for one in places if (self._root / one).is_dir()), "")
        return Placing("flat", there or self._importing())

    def _importing(self) -> str:
        """Return a new folder for tests; where the modules are, if plain `pytest` could not import them elsewhere."""
        if not self._around.is_relative_to(self._root) or (self._around / "__init__.py").exists():
            return "tests"
        folder = self._around.relative_to(self._root).as_posix().removeprefix(".")
        return "tests" if folder in self._config.import_folders else folder

    def _votes(self, path: Path) -> dict[Placing, int]:
        """Return the ways of placing that would have put a test file where it is, for the module it is named for.

        What says more (folders that are mirrored) counts more.
        """
        found: dict[Placing, int] = {}
        for module in self._sources.get(_about(path), ())[:5]:
            if not module.is_relative_to(self._around):
                continue
            here = path.parent
            if here == module.parent:
                found[Placing("beside", "")] = 3
            elif here.parent == module.parent:
                found[Placing("inside", here.name)] = 3
            parts = module.parent.relative_to(self._around).parts
            relative = here.relative_to(self._root).parts
            for skip in range(len(parts)):
                below = parts[skip:]
                if relative[len(relative) - len(below) :] == below and len(relative) > len(below):
                    found[Placing("mirrored", "/".join(relative[: len(relative) - len(below)]), skip)] = 3
            if here not in (module.parent, self._root) and here.parent != module.parent:
                found |= {placing: 2 for placing in _level(relative, parts) if placing not in found}
        return found

    def _style(self) -> Style:
        if self._config.has_pytest or any(one.name == "conftest.py" for one in self._files.python):
            return "pytest"
        styles = Counter(
            one.style for one in map(self._files.parsed, self._files.paths[:_MOST_VOTES]) if one is not None
        )
        uses = any("pytest" in one.imports().modules for one in map(self._files.parsed, self._files.paths[:_MOST_VOTES])
                   if one is not None)  # fmt: skip
        return "unittest" if styles["unittest"] > styles["pytest"] and not uses else "pytest"

    def _names(self) -> set[str]:
        """Return what a test file of the module may be named for."""
        stem, folder = _stem(self._path), self._path.parent.name
        return {stem, f"{folder}_{stem}"} if self._path.stem != "__init__" else {folder, "init", f"{folder}_init"}


def _level(relative: tuple[str, ...], parts: tuple[str, ...]) -> set[Placing]:
    """Return the placings that fit a test file in the folder `relative` for a module in the folders `parts`."""
    found = {Placing("flat", "/".join(relative))}
    # With the packages' own folders left out, what lies flat is mirrored too, if only the top package was left out.
    if parts:
        found.add(Placing("mirrored", "/".join(relative), len(parts)))
    return found


def _about(path: Path) -> str:
    """Return what a test file is named for: `cart` for `test_cart.py` and `cart_test.py`."""
    name = path.stem
    return (
        name.removeprefix("test_") if name.startswith("test_") else name.removesuffix("_test").removesuffix("_tests")
    ).strip("_")


def _stem(path: Path) -> str:
    return path.stem.strip("_") if path.stem != "__init__" else path.parent.name


def _dotted(path: Path, root: Path) -> list[str]:
    relative = path.relative_to(root)
    return [*relative.parent.parts, *([path.stem] if path.stem != "__init__" else [])] or [path.stem]


def _package(path: Path, root: Path) -> str:
    """Return the package that a file lies in, as far as its folders are packages."""
    parts: list[str] = []
    folder = path.parent
    while folder != root and (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts)


def _alike(one: Path, other: Path) -> int:
    """Return how many folders of one path are in the other, too."""
    return len(set(one.parent.parts) & set(other.parent.parts))


def _numbered(folder: Path, stem: str) -> Iterator[Path]:
    return (folder / f"test_{stem}_{count}.py" for count in itertools.count(2))
